/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in full and family names alone. Two passes over the names: the first counts who is introduced anywhere (also in
 * the title, also later), the second goes through the text and decides with what stood before.
 *
 * A family name alone belongs to whoever bore it last in full, leader or not. A relative named in passing ("his brother
 * Raúl Castro") does not take it over. Without any introduction it needs evidence: time, country, title.
 */
#include "index/facts/resolve.h"

#define MARGIN 0.8 /* between the best and the next */
#define NEED 2.5 /* evidence for a family name alone, when it is a rare one */

static struct decision *decide(struct resolver *r, const struct name_spot *s, enum verdict verdict)
{
	struct decision *d = arena_push(r->a, r->out, r->n_out, r->cap_out);
	*d = (struct decision){.verdict = verdict, .from = s->start, .to = s->to, .office = -1};
	return d;
}

static bool ruling_title(const struct name_spot *s) { return s->title >= 0 && titles[s->title].offices && s->title_class != TITLE_BOARD; }

static struct node_state *node_state(struct resolver *r, uint32_t node)
{
	for (size_t i = (node * 2654435761u) & (r->n_node_slots - 1);; i = (i + 1) & (r->n_node_slots - 1)) {
		if (!r->nodes[i].node)
			r->nodes[i].node = node;
		if (r->nodes[i].node == node)
			return &r->nodes[i];
	}
}

static struct person_state *person_slot(const struct resolver *r, uint32_t who)
{
	size_t mask = r->n_person_slots - 1;
	for (size_t i = (who * 2654435761u) & mask;; i = (i + 1) & mask)
		if (!r->people[i].person || r->people[i].person == who + 1)
			return &r->people[i];
}

const struct person_state *person_seen(const struct resolver *r, uint32_t who) { return person_slot(r, who); }

struct person_state *person_state(struct resolver *r, uint32_t who)
{
	struct person_state *p = person_slot(r, who);
	p->person = who + 1;
	return p;
}

/* Full names. */

struct ranked {
	uint32_t who[16];
	double score[16];
	uint32_t n;
};

static void rank_add(struct ranked *k, uint32_t who, double score)
{
	if (k->n == 16 && score <= k->score[15])
		return;
	uint32_t i = k->n < 16 ? k->n++ : 15;
	for (; i > 0 && k->score[i - 1] < score; i--)
		k->who[i] = k->who[i - 1], k->score[i] = k->score[i - 1];
	k->who[i] = who;
	k->score[i] = score;
}

static bool ranked_already(const struct ranked *k, uint32_t who)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (k->who[i] == who)
			return true;
	return false;
}

static bool same_words(const struct reading *in, uint32_t from, const uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_at(in, from + i) != words[i])
			return false;
	return true;
}

static bool ignored(const struct resolver *r, const struct reading *in, uint32_t who, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < r->g->n_ignored; i++) {
		const struct correction *c = &r->g->ignored[i];
		if (c->leader != (int32_t)who)
			continue;
		if (!c->form.n)
			return true;
		uint32_t words[16];
		size_t n = words_of((struct trie *)&r->g->trie, c->form, words, 16, false);
		if (n == to - from && same_words(in, from, words, n))
			return true;
	}
	for (size_t i = 0; i < r->g->n_absent; i++)
		if (r->g->absent[i].leader == (int32_t)who && span_eq(r->g->absent[i].document, r->d->id))
			return true;
	return false;
}

static void rank_full(struct resolver *r, const struct reading *in, const struct name_spot *s, struct ranked *k)
{
	k->n = 0;
	for (uint32_t i = 0; i < s->n_fits; i++)
		if (!ignored(r, in, s->fits[i], s->start, s->to))
			rank_add(k, s->fits[i], evidence_for(r, in, s, &r->g->people[s->fits[i]]));
}

/* Is this word the family name of that leader, and one that many bear? */
static bool frequent_family(const struct trie *t, uint32_t word, uint32_t who)
{
	uint32_t node = t->words[word].first;
	if (!node || !(t->words[word].flags & WORD_FREQUENT))
		return false;
	for (uint32_t h = hang_first(t, node, HANG_FAMILY); h; h = hang_next(t, h))
		if (t->hangs[h].what == who)
			return true;
	return false;
}

/* A common name in full, of a leader of another time and country: somebody else is called so. */
static bool namesake(const struct resolver *r, const struct reading *in, const struct name_spot *s, double score)
{
	const struct trie *t = &r->g->trie;
	const struct person *p = &r->g->people[s->fits[0]];
	bool frequent = frequent_family(t, word_at(in, s->to - 1), (uint32_t)s->fits[0]) || frequent_family(t, word_at(in, s->start), (uint32_t)s->fits[0]);
	bool western = (t->words[word_at(in, s->start)].flags & WORD_WESTERN) != 0;
	if (ruling_title(s) || !interval_any(r->ref) || (s->place >= 0 && place_is_of(r->g, &in->places[s->place], p)))
		return false;
	if (frequent && western)
		return score < 0.3;
	bool employed = r->dated && (s->title_class == TITLE_OTHER || s->title_class == TITLE_BOARD);
	return score < (employed ? 0 : -0.4) && (western || s->loose || (frequent && (employed || p->order == ORDER_FIRST)));
}

/* A leader stands for the country as well. */
static void country_named(struct resolver *r, uint32_t who)
{
	int32_t row = r->g->people[who].country;
	r->n_leaders++;
	if (row >= 0 && r->countries[row] < 255)
		r->countries[row]++;
}

/* Who is introduced where; leader stays -1 where several would do. */
static void introduce(struct resolver *r, struct reading *in, bool title)
{
	for (size_t i = 0; i < in->n_names; i++) {
		struct name_spot *s = &in->names[i];
		if (s->kind == NAME_FREE && !s->as_given) {
			uint32_t h = hang_first(&r->g->trie, s->node, HANG_FREE);
			if (h && !hang_next(&r->g->trie, h) && !ignored(r, in, r->g->trie.hangs[h].what, s->start, s->to)) {
				person_state(r, r->g->trie.hangs[h].what)->count++;
				r->n_leaders++;
			}
		}
		if (s->kind != NAME_FULL)
			continue;
		struct ranked k;
		rank_full(r, in, s, &k);
		if (k.n && namesake(r, in, s, k.score[0])) {
			s->kind = NAME_OTHER;
			s->why = "no-evidence";
			continue;
		}
		if (!k.n || (k.n > 1 && k.score[0] - k.score[1] < MARGIN))
			continue;
		s->leader = (int32_t)k.who[0];
		person_state(r, k.who[0])->count++;
		person_state(r, k.who[0])->in_title |= title;
		country_named(r, k.who[0]);
	}
}

static void decide_many(struct resolver *r, struct decision *d, const struct ranked *k)
{
	d->candidates = arena_array(r->a, uint32_t, k->n);
	memcpy(d->candidates, k->who, k->n * sizeof *d->candidates);
	d->n_candidates = k->n;
	d->why = "ambiguous";
	d->sure = (float)(1.0 / (k->n ? k->n : 1));
}

static void resolve_full(struct resolver *r, struct reading *in, struct name_spot *s)
{
	struct ranked k;
	rank_full(r, in, s, &k);
	if (s->leader < 0 && k.n > 1)
		for (uint32_t i = 0; i < k.n && s->leader < 0; i++)
			if (person_seen(r, k.who[i])->last && k.score[i] > k.score[0] - 2)
				s->leader = (int32_t)k.who[i];
	if (s->leader < 0 && !k.n)
		return;
	const char *how = s->initials ? "initials" : s->title >= 0 ? "title+name" : "full-name";
	if (s->leader < 0) {
		struct decision *d = decide(r, s, VERDICT_AMBIGUOUS);
		d->how = how;
		decide_many(r, d, &k);
		return;
	}
	struct person_state *p = person_state(r, (uint32_t)s->leader);
	struct decision *d = decide(r, s, VERDICT_LEADER);
	d->leader = (uint32_t)s->leader;
	d->how = how;
	d->sure = s->initials ? 0.9f : k.n > 1 ? 0.95f : 1.0f;
	p->kin = s->kin && !p->last;
	if (!s->kin || !p->last)
		p->last = s->from + 1;
}

/* Family names alone. */

struct bearers {
	int32_t before, after; /* introduced: nearest before, one that comes later; -1 */
	uint32_t before_at, n_introduced;
	struct ranked all;
};

static bool title_fits(const struct resolver *r, const struct reading *in, const struct name_spot *s, const struct person *p)
{
	if (s->place >= 0 && !place_is_of(r->g, &in->places[s->place], p))
		return false;
	if (s->title >= 0 && titles[s->title].offices)
		return held_office(p, titles[s->title].offices, (struct interval){.precision = PREC_NONE}) || (titles[s->title].class == TITLE_LEADER);
	return true;
}

/* Is a better than b, both introduced before? In office now, named in its own right, nearer. */
static bool introduced_better(const struct resolver *r, uint32_t a, uint32_t b)
{
	const struct person_state *x = person_seen(r, a), *y = person_seen(r, b);
	bool now_a = held_office(&r->g->people[a], 7, r->ref), now_b = held_office(&r->g->people[b], 7, r->ref);
	if (interval_any(r->ref) && now_a != now_b)
		return now_a;
	if (x->kin != y->kin)
		return y->kin;
	return x->last > y->last;
}

static void find_bearers(struct resolver *r, const struct reading *in, const struct name_spot *s, struct bearers *b)
{
	*b = (struct bearers){.before = -1, .after = -1};
	r->then = sentence_days(r, in, s->start, s->to);
	const struct trie *t = &r->g->trie;
	static const enum hang_kind kinds[] = {HANG_FAMILY, HANG_FREE, HANG_FULL};
	for (size_t i = 0; i < 3; i++)
		for (uint32_t h = hang_first(t, s->node, kinds[i]); h; h = hang_next(t, h)) {
			uint32_t who = t->hangs[h].what;
			const struct person *p = &r->g->people[who];
			if (ignored(r, in, who, s->start, s->to) || ranked_already(&b->all, who))
				continue;
			rank_add(&b->all, who, evidence_for(r, in, s, p) + (i == 1 ? 1 : 0));
			const struct person_state *state = person_seen(r, who);
			if (!state->count || !title_fits(r, in, s, p))
				continue;
			b->n_introduced++;
			bool before = state->last || state->in_title;
			if (before && (b->before < 0 || introduced_better(r, who, (uint32_t)b->before)))
				b->before = (int32_t)who;
			else if (!before && b->after < 0)
				b->after = (int32_t)who;
		}
	if (b->before >= 0)
		b->before_at = person_seen(r, (uint32_t)b->before)->last;
}

static void take(struct resolver *r, struct name_spot *s, uint32_t who, const char *why, float sure)
{
	struct decision *d = decide(r, s, VERDICT_LEADER);
	d->leader = who;
	d->how = s->title >= 0 && s->title_class <= TITLE_POLITE ? "title+name" : s->kind == NAME_FREE ? "known-name" : "surname";
	d->why = why;
	d->sure = sure;
	s->leader = (int32_t)who;
	country_named(r, who);
}

/* A leader could have been meant: introduced, or of this time. Every Smith of a sports page is not worth telling. */
static bool worth_telling(const struct bearers *b) { return b->n_introduced || (b->all.n && b->all.score[0] >= 0); }

static void refuse(struct resolver *r, struct name_spot *s, const struct bearers *b, const char *why)
{
	if (!worth_telling(b))
		return;
	struct decision *d = decide(r, s, VERDICT_REJECTED);
	d->leader = b->before >= 0 ? (uint32_t)b->before : b->all.who[0];
	d->why = why;
	d->how = "surname";
	d->sure = 0;
}

static bool vocabulary(const struct resolver *r, const struct reading *in, const struct name_spot *s)
{
	return s->to - s->from == 1 && (r->g->trie.words[word_at(in, s->from)].flags & (WORD_VOCABULARY | WORD_COMMON | WORD_NATION));
}

static double needed(const struct resolver *r, const struct reading *in, const struct name_spot *s)
{
	uint32_t flags = 0;
	for (uint32_t i = s->from; i < s->to; i++)
		flags |= r->g->trie.words[word_at(in, i)].flags;
	if (s->to - s->from > 1)
		flags = 0;
	bool titled = ruling_title(s);
	double need = NEED;
	bool lone_caps = s->caps && !(s->to < in->t->n && (in->t->v[s->to].flags & TOKEN_CAPS)) && !(s->start && (in->t->v[s->start - 1].flags & TOKEN_CAPS));
	if (lone_caps && in->t->v[s->from].len <= 4)
		need += 1; /* FICO, a score */
	if (s->to < in->t->n && token_follows(in->t, s->to) && (r->g->trie.words[word_at(in, s->to)].flags & WORD_RULE))
		titled = true, need -= 1;
	if (flags & WORD_VOCABULARY)
		need += titled ? 1 : 2;
	else if (flags & (WORD_FREQUENT | WORD_COMMON | WORD_NATION | WORD_WESTERN))
		need += titled ? 0.5 : 1.5;
	return need;
}

/* "President Truman", of whom there was one: his title names him at any time since. -1: none, or several. */
static int32_t only_holder(const struct resolver *r, const struct reading *in, const struct name_spot *s, const struct ranked *k)
{
	uint32_t flags = s->to - s->from == 1 ? r->g->trie.words[word_at(in, s->from)].flags : 0;
	int32_t only = -1;
	if (s->title_class > TITLE_GOVERNMENT || s->place >= 0 || (flags & (WORD_FREQUENT | WORD_VOCABULARY | WORD_COMMON | WORD_WESTERN)))
		return -1;
	for (uint32_t i = 0; i < k->n; i++) {
		const struct person *p = &r->g->people[k->who[i]];
		if (!held_office(p, titles[s->title].offices, (struct interval){.precision = PREC_NONE}) || (interval_any(r->ref) && p->active.from > r->ref.to + 365))
			continue;
		if (only >= 0)
			return -1;
		only = (int32_t)k->who[i];
	}
	return only;
}

static void resolve_by_evidence(struct resolver *r, const struct reading *in, struct name_spot *s, const struct bearers *b)
{
	const struct ranked *k = &b->all;
	if (!k->n)
		return;
	double need = needed(r, in, s);
	int32_t only = only_holder(r, in, s, k);
	bool firm = (s->to < in->t->n && in->t->v[s->to].before == '&') || in->t->v[s->start].before == '&';
	if (s->as_given || firm) {
		refuse(r, s, b, firm ? "company" : "other-person");
	} else if (only >= 0 && k->score[0] < need) {
		take(r, s, (uint32_t)only, "evidence", 0.7f);
	} else if (k->score[0] < need && k->score[0] >= NEED && s->title_class != TITLE_OTHER && (in->t->v[s->from].flags & TOKEN_UPPER) && !vocabulary(r, in, s)) {
		struct ranked likely = {0};
		for (uint32_t i = 0; i < k->n; i++)
			if (k->score[i] >= NEED)
				rank_add(&likely, k->who[i], k->score[i]);
		struct decision *d = decide(r, s, VERDICT_AMBIGUOUS);
		d->how = "surname";
		decide_many(r, d, &likely);
		d->sure = (float)(0.5 / likely.n);
	} else if (k->score[0] < need) {
		if (k->score[0] >= 0 && !vocabulary(r, in, s)) /* a word, or nobody of that time: not worth telling */
			refuse(r, s, b, "no-evidence");
	} else if (k->n > 1 && k->score[0] - k->score[1] < MARGIN) {
		struct ranked near = {0};
		for (uint32_t i = 0; i < k->n; i++)
			if (k->score[0] - k->score[i] < MARGIN)
				rank_add(&near, k->who[i], k->score[i]);
		struct decision *d = decide(r, s, VERDICT_AMBIGUOUS);
		d->how = "surname";
		decide_many(r, d, &near);
	} else {
		double over = k->score[0] - need;
		take(r, s, k->who[0], "evidence", over >= 3 ? 0.9f : over >= 1.5 ? 0.8f : 0.7f);
	}
}

/* "in May", "8 May", "May 2017": the month. */
static bool month(const struct reading *in, const struct name_spot *s)
{
	static const char *const before[] = {"in", "of", "on", "by", "since", "until", "till", "last", "next", "early", "late", "mid", "this", "from", "to", "and", "during", "before", "after"};
	const struct tokens *t = in->t;
	if (s->to - s->from != 1 || s->title >= 0 || !span_is(token_word(t, s->from), "may"))
		return false;
	if (s->to < t->n && (t->v[s->to].flags & TOKEN_HAS_DIGIT))
		return true;
	if (!s->from || (t->v[s->from].flags & TOKEN_SENTENCE))
		return false;
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
		if (span_is(token_word(t, s->from - 1), before[i]) && t->v[s->from].before != ',')
			return i < 13 || (s->to < t->n && t->v[s->to].before != ' ');
	return t->v[s->from - 1].flags & TOKEN_HAS_DIGIT;
}

/* "The Bush was on fire": an article makes a word of it, unless something is called by the name ("the Bush administration"). */
static bool thing_with_article(const struct resolver *r, const struct reading *in, const struct name_spot *s)
{
	const struct tokens *t = in->t;
	if (!s->start || s->title >= 0 || (t->v[s->start].flags & TOKEN_SENTENCE) || !token_follows(t, s->start) || s->to - s->from > 1 ||
	    !(r->g->trie.words[word_at(in, s->from)].flags & (WORD_VOCABULARY | WORD_COMMON | WORD_NATION | WORD_FREQUENT)))
		return false;
	struct span before = token_word(t, s->start - 1);
	if (!span_is(before, "the") && !span_is(before, "a") && !span_is(before, "an"))
		return false;
	if (s->to < t->n && t->v[s->to].before == '-')
		return false;
	return s->to >= t->n || !token_follows(t, s->to) || (t->v[s->to].flags & TOKEN_SENTENCE) || (r->g->trie.words[word_at(in, s->to)].flags & WORD_FUNCTION);
}

/* Long before anybody had heard of the leader. */
static bool too_early(const struct resolver *r, const struct person *p)
{
	return r->dated && interval_any(p->active) && r->ref.to + 6 * 365 < p->active.from;
}

static bool female_bearer(const struct resolver *r, const struct bearers *b)
{
	for (uint32_t i = 0; i < b->all.n; i++)
		if (r->g->people[b->all.who[i]].female)
			return true;
	return false;
}

/* Named with the title, or by a name that needs none: as good as an introduction. */
static void named_with_title(struct resolver *r, const struct name_spot *s, bool ruling)
{
	struct person_state *p = person_state(r, (uint32_t)s->leader);
	if (!p->last && ruling && s->kind != NAME_FREE)
		p->count++;
	if (!p->last || ruling)
		p->last = s->from + 1;
}

static void resolve_bare(struct resolver *r, struct reading *in, struct name_spot *s)
{
	struct bearers b;
	find_bearers(r, in, s, &b);
	struct node_state *other = node_state(r, s->node);
	bool ruling = ruling_title(s) || s->place >= 0;
	if (thing_with_article(r, in, s) || month(in, s)) {
		refuse(r, s, &b, "word");
	} else if (s->title_class == TITLE_LADY && !female_bearer(r, &b)) {
		refuse(r, s, &b, "other-person");
	} else if (s->title_class == TITLE_OTHER && s->kind != NAME_FREE && (b.before < 0 || held_office(&r->g->people[b.before], 7, r->ref))) {
		resolve_by_evidence(r, in, s, &b);
		if (s->leader < 0)
			other->other = s->from + 1;
	} else if (s->kind == NAME_FREE && !s->as_given && (!other->other || ruling)) {
		if (b.before >= 0)
			take(r, s, (uint32_t)b.before, "introduced", 0.97f);
		else if (b.all.n && too_early(r, &r->g->people[b.all.who[0]]))
			refuse(r, s, &b, "no-evidence");
		else if (b.all.n == 1 || b.all.score[0] - b.all.score[1] >= MARGIN)
			take(r, s, b.all.who[0], "known-name", 0.9f);
		else
			resolve_by_evidence(r, in, s, &b);
	} else if (other->other && other->other > b.before_at && !(ruling && (b.before >= 0 || b.after >= 0))) {
		if (ruling && b.all.n && b.all.score[0] >= 6)
			resolve_by_evidence(r, in, s, &b);
		else
			refuse(r, s, &b, "other-person");
	} else if (b.before >= 0) {
		take(r, s, (uint32_t)b.before, "introduced", 0.97f);
	} else if (b.after >= 0 && b.n_introduced == 1) {
		take(r, s, (uint32_t)b.after, "introduced-later", 0.9f);
	} else {
		resolve_by_evidence(r, in, s, &b);
	}
	if (s->leader >= 0 && (ruling || s->kind == NAME_FREE))
		named_with_title(r, s, ruling);
}

/* Whom it was not: the likeliest leader of that name. */
static void refuse_spot(struct resolver *r, const struct reading *in, struct name_spot *s)
{
	struct bearers b;
	find_bearers(r, in, s, &b);
	if (!worth_telling(&b) && !s->n_fits)
		return;
	struct decision *d = decide(r, s, VERDICT_REJECTED);
	d->leader = s->n_fits ? s->fits[0] : b.before >= 0 ? (uint32_t)b.before : b.all.who[0];
	d->why = s->why;
	d->how = "name";
}

static void resolve_other(struct resolver *r, struct reading *in, struct name_spot *s)
{
	if (s->weak) { /* a line of capitals, the beginning of a sentence: a leader if the rest of the text says so */
		struct bearers b;
		find_bearers(r, in, s, &b);
		bool frequent = r->g->trie.words[word_at(in, s->from)].flags & WORD_FREQUENT;
		if (b.n_introduced || (b.all.n && !frequent && b.all.score[0] >= needed(r, in, s) + 1)) {
			s->kind = NAME_BARE;
			resolve_bare(r, in, s);
			return;
		}
	}
	refuse_spot(r, in, s);
	struct node_state *n = node_state(r, s->node);
	bool owned = false;
	for (uint32_t h = hang_first(&r->g->trie, s->node, HANG_FAMILY); h; h = hang_next(&r->g->trie, h))
	{
		const struct person_state *p = person_seen(r, r->g->trie.hangs[h].what);
		owned |= p->last || p->in_title;
	}
	if (!(s->kin && owned))
		n->other = s->from + 1;
}

static void resolve_names(struct resolver *r, struct reading *in)
{
	for (size_t i = 0; i < in->n_names; i++) {
		struct name_spot *s = &in->names[i];
		switch (s->kind) {
		case NAME_FULL: resolve_full(r, in, s); break;
		case NAME_FREE:
		case NAME_BARE: resolve_bare(r, in, s); break;
		case NAME_OTHER: resolve_other(r, in, s); break;
		case NAME_DECOY: refuse_spot(r, in, s); break;
		case NAME_GONE: break;
		}
	}
}

/* "President Kim of South Korea": the country behind the name. */
static void places_behind(struct reading *in)
{
	size_t k = 0;
	for (size_t i = 0; i < in->n_names; i++) {
		struct name_spot *s = &in->names[i];
		uint32_t at = s->to + 1;
		if (s->place >= 0 || at >= in->t->n || !span_is(token_word(in->t, s->to), "of") || (in->t->v[at].flags & TOKEN_SENTENCE))
			continue;
		if (span_is(token_word(in->t, at), "the"))
			at++;
		while (k < in->n_places && in->places[k].from < at)
			k++;
		if (k < in->n_places && in->places[k].from == at && in->places[k].form == FORM_NAME)
			s->place = (int32_t)k;
	}
}

static void count_countries(struct resolver *r, const struct reading *in)
{
	const struct trie *t = &r->g->trie;
	for (size_t i = 0; i < in->n_places; i++)
		for (uint32_t h = hang_first(t, in->places[i].node, HANG_COUNTRY); h; h = hang_next(t, h)) {
			uint8_t *n = &r->countries[t->hangs[h].what / 4];
			*n = (uint8_t)(*n < 255 ? *n + 1 : 255);
		}
}

static size_t power_of_two(size_t least)
{
	size_t n = 16;
	while (n < least)
		n *= 2;
	return n;
}

void resolve_document(struct resolver *r)
{
	r->ref = reference_days(r, &r->dated);
	r->countries = arena_array(r->a, uint8_t, r->g->n_countries + 1);
	r->n_node_slots = power_of_two((r->text.n_names + r->title.n_names) * 2 + 2);
	r->n_person_slots = r->n_node_slots * 2;
	r->people = arena_array(r->a, struct person_state, r->n_person_slots);
	r->nodes = arena_array(r->a, struct node_state, r->n_node_slots);
	count_countries(r, &r->source);
	count_countries(r, &r->title);
	count_countries(r, &r->text);
	places_behind(&r->text);
	introduce(r, &r->title, true);
	introduce(r, &r->text, false);
	resolve_names(r, &r->text);
	resolve_offices(r);
}
