/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences with two leaders, the words of meeting in them, and the meetings that come of it. */
#include "index/facts/meetings-inner.h"

#include <string.h>

static const struct {
	uint32_t class;
	const char *words;
} word_rows[] = {
#define M(class, words) {W_##class, words},
#include "index/facts/meetings.def"
#undef M
};

/* An open hash of the words, filled once; the same in every process and for ever. */
#define SLOTS 4096u
static struct slot {
	struct span word;
	uint32_t classes;
} slots[SLOTS];

static struct slot *slot_of(struct span word)
{
	uint32_t i = (uint32_t)span_hash(word) & (SLOTS - 1);
	while (slots[i].word.n && !span_eq(slots[i].word, word))
		i = (i + 1) & (SLOTS - 1);
	return &slots[i];
}

static void fill_slots(void)
{
	for (size_t i = 0; i < sizeof word_rows / sizeof *word_rows; i++) {
		struct span rest = span_of(word_rows[i].words), one;
		while (span_cut(&rest, ' ', &one)) {
			struct slot *s = slot_of(one);
			s->word = one;
			s->classes |= word_rows[i].class;
		}
	}
}

static uint32_t classes_of(struct span word)
{
	static bool filled;
	if (!filled)
		fill_slots();
	filled = true;
	return slot_of(word)->classes;
}

struct finder {
	struct arena *a;
	struct facts *f;
	struct scene s;
	size_t cap, first; /* first: meetings of this sentence */
};

static bool same_leaders(const struct meeting *m, const struct span *v, uint32_t n)
{
	if (m->n_leaders != n)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bool in = false;
		for (uint32_t k = 0; k < n; k++)
			in |= span_eq(m->leaders[k], v[i]);
		if (!in)
			return false;
	}
	return true;
}

static uint32_t ids_of(struct finder *x, const struct party *a, const struct party *b, struct span *out)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < a->n + b->n; i++) {
		struct span id = x->f->mentions[i < a->n ? a->v[i] : b->v[i - a->n]].leader;
		bool known = false;
		for (uint32_t k = 0; k < n; k++)
			known |= span_eq(out[k], id);
		if (!known)
			out[n++] = id;
	}
	return n;
}

/* The same twice in a sentence is one; what it is first said to be stands. */
static void found(struct finder *x, uint32_t trigger, const struct party *a, const struct party *b)
{
	const struct scene *s = &x->s;
	struct span ids[2 * PARTY_MAX];
	uint32_t n = ids_of(x, a, b, ids), from = a->from, to = a->to;
	if (b->n) {
		from = b->from < from ? b->from : from;
		to = b->to > to ? b->to : to;
	}
	for (size_t i = x->first; i < x->f->n_meetings; i++)
		if (same_leaders(&x->f->meetings[i], ids, n))
			return;
	if (n < 2 || nobody_at_all(s, a) || (b->n && nobody_at_all(s, b)))
		return;
	struct meeting m = {.n_leaders = n, .leaders = arena_array(x->a, struct span, n), .status = meeting_status(s, trigger, from, to)};
	memcpy(m.leaders, ids, n * sizeof *ids);
	m.days = meeting_days(s, trigger, &m.status, a);
	m.place = meeting_place(s, trigger);
	m.start = at(s, 0)->start;
	m.end = at(s, s->n - 1)->end;
	*arena_push(x->a, x->f->meetings, x->f->n_meetings, x->cap) = m;
}

/* ---- Words of meeting ---- */

static const struct party nobody = {0};

static bool far(const struct scene *s, uint32_t i) { return (i > 0 && has(s, i - 1, W_FAR)) || (i > 1 && has(s, i - 2, W_FAR)) || has(s, i + 1, W_FAR); }

static void verb(struct finder *x, uint32_t i, bool with)
{
	const struct scene *s = &x->s;
	struct party a, b;
	bool gerund = is(s, i, "meeting"), loose = gerund || (i > 0 && is(s, i - 1, "to"));
	uint32_t last = with ? i + 1 : i;
	if (is(s, i + 1, "by")) { /* received by */
		if (subject_before(s, i, false, &a) && object_after(s, i + 1, &b))
			found(x, i, &a, &b);
		return;
	}
	if (with && !is(s, i + 1, "with") && !(is(s, i, "sat") && is(s, i + 1, "down")))
		return;
	if (has(s, i, W_MEET) && !is(s, i, "meeting") && both_of_them(s, i, &a)) {
		if (goes_on(s, i + 1))
			found(x, i, &a, &nobody);
		return;
	}
	bool subject = subject_before(s, i, loose, &a);
	if (has(s, i, W_HOST) && !has(s, i, W_MEET) && (is(s, i + 1, "in") || is(s, i + 1, "on") || is(s, i + 1, "at") || is(s, i + 1, "for")))
		return; /* "visited in 1967 and …": it has no object, or one that is too far */
	if (object_after(s, last, &b)) {
		if (subject || (gerund && fronted_subject(s, i, b.to, &a)))
			found(x, i, &a, &b);
	} else if (subject && a.n > 1 && has(s, i, W_MEET) && goes_on(s, i + 1)) {
		found(x, i, &a, &nobody);
	}
}

/* "shook hands" */
static void handshake(struct finder *x, uint32_t i)
{
	const struct scene *s = &x->s;
	struct party a, b;
	if (!is(s, i + 1, "hands") || !subject_before(s, i, false, &a))
		return;
	if (is(s, i + 2, "with") && object_after(s, i + 2, &b))
		found(x, i, &a, &b);
	else if (a.n > 1 && goes_on(s, i + 2))
		found(x, i, &a, &nobody);
}

/* The word "between" that belongs to a noun a few words before; 0: none. */
static uint32_t between_after(const struct scene *s, uint32_t i)
{
	for (uint32_t k = i + 1; k < s->n && k < i + 8; k++) {
		if (at(s, k)->before != ' ' && at(s, k)->before != '\n' && at(s, k)->before != '-')
			return 0;
		if (is(s, k, "between") || (is(s, k, "of") && k == i + 1))
			return k;
		if (s->who[k] || (!has(s, k, W_TIME | W_ADV | W_PREP | W_DET) && !(at(s, k)->flags & (TOKEN_UPPER | TOKEN_DIGITS))))
			return 0;
	}
	return 0;
}

/* The word "with" that belongs to it: "talks in Moscow on Friday with". */
static uint32_t with_after(const struct scene *s, uint32_t i)
{
	for (uint32_t k = i + 1; k < s->n && k < i + 8; k++) {
		if (at(s, k)->before != ' ' && at(s, k)->before != '\n')
			return 0;
		if (is(s, k, "with"))
			return k;
		if (s->who[k] || (!has(s, k, W_TIME | W_ADV | W_DET) && !is(s, k, "here") && !(at(s, k)->flags & (TOKEN_UPPER | TOKEN_DIGITS))))
			return 0;
	}
	return 0;
}

/* "the Reagan-Gorbachev summit" */
static bool hyphened(struct finder *x, uint32_t i, struct party *out)
{
	const struct scene *s = &x->s;
	*out = nobody;
	if (i < 3 || !s->who[i - 1])
		return false;
	uint32_t k = i - 1;
	while (k > 0 && s->who[k - 1] == s->who[i - 1])
		k--;
	if (k == 0 || (at(s, k)->before != '-' && at(s, k)->before != '/') || !s->who[k - 1])
		return false;
	*out = (struct party){.v = {s->who[k - 1] - 1, s->who[k] - 1}, .n = 2, .from = k - 1, .to = i};
	return true;
}

static void noun(struct finder *x, uint32_t i)
{
	const struct scene *s = &x->s;
	struct party a, b;
	uint32_t with = with_after(s, i), between = between_after(s, i);
	if (far(s, i) || (is(s, i, "conference") && !(i > 1 && is(s, i - 1, "news") && is(s, i - 2, "joint"))))
		return;
	if (both_of_them(s, i, &a) && (goes_on(s, i + 1) || is(s, i + 1, "with")) && !with)
		return found(x, i, &a, &nobody);
	if (hyphened(x, i, &a))
		return found(x, i, &a, &nobody);
	if (between && pair_after(s, between, &b))
		return found(x, i, &b, &nobody);
	if (with && object_after(s, with, &b)) {
		if (owner_before(s, i, &a) || subject_before(s, i, true, &a) || fronted_subject(s, i, b.to, &a) || distant_subject(s, i, &a))
			found(x, i, &a, &b);
		return;
	}
	if (!with && !is(s, i, "meeting") && i > 0 && subject_before(s, i, true, &a) && a.n > 1 && goes_on(s, i + 1)) {
		for (uint32_t k = a.to; k < i; k++) /* they held talks, not: they spoke at a conference */
			if (has(s, k, W_HOLD) && !has(s, k, W_AUX | W_TITLE))
				return found(x, i, &a, &nobody);
		if (is(s, i, "talks") || is(s, i, "summit"))
			for (uint32_t k = a.to; k < i; k++)
				if (is(s, k, "had") || is(s, k, "have"))
					return found(x, i, &a, &nobody);
	}
}

static void sentence(struct finder *x)
{
	const struct scene *s = &x->s;
	x->first = x->f->n_meetings;
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->who[i])
			continue;
		bool shake = is(s, i, "shook") || is(s, i, "shake") || is(s, i, "shaking");
		size_t before = x->f->n_meetings;
		if (has(s, i, W_MEET | W_HOST))
			verb(x, i, false);
		else if (has(s, i, W_JOIN))
			verb(x, i, true);
		else if (shake)
			handshake(x, i);
		if (has(s, i, W_NOUN) && x->f->n_meetings == before)
			noun(x, i);
	}
}

/* ---- Sentences ---- */

static bool two_leaders(const struct facts *f, size_t first, size_t end)
{
	for (size_t i = first + 1; i < end; i++)
		if (!span_eq(f->mentions[i].leader, f->mentions[first].leader))
			return true;
	return false;
}

static void look_at(struct finder *x, const struct tokens *t, size_t from, size_t to, size_t first, size_t end)
{
	size_t n = to - from;
	uint32_t *who = arena_array(x->a, uint32_t, n + 1), *classes = arena_array(x->a, uint32_t, n + 1);
	for (size_t i = 0, m = first; i < n; i++) {
		const struct token *k = &t->v[from + i];
		while (m < end && x->f->mentions[m].end <= k->start)
			m++;
		if (m < end && k->start >= x->f->mentions[m].start)
			who[i] = (uint32_t)m + 1;
		classes[i] = classes_of(token_word(t, from + i));
	}
	x->s.first = (uint32_t)from;
	x->s.n = (uint32_t)n;
	x->s.who = who;
	x->s.classes = classes;
	sentence(x);
}

#define SENTENCE_TOKENS 100 /* longer ones are lists */

void meetings_find(struct arena *a, const struct document *d, const struct tokens *t, struct facts *out)
{
	struct finder x = {.a = a, .f = out, .s = {.t = t, .f = out, .d = d}};
	size_t token = 0, mention = 0, day = 0;
	for (size_t i = 0; i < out->n_sentences; i++) {
		const struct sentence *s = &out->sentences[i];
		while (mention < out->n_mentions && out->mentions[mention].start < s->start)
			mention++;
		size_t end = mention;
		while (end < out->n_mentions && out->mentions[end].start < s->end)
			end++;
		if (end < mention + 2 || !two_leaders(out, mention, end))
			continue;
		while (token < t->n && t->v[token].start < s->start)
			token++;
		size_t to = token;
		while (to < t->n && t->v[to].start < s->end)
			to++;
		while (day < out->n_days && out->days[day].start < s->start)
			day++;
		x.s.day = x.s.day_end = day;
		while (x.s.day_end < out->n_days && out->days[x.s.day_end].start < s->end)
			x.s.day_end++;
		if (to - token <= SENTENCE_TOKENS)
			look_at(&x, t, token, to, mention, end);
	}
}
