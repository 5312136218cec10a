/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scores by BM25 over decoded posting lists, a window of rows at a time:
 *
 *	for each window of 65,536 rows     scores[] fits the cache
 *	    for each word                  scores[row] += weight × impact[row]   (few candidates: looked up one by one instead)
 *	    for each row of the match      is it among the best so far? (a heap of a page)
 *
 * Weights are those of S. E. Robertson and others, "Okapi at TREC-3", in the form that Xapian gives them (the logarithm is
 * kept above 0 for words in more than half of the documents). Measured, this beats a matcher that skips: 100,000 postings take 0.1 ms.
 */
#include "index/query/rank.h"

#include <math.h>

/* ---- order ---- */

static inline bool before(const struct hit *a, const struct hit *b)
{
	if (a->key != b->key)
		return a->key > b->key;
	if (a->revision != b->revision)
		return a->revision < b->revision;
	return a->id_hash < b->id_hash;
}

static int by_rank(const void *x, const void *y) { return before(x, y) ? -1 : before(y, x); }

/* The best `room` of what is offered: a heap whose top is the worst of them. */
struct best {
	struct hit *v;
	size_t n, room;
	const struct cursor *from;
	double ceiling, floor; /* keys above and below cannot get in: a quick look before the hit is put together */
};

static void sift_down(struct hit *v, size_t n, size_t i)
{
	for (;;) {
		size_t worst = i, l = 2 * i + 1, r = l + 1;
		if (l < n && before(&v[worst], &v[l]))
			worst = l;
		if (r < n && before(&v[worst], &v[r]))
			worst = r;
		if (worst == i)
			return;
		struct hit t = v[i];
		v[i] = v[worst];
		v[worst] = t;
		i = worst;
	}
}

static void sift_up(struct hit *v, size_t i)
{
	while (i && before(&v[(i - 1) / 2], &v[i])) {
		struct hit t = v[i];
		v[i] = v[(i - 1) / 2];
		v[(i - 1) / 2] = t;
		i = (i - 1) / 2;
	}
}

static void offer(struct best *b, const struct hit *h)
{
	if (b->from->given && !before(&b->from->last, h))
		return;
	if (b->n < b->room) {
		b->v[b->n] = *h;
		sift_up(b->v, b->n++);
	} else if (before(h, &b->v[0])) {
		b->v[0] = *h;
		sift_down(b->v, b->n, 0);
	}
	if (b->n == b->room)
		b->floor = b->v[0].key;
}

/* ---- scores ---- */

struct scorer { /* one stem of one word of one leaf, in one view */
	const struct postings *p;
	const uint64_t *mask; /* rows where the leaf holds; NULL: wherever the word is */
	float weight;
	uint32_t at;
};

static double word_weight(uint64_t n_rows, uint32_t with_it, uint32_t times)
{
	double n = (double)n_rows, f = with_it < n_rows ? (double)with_it : n;
	double odds = (n - f + 0.5) / (f + 0.5);
	if (odds < 2)
		odds = odds * 0.5 + 1;
	return log(odds) * (BM25_K1 + 1) * 2.0 * times / (1.0 + times);
}

static bool scores(const struct leaf *l) { return l->positive && l->kind <= LEAF_NEAR; }

/* In how many documents each scoring word is: counted now, or as the cursor has it. */
static void count_words(struct job *j, const struct plan *p, const struct cursor *from, struct frequencies *f)
{
	size_t cap = 0;
	*f = (struct frequencies){.n_rows = from->given ? from->f.n_rows : j->e->n_rows, .length_step = from->given ? from->f.length_step : j->e->length_step};
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		for (uint32_t k = 0; scores(&p->tree.leaves[i]) && k < p->leaves[i].n_words; k++) {
			uint32_t n = 0, at = (uint32_t)f->n_words;
			for (size_t v = 0; v < j->e->n_views && !from->given; v++)
				for (size_t s = 0; s < p->leaves[i].words[k].n; s++)
					n += postings_get(j, j->e->views[v], p->leaves[i].words[k].v[s], p->tree.leaves[i].title, f->length_step)->n;
			*arena_push(j->a, f->of_words, f->n_words, cap) = at < from->f.n_words ? from->f.of_words[at] : n;
		}
}

static size_t make_scorers(struct job *j, const struct plan *p, const struct frequencies *f, struct view *v, struct scorer **out)
{
	size_t n = 0, cap = 0, word = 0;
	*out = NULL;
	for (size_t i = 0; i < p->tree.n_leaves; i++) {
		const struct leaf *l = &p->tree.leaves[i];
		const struct leaf_plan *lp = &p->leaves[i];
		const uint64_t *mask = scores(l) && l->kind != LEAF_WORD ? leaf_rows(j, lp, v) : NULL;
		for (uint32_t k = 0; scores(l) && k < lp->n_words; k++, word++)
			for (size_t s = 0; s < lp->words[k].n; s++) {
				const struct postings *list = postings_get(j, v, lp->words[k].v[s], l->title, f->length_step);
				if (list->n)
					*arena_push(j->a, *out, n, cap) = (struct scorer){list, mask, (float)word_weight(f->n_rows, f->of_words[word], l->times), 0};
			}
	}
	return n;
}

static uint32_t first_at(const struct postings *p, uint32_t at, uint32_t row)
{
	uint32_t step = 1, lo = at;
	while (at + step < p->n && p->rows[at + step] < row) {
		lo = at + step;
		step *= 2;
	}
	uint32_t hi = at + step < p->n ? at + step + 1 : p->n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (p->rows[mid] < row)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void score_all(struct scorer *s, float *scores_, uint32_t base, uint32_t end)
{
	const struct postings *p = s->p;
	uint32_t i = s->at;
	if (s->mask) {
		for (; i < p->n && p->rows[i] < end; i++)
			if (bits_has(s->mask, p->rows[i]))
				scores_[p->rows[i] - base] += s->weight * p->impact[i];
	} else {
		for (; i < p->n && p->rows[i] < end; i++)
			scores_[p->rows[i] - base] += s->weight * p->impact[i];
	}
	s->at = i;
}

static void score_few(struct scorer *s, const uint64_t *match, float *scores_, uint32_t base, uint32_t end)
{
	const struct postings *p = s->p;
	size_t words = ((size_t)end - base + 63) / 64;
	BITS_EACH(match + base / 64, words, bit) {
		uint32_t row = base + bit;
		s->at = first_at(p, s->at, row);
		if (s->at < p->n && p->rows[s->at] == row && (!s->mask || bits_has(s->mask, row)))
			scores_[bit] += s->weight * p->impact[s->at];
	}
	if (s->at < p->n && p->rows[s->at] < end)
		s->at = first_at(p, s->at, end);
}

struct all_hits {
	struct arena *a;
	struct hit *v;
	size_t n, cap;
};

static struct hit hit_of(const struct view *v, uint32_t view, uint32_t row, double key)
{
	return (struct hit){key, v->c->revision[row], v->c->id_hash[row], v->c->story[row], view, row};
}

/* A set to walk: that of the view, or all of its rows. */
static const uint64_t *rows_or_all(struct job *j, const struct plan *p, uint32_t view)
{
	const struct view *v = j->e->views[view];
	if (p->match_rows[view])
		return p->match_rows[view];
	uint64_t *all = arena_raw(j->a, (v->n_words + 1) * sizeof *all);
	bits_fill(all, v->n_rows);
	return all;
}

/* Offers the rows of a window that can get in. */
static void offer_window(struct best *b, const struct view *v, uint32_t view, const uint64_t *match, size_t words, const float *s, uint32_t base)
{
	for (size_t w = 0; w < words; w++)
		for (uint64_t left = match[w]; left; left &= left - 1) {
			uint32_t bit = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left);
			double key = (double)s[bit];
			if (key < b->floor || key > b->ceiling)
				continue;
			struct hit h = hit_of(v, view, base + bit, key);
			offer(b, &h);
		}
}

static void take_window(struct all_hits *all, const struct view *v, uint32_t view, const uint64_t *match, size_t words, const float *s, uint32_t base)
{
	BITS_EACH(match, words, bit)
		*arena_push(all->a, all->v, all->n, all->cap) = hit_of(v, view, base + bit, (double)s[bit]);
}

/* `all` NULL: the best alone. */
static void rank_view(struct job *j, const struct plan *p, const struct frequencies *f, uint32_t view, struct best *best, struct all_hits *all)
{
	struct view *v = j->e->views[view];
	struct scorer *scorers;
	const uint64_t *match = rows_or_all(j, p, view);
	size_t n = make_scorers(j, p, f, v, &scorers);
	float *s = j->e->scores;
	for (uint32_t base = 0; base < v->n_rows; base += SCORE_WINDOW) {
		uint32_t end = v->n_rows - base < SCORE_WINDOW ? v->n_rows : base + SCORE_WINDOW;
		size_t words = ((size_t)end - base + 63) / 64;
		for (size_t i = 0; i < n; i++)
			if (p->counts[view] < scorers[i].p->n / 16)
				score_few(&scorers[i], match, s, base, end);
			else
				score_all(&scorers[i], s, base, end);
		if (all)
			take_window(all, v, view, match + base / 64, words, s, base);
		else
			offer_window(best, v, view, match + base / 64, words, s, base);
		memset(s, 0, (end - base) * sizeof *s);
	}
}

static void by_date(struct job *j, const struct plan *p, uint32_t view, struct best *best, struct all_hits *all)
{
	const struct view *v = j->e->views[view];
	const uint64_t *match = rows_or_all(j, p, view);
	double sign = j->r.sort == SORT_OLDEST ? -1 : 1;
	BITS_EACH(match, v->n_words, row) {
		bool dated = v->c->published_precision[row] != PREC_NONE;
		double key = dated ? sign * (double)v->c->published_from[row] : (double)INT32_MIN * 2;
		if (!all && (key < best->floor || key > best->ceiling))
			continue;
		struct hit h = hit_of(v, view, row, key);
		if (all)
			*arena_push(all->a, all->v, all->n, all->cap) = h;
		else
			offer(best, &h);
	}
}

/* ---- stories ---- */

static int by_story_then_rank(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;
	return a->story != b->story ? (a->story < b->story ? -1 : 1) : by_rank(x, y);
}

/* The best document of each story stands for it. */
static void offer_stories(struct all_hits *all, struct best *b, uint64_t *n_stories)
{
	*n_stories = 0;
	if (all->n)
		qsort(all->v, all->n, sizeof *all->v, by_story_then_rank);
	for (size_t i = 0; i < all->n; i++)
		if (i == 0 || all->v[i].story != all->v[i - 1].story) {
			offer(b, &all->v[i]);
			++*n_stories;
		}
}

/* ---- the sum ---- */

/* One more than a page is looked for: it tells whether there is a next one. */
void rank(struct job *j, const struct plan *p, const struct cursor *from, struct ranking *out)
{
	struct best best = {.room = j->r.limit + 1u, .from = from, .v = arena_raw(j->a, (j->r.limit + 1u) * sizeof(struct hit)), .floor = -INFINITY, .ceiling = INFINITY};
	struct all_hits stories = {.a = j->a}, *all = j->r.stories ? &stories : NULL;
	bool by_score = j->r.sort == SORT_RELEVANCE && p->has_text;
	*out = (struct ranking){.total = p->total, .hits = best.v};
	if (from->given)
		best.ceiling = from->last.key;
	if (by_score && j->r.limit)
		count_words(j, p, from, &out->f);
	for (uint32_t i = 0; i < j->e->n_views; i++)
		if (!p->counts[i] || (!j->r.limit && !all))
			continue;
		else if (by_score && j->r.limit)
			rank_view(j, p, &out->f, i, &best, all);
		else
			by_date(j, p, i, &best, all);
	if (all)
		offer_stories(all, &best, &out->total);
	if (best.n)
		qsort(best.v, best.n, sizeof *best.v, by_rank);
	out->more = j->r.limit && best.n > j->r.limit;
	out->n_hits = best.n < j->r.limit ? best.n : j->r.limit;
}
