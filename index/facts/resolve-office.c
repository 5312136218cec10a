/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offices alone: "the Russian president", "North Korea's leader", "the Prime Minister of Japan", and "the Prime Minister" after it.
 *
 *	title + country + day ──► holders then ──► one: him; several: whom the text names, else ambiguous
 *
 * The day is the publication, or a year that the same sentence names. The mention is the words of the office; the country
 * beside it stays a place. "Former" and "vice" take the office away; an unknown name behind it is somebody else.
 */
#include "index/facts/resolve.h"

#define NEAR_TOKENS 200 /* how far "the president" looks back */
#define HOLDERS_MAX 32

/* Republics that are led by the head of government: "the German leader" is the chancellor. */
static const char *const parliamentary[] = {"DE", "IT", "IN", "IL", "GR", "IE", "AT", "HU", "CZ", "SK", "EE", "LV", "BG", "HR", "SI", "RS", "AL", "MK", "MT", "IS", "PK", "BD", "SG", "ET",
	"NP", "LB", "IQ", "FI", "PT", "PL", "TT", "MU", "FJ", "XK", "ME", "MD", "CS", NULL};

static bool word_in(struct span title, const char *word) { return span_ifind(title, word) >= 0; }

static bool among(struct span code, const char *const *list)
{
	for (; *list; list++)
		if (span_is(code, *list))
			return true;
	return false;
}

/* May these words stand for that office? */
static bool office_is_called(const struct title *t, const struct office *o)
{
	if (!(t->offices >> o->kind & 1))
		return t->class == TITLE_STATE && o->kind == OFFICE_GOVERNMENT && span_ieq(o->title, t->phrase); /* Iran's president is head of the government */
	if (t->class == TITLE_GOVERNMENT) {
		if (strcmp(t->phrase, "chancellor") == 0)
			return word_in(o->title, "chancellor");
		return !word_in(o->title, "president") || word_in(o->title, "council") || word_in(o->title, "minister");
	}
	if (t->class == TITLE_BOARD)
		return word_in(o->title, strcmp(t->phrase, "chairmen") == 0 ? "chairman" : t->phrase);
	if (t->class == TITLE_STATE)
		return span_ends(span_of(t->phrase), "state") || word_in(o->title, strcmp(t->phrase, "pres") == 0 ? "president" : t->phrase) ||
		       ((strcmp(t->phrase, "tsar") == 0 || strcmp(t->phrase, "czar") == 0 || strcmp(t->phrase, "kaiser") == 0) && word_in(o->title, "emperor"));
	static const char *const precise[] = {"general secretary", "first secretary", NULL};
	for (size_t i = 0; precise[i]; i++)
		if (strcmp(t->phrase, precise[i]) == 0)
			return word_in(o->title, t->phrase);
	return true;
}

struct holders {
	const struct office *v[HOLDERS_MAX];
	size_t n;
	bool many; /* more than fit */
};

static void holder_add(struct holders *h, const struct office *o)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i]->leader == o->leader)
			return;
	if (h->n < HOLDERS_MAX)
		h->v[h->n++] = o;
	else
		h->many = true;
}

static bool covers(const struct office *o, struct interval days)
{
	return !interval_any(days) || (o->from.from <= days.to && (!interval_any(o->to) || o->to.to >= days.from));
}

static void keep_kind(struct holders *h, enum office_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i]->kind == kind)
			h->v[n++] = h->v[i];
	h->n = n;
}

static bool has_kind(const struct holders *h, enum office_kind kind)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i]->kind == kind)
			return true;
	return false;
}

/* "Leader" says no kind: the effective one; else the president where presidents rule; else the head of government. */
static void keep_ruler(struct holders *h)
{
	if (h->n < 2)
		return;
	if (has_kind(h, OFFICE_EFFECTIVE)) {
		keep_kind(h, OFFICE_EFFECTIVE);
		return;
	}
	bool presidential = false;
	for (size_t i = 0; i < h->n; i++)
		presidential |= h->v[i]->kind == OFFICE_STATE && word_in(h->v[i]->title, "president") && !among(h->v[i]->country, parliamentary);
	if (has_kind(h, OFFICE_GOVERNMENT) && has_kind(h, OFFICE_STATE))
		keep_kind(h, presidential ? OFFICE_STATE : OFFICE_GOVERNMENT);
}

static void find_holders(const struct resolver *r, const struct place_spot *place, const struct title *t, struct interval days, struct holders *h)
{
	const struct gazetteer *g = r->g;
	*h = (struct holders){.n = 0};
	for (uint32_t k = hang_first(&g->trie, place->node, HANG_COUNTRY); k; k = hang_next(&g->trie, k)) {
		uint32_t row = (uint32_t)g->trie.hangs[k].what / 4;
		for (uint32_t i = g->country_first[row]; i < g->country_first[row + 1]; i++) {
			const struct office *o = &g->offices[g->country_offices[i]];
			if (office_is_called(t, o) && covers(o, days))
				holder_add(h, o);
		}
	}
	if (t->class == TITLE_LEADER)
		keep_ruler(h);
	size_t named = 0;
	for (size_t i = 0; h->n > 1 && i < h->n; i++)
		if (person_seen(r, h->v[i]->leader)->count)
			h->v[named++] = h->v[i];
	if (named)
		h->n = named;
	if (h->n > 1 && interval_any(days) && days.from == days.to) { /* the day of the change: the new one */
		size_t last = 0;
		for (size_t i = 1; i < h->n; i++)
			if (h->v[i]->from.from > h->v[last]->from.from)
				last = i;
		h->v[0] = h->v[last];
		h->n = 1;
	}
}

/* What may stand between a country and its leader. Not a party: its leader may be in opposition. */
static const char *const between[] = {"new", "current", "supreme", "young", "longtime", "veteran", "powerful", "embattled", "reclusive", "authoritarian", "communist", "military",
	"interim", "acting", "caretaker", "newly", "elected", "beleaguered", "ailing", "popular", "own", "wartime", "de", "facto", NULL};

/* Where the country stands: before ("Russian president", "Russia's new president") or behind ("of the Republic of Korea"). */
static const struct place_spot *country_before(const struct reading *in, const struct title_spot *s, size_t n_places)
{
	if (!n_places)
		return NULL;
	const struct place_spot *p = &in->places[n_places - 1];
	uint32_t at = p->to + (p->possessive ? 1u : 0u);
	if (p->form == FORM_CAPITAL || at > s->from || s->from - at > 2)
		return NULL;
	for (uint32_t k = p->to; k <= s->from; k++) {
		if ((in->t->v[k].flags & TOKEN_SENTENCE) || !(token_follows(in->t, k) || in->t->v[k].before == '\'' || in->t->v[k].before == '.' || in->t->v[k].before == '-'))
			return NULL;
		if (k >= at && k < s->from && !among(token_word(in->t, k), between))
			return NULL;
	}
	return p;
}

/* "of the Bangladesh Nationalist Party" is not "of Bangladesh". */
static bool longer_name(const struct reading *in, uint32_t k)
{
	return k < in->t->n && token_follows(in->t, k) && !(in->t->v[k].flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH)) &&
	       !(in->g->trie.words[word_at(in, k)].flags & (WORD_FUNCTION | WORD_VERB)) && ((in->t->v[k].flags & TOKEN_UPPER) || !span_ends(token_word(in->t, k), "ed"));
}

static const struct place_spot *country_behind(const struct reading *in, const struct title_spot *s, size_t next_place)
{
	uint32_t k = s->to;
	if (k >= in->t->n || !span_is(token_word(in->t, k), "of") || !token_follows(in->t, k))
		return NULL;
	k++;
	if (k < in->t->n && span_is(token_word(in->t, k), "the"))
		k++;
	for (size_t i = next_place; i < in->n_places && in->places[i].from <= k; i++)
		if (in->places[i].from == k && in->places[i].form == FORM_NAME && !in->places[i].possessive && !longer_name(in, in->places[i].to))
			return &in->places[i];
	return NULL;
}

static struct decision *decide_office(struct resolver *r, const struct title_spot *s, enum verdict verdict)
{
	struct decision *d = arena_push(r->a, r->out, r->n_out, r->cap_out);
	*d = (struct decision){.verdict = verdict, .from = s->from, .to = s->to, .office = -1, .how = "office"};
	return d;
}

static int32_t decide_holders(struct resolver *r, const struct title_spot *s, const struct holders *h, bool dated)
{
	if (h->n == 0)
		return -1;
	if (h->n == 1 && !h->many) {
		struct decision *d = decide_office(r, s, VERDICT_LEADER);
		d->leader = h->v[0]->leader;
		d->office = (int32_t)(h->v[0] - r->g->offices);
		d->why = dated ? "office-at-date" : "office";
		d->sure = dated ? 0.9f : 0.7f;
		return (int32_t)d->leader;
	}
	struct decision *d = decide_office(r, s, VERDICT_AMBIGUOUS);
	d->candidates = arena_array(r->a, uint32_t, h->n);
	for (size_t i = 0; i < h->n; i++)
		d->candidates[d->n_candidates++] = h->v[i]->leader;
	d->why = "ambiguous";
	d->sure = 1.0f / (float)h->n;
	return -1;
}

/* Who was last named and holds such an office: what "the president" means. */
struct lately {
	int32_t who[3];
	uint32_t at[3];
};

static void remember(const struct resolver *r, struct lately *l, uint32_t who, uint32_t at)
{
	for (unsigned kind = 0; kind < 3; kind++)
		if (held_office(&r->g->people[who], 1u << kind, r->ref)) {
			l->who[kind] = (int32_t)who;
			l->at[kind] = at;
		}
}

static int32_t lately_meant(const struct resolver *r, const struct lately *l, const struct title *t, uint32_t at)
{
	unsigned kind = t->class == TITLE_STATE ? OFFICE_STATE : OFFICE_GOVERNMENT;
	if (l->who[kind] < 0 || at - l->at[kind] > NEAR_TOKENS)
		return -1;
	const struct person *p = &r->g->people[l->who[kind]];
	for (uint32_t i = 0; i < p->pub.n_offices; i++)
		if (p->pub.offices[i].kind == kind && covers(&p->pub.offices[i], r->ref) && office_is_called(t, &p->pub.offices[i]))
			return l->who[kind];
	return -1;
}

/* Named in the same sentence, once in that office, in none now: "he abused Trump, calling the US leader a fool", years later. */
static int32_t antecedent(const struct resolver *r, const struct reading *in, const struct place_spot *place, const struct title_spot *s, size_t n_named)
{
	const struct title *t = &titles[s->title];
	uint32_t low = s->from;
	while (low > 0 && s->from - low < 40 && !(in->t->v[low].flags & TOKEN_SENTENCE))
		low--;
	for (size_t i = n_named; i-- > 0 && r->out[i].from >= low;) {
		if (r->out[i].verdict != VERDICT_LEADER)
			continue;
		const struct person *p = &r->g->people[r->out[i].leader];
		if (held_office(p, 7, r->ref) || !place_is_of(r->g, place, p))
			continue;
		for (uint32_t k = 0; k < p->pub.n_offices; k++)
			if (office_is_called(t, &p->pub.offices[k]))
				return (int32_t)r->out[i].leader;
	}
	return -1;
}

/* "That great French leader, Danton, …": somebody whom the table does not know. */
static bool apposed_unknown(const struct reading *in, const struct title_spot *s)
{
	uint32_t k = s->to;
	if (k >= in->t->n || in->t->v[k].before != ',' || (in->t->v[k].flags & TOKEN_SENTENCE) || !(in->t->v[k].flags & TOKEN_UPPER))
		return false;
	return !(in->g->trie.words[word_at(in, k)].flags & (WORD_COMMON | WORD_NATION | WORD_TITLE | WORD_CITY)) && !trie_first(&in->g->trie, word_at(in, k)) &&
	       !(in->g->trie.words[word_at(in, k)].flags & WORD_GIVEN);
}

static bool plural(const char *phrase) { return span_ends(span_of(phrase), "s") && strcmp(phrase, "pres") != 0; }

/* A capitalised word behind a title that is no leader's name: the office of somebody whom the table does not know. */
static bool names_unknown(const struct reading *in, const struct title_spot *s)
{
	uint32_t k = s->to;
	if (k >= in->t->n || (in->t->v[k].flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH)) || !(token_follows(in->t, k) || in->t->v[k].before == '-'))
		return false;
	if (in->t->v[k].before == '-')
		return true;
	return (in->t->v[k].flags & TOKEN_UPPER) && !(in->g->trie.words[word_at(in, k)].flags & (WORD_COMMON | WORD_NATION));
}

/* "A Chinese leader": nobody knows which. */
static bool one_of_many(const struct reading *in, const struct place_spot *place)
{
	static const char *const words[] = {"a", "an", "any", "another", "one", "every", "each", "no", "some", NULL};
	return place->from > 0 && token_follows(in->t, place->from) && !place->possessive && among(token_word(in->t, place->from - 1), words);
}

static void decide_named(struct resolver *r, const struct title_spot *s, int32_t who, float sure)
{
	struct decision *d = decide_office(r, s, VERDICT_LEADER);
	d->leader = (uint32_t)who;
	d->why = "named-before";
	d->sure = sure;
}

/* "The Prime Minister" in the Japan Times, with nothing before: that of the country that the source's name holds. */
static void resolve_at_home(struct resolver *r, const struct title_spot *s)
{
	struct holders h;
	find_holders(r, &r->source.places[0], &titles[s->title], r->ref, &h);
	if (h.n == 1 && !h.many) {
		decide_holders(r, s, &h, true);
		r->out[r->n_out - 1].sure = 0.5f;
		r->out[r->n_out - 1].why = "source-country";
	}
}

static void resolve_office(struct resolver *r, struct reading *in, const struct title_spot *s, size_t n_places, size_t n_named, struct lately *l)
{
	const struct title *t = &titles[s->title];
	if (s->used || s->former || !t->offices || plural(t->phrase) || names_unknown(in, s) || apposed_unknown(in, s))
		return;
	if (t->class == TITLE_LEADER && s->to < in->t->n && span_is(token_word(in->t, s->to), "in"))
		return; /* a leader in its field */
	const struct place_spot *place = country_before(in, s, n_places);
	if (place && t->class == TITLE_LEADER && place->form == FORM_ADJECTIVE && span_is(token_word(in->t, place->from), "european"))
		return;
	if (place && one_of_many(in, place))
		return;
	if (!place)
		place = country_behind(in, s, n_places);
	int32_t named = place ? antecedent(r, in, place, s, n_named) : -1;
	if (named >= 0) {
		decide_named(r, s, named, 0.7f);
		return;
	}
	if (place) {
		struct holders h, now;
		struct interval then = sentence_days(r, in, s->from, s->to);
		find_holders(r, place, t, r->ref, &now);
		if (interval_any(then))
			find_holders(r, place, t, then, &h);
		if (!interval_any(then) || h.n != 1 || (now.n == 1 && h.v[0]->leader == now.v[0]->leader))
			h = now; /* no year, or one that tells nothing: "the leader, who took power in 2011" */
		int32_t who = decide_holders(r, s, &h, interval_any(r->ref) || interval_any(then));
		if (who >= 0)
			remember(r, l, (uint32_t)who, s->from);
		return;
	}
	bool the = s->from > 0 && span_is(token_word(in->t, s->from - 1), "the") && token_follows(in->t, s->from);
	bool of = s->to < in->t->n && (span_is(token_word(in->t, s->to), "of") || span_is(token_word(in->t, s->to), "elect"));
	if (!the || of || t->class > TITLE_GOVERNMENT || strcmp(t->phrase, "chancellor") == 0)
		return;
	int32_t who = lately_meant(r, l, t, s->from);
	if (who >= 0)
		decide_named(r, s, who, 0.6f);
	else if (r->source.n_places && interval_any(r->ref))
		resolve_at_home(r, s);
}

void resolve_offices(struct resolver *r)
{
	struct reading *in = &r->text;
	struct lately l = {{-1, -1, -1}, {0, 0, 0}};
	size_t n_names = r->n_out, name = 0, place = 0, covered = 0;
	for (size_t i = 0; i < in->n_titles; i++) {
		const struct title_spot *s = &in->titles[i];
		for (; name < n_names && r->out[name].from <= s->from; name++) {
			covered = r->out[name].to > covered ? r->out[name].to : covered;
			if (r->out[name].verdict == VERDICT_LEADER)
				remember(r, &l, r->out[name].leader, r->out[name].from);
		}
		while (place < in->n_places && in->places[place].from < s->from)
			place++;
		if (s->from >= covered)
			resolve_office(r, in, s, place, name, &l);
	}
}
