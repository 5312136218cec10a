/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the match are the best. Two ways, whichever has less to do:
 *
 *	few       the match is small: each of its rows is looked up in each list
 *	windows   for each 4,096 rows      sums[] fits the nearest cache
 *	              lists that even together cannot lift a row over the worst hit so far are left out   (MaxScore, by window and block)
 *	              the others: sums[row] += points; who has reached enough is marked
 *	              the marked: points of the lists left out are looked up; is it among the best?
 *
 * See H. Turtle and J. Flood, "Query evaluation: strategies and optimizations" (1995); S. Ding and T. Suel, "Faster top-k document retrieval
 * using block-max indexes" (2011). Nothing here decides what matches: totals are counted from the sets, and are exact.
 */
#include "index/query/rank.h"

#include "index/query/best.h"
#include "index/query/passage.h"
#include "index/query/score.h"
#include "index/query/scorer.h"
#include "index/query/weights.h"
#include "index/query/story-rows.h"

/* One view as it is ranked. */
struct view_ranking {
	struct job *j;
	const struct plan *p;
	struct view *v;
	uint32_t view, n_match;
	const uint64_t *match;
	struct scorer *s;
	size_t n;
	double unit; /* points to a score of 1 */
	struct best *best;
	struct all_hits *all; /* NULL: the best alone */
	const uint64_t *lonely; /* with all: rows that are alone in their story, and need not be compared with others of it */
};

/* As many as there can be without a sum of all going over: a power of two, so that nothing is lost. */
static double unit_for(const struct plan *p, const struct frequencies *f)
{
	double most = 0, unit = 1 << 20;
	size_t word = 0;
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		for (uint32_t k = 0; leaf_scores(&p->tree.leaves[i]) && k < p->leaves[i].n_words; k++, word++)
			most += (double)f->weights[word] * (double)p->leaves[i].words[k].n;
	while (most * unit > 1 << 30)
		unit /= 2;
	return unit;
}

static void add_scorer(struct view_ranking *r, size_t *cap, const struct word_list *l, const uint64_t *mask, const float *norms, double weight)
{
	if (weight <= 0)
		return;
	if (mask && l->rows) {
		uint64_t *both = arena_raw(r->j->a, (r->v->n_words + 1) * sizeof *both);
		for (size_t w = 0; w < r->v->n_words; w++)
			both[w] = mask[w] & l->rows[w];
		mask = both;
	}
	scorer_init(arena_push(r->j->a, r->s, r->n, *cap), r->j->a, &l->list, mask ? mask : l->rows, norms, weight * r->unit);
}

/* A part of a compound counts something wherever it stands, and the rest where the parts stand in a row. */
static void make_scorers(struct view_ranking *r, const struct frequencies *f)
{
	size_t cap = 0, word = 0;
	const float *norms = view_norms(r->v, f->length_step);
	for (size_t i = 0; i < r->p->tree.n_leaves; i++) {
		const struct leaf *l = &r->p->tree.leaves[i];
		const struct leaf_plan *lp = &r->p->leaves[i];
		const uint64_t *mask = leaf_scores(l) && l->kind != LEAF_WORD ? leaf_rows(r->j, lp, r->v) : NULL;
		for (uint32_t k = 0; leaf_scores(l) && k < lp->n_words; k++, word++) {
			const struct word_lists *lists = word_lists(r->j, &lp->words[k], l->title, r->v);
			double weight = (double)f->weights[word], alone = l->compound && lp->words[k].word.n >= COMPOUND_LETTERS ? weight * COMPOUND_SHARE : 0;
			for (size_t s = 0; s < lists->n; s++) {
				add_scorer(r, &cap, &lists->v[s], NULL, norms, alone);
				add_scorer(r, &cap, &lists->v[s], mask, norms, weight - alone);
			}
		}
	}
}

/* ---- hits ---- */

struct all_hits {
	struct arena *a;
	struct hit *v;
	size_t n, cap;
};

static struct hit hit_of(const struct view *v, uint32_t view, uint32_t row, double key)
{
	return (struct hit){.key = key, .revision = v->c->revision[row], .id_hash = v->c->id_hash[row], .story = view_story(v, row), .view = view, .row = row};
}

/* Offers a row, if it can get in. */
static inline void take(const struct view_ranking *r, uint32_t row, double key)
{
	bool apart = !r->all || bits_has(r->lonely, row);
	if (apart && (key < r->best->floor || key > r->best->ceiling))
		return;
	struct hit h = hit_of(r->v, r->view, row, key);
	if (!apart)
		*arena_push(r->all->a, r->all->v, r->all->n, r->all->cap) = h;
	else
		best_offer(r->best, &h);
}

/* Points that a row must have to get in; 0: any row may. */
static uint32_t floor_points(const struct view_ranking *r)
{
	return r->all || r->best->floor <= 0 ? 0 : (uint32_t)(r->best->floor * r->unit);
}

/* ---- few ---- */

static bool hopeless(const struct view_ranking *r, uint32_t row, uint32_t floor)
{
	uint64_t most = 0;
	for (size_t i = 0; i < r->n; i++)
		most += scorer_bound_at(&r->s[i], row);
	return most < floor;
}

static void rank_few(struct view_ranking *r)
{
	bool bounded = r->n && r->s[0].bounds;
	BITS_EACH(r->match, r->v->n_words, row) {
		uint32_t points = 0, floor = bounded ? floor_points(r) : 0;
		if (job_late(r->j))
			return;
		if (floor && hopeless(r, row, floor))
			continue;
		for (size_t i = 0; i < r->n; i++)
			points += scorer_points(&r->s[i], row);
		take(r, row, points / r->unit);
	}
}

/* ---- windows ---- */

#define PARTED_LISTS 64 /* more are all added: sorting them would cost more than it saves */

struct window {
	struct scorer_sums sums;
	uint32_t bound[PARTED_LISTS]; /* of each list */
	uint32_t out[PARTED_LISTS];   /* lists left out, the strongest first */
	size_t n_out;
	bool is_out[PARTED_LISTS];
	uint64_t rest, whole;         /* bounds of those left out, of all */
};

static void take_row(const struct view_ranking *r, struct window *w, uint32_t at)
{
	uint32_t row = w->sums.base + at, floor = floor_points(r);
	uint64_t points = w->sums.points[at], rest = w->rest;
	for (size_t i = 0; i < w->n_out && points + rest >= floor; i++) {
		rest -= w->bound[w->out[i]];
		points += scorer_points(&r->s[w->out[i]], row);
	}
	if (points >= floor)
		take(r, row, (double)points / r->unit);
}

/* Every list is added, every row of the match is looked at. */
static void take_all(struct view_ranking *r, struct window *w)
{
	const uint64_t *match = r->match + w->sums.base / 64;
	w->sums.enough = UINT32_MAX;
	for (size_t i = 0; i < r->n; i++)
		scorer_add(&r->s[i], &w->sums, 0);
	BITS_EACH(match, (w->sums.end - w->sums.base + 63) / 64, at)
		take(r, w->sums.base + at, w->sums.points[at] / r->unit);
}

/*
 * Leaves out the weakest lists, as long as they alone lift nobody halfway to the floor. They could be left out up to the floor, but the more is
 * left out, the more rows must be looked up in it: measured from none to all, half is the least work.
 */
static void part_lists(const struct view_ranking *r, struct window *w, uint32_t floor)
{
	uint32_t order[PARTED_LISTS]; /* the weakest first */
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t k = i;
		for (; k > 0 && w->bound[order[k - 1]] > w->bound[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
		w->is_out[i] = false;
	}
	w->rest = w->n_out = 0;
	for (size_t i = 0; i < r->n && w->rest + w->bound[order[i]] < floor / 2; i++) {
		w->rest += w->bound[order[i]];
		w->is_out[order[i]] = true;
		w->n_out++;
	}
	for (size_t i = 0; i < w->n_out; i++)
		w->out[i] = order[w->n_out - 1 - i];
}

static void take_marked(struct view_ranking *r, struct window *w, uint32_t floor)
{
	const uint64_t *match = r->match + w->sums.base / 64;
	size_t words = (w->sums.end - w->sums.base + 63) / 64;
	part_lists(r, w, floor);
	w->sums.enough = floor - (uint32_t)w->rest;
	for (uint32_t i = 0; i < r->n; i++) {
		uint64_t others = w->whole - w->bound[i];
		if (!w->is_out[i])
			scorer_add(&r->s[i], &w->sums, others < floor ? floor - (uint32_t)others : 0);
	}
	for (size_t k = 0; k < words; k++) {
		uint64_t marked = w->sums.marks[k] & match[k];
		w->sums.marks[k] = 0;
		for (; marked; marked &= marked - 1)
			take_row(r, w, (uint32_t)(k * 64) + (uint32_t)__builtin_ctzll(marked));
	}
}

static void rank_windows(struct view_ranking *r)
{
	uint64_t marks[SCORE_WINDOW / 64] = {0};
	struct window w = {.sums = {.points = r->j->e->points, .marks = marks}};
	for (uint32_t base = 0; base < r->v->n_rows && !job_late_now(r->j); base += SCORE_WINDOW) {
		uint32_t floor = r->n <= PARTED_LISTS ? floor_points(r) : 0;
		w.sums.base = base;
		w.sums.end = r->v->n_rows - base < SCORE_WINDOW ? r->v->n_rows : base + SCORE_WINDOW;
		w.whole = 0;
		for (size_t i = 0; i < r->n && floor; i++)
			w.whole += w.bound[i] = scorer_bound(&r->s[i], base, w.sums.end);
		if (floor && w.whole < floor)
			continue;
		if (floor)
			take_marked(r, &w, floor);
		else
			take_all(r, &w);
		memset(w.sums.points, 0, (w.sums.end - base) * sizeof *w.sums.points);
	}
}

/* ---- one view ---- */

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

#define UNBOUNDED_ROWS 128u /* so few are looked up before bounds are worked out */
#define LOOKUP  8u   /* what it costs to look a row up in the lists, in postings that are added up, */
#define CLEARED 512u /* and to go through a window */

static void by_score(struct view_ranking *r, const struct frequencies *f)
{
	uint64_t postings = r->v->n_rows / SCORE_WINDOW * CLEARED;
	make_scorers(r, f);
	for (size_t i = 0; i < r->n; i++)
		postings += r->s[i].list.n;
	for (size_t i = 0; i < r->n && r->n_match > UNBOUNDED_ROWS; i++)
		scorer_make_bounds(&r->s[i], r->j->a, engine_code_norms(r->j->e, f->length_step));
	if (r->n_match <= UNBOUNDED_ROWS || (uint64_t)r->n_match * LOOKUP < postings)
		rank_few(r);
	else
		rank_windows(r);
}

static void by_date(struct view_ranking *r)
{
	const struct columns *c = r->v->c;
	double sign = r->j->r.sort == SORT_OLDEST ? -1 : 1;
	BITS_EACH(r->match, r->v->n_words, row) {
		bool dated = c->published_precision[row] != PREC_NONE;
		take(r, row, dated ? sign * (double)c->published_from[row] : (double)INT32_MIN * 2);
	}
}

/* ---- stories ---- */

static int by_story_then_rank(const void *x, const void *y)
{
	const struct hit *a = x, *b = y;
	return a->story != b->story ? (a->story < b->story ? -1 : 1) : hit_by_rank(x, y);
}

/* The best document of each story stands for it. */
static void offer_stories(struct all_hits *all, struct best *b, uint64_t *n_stories)
{
	if (all->n)
		qsort(all->v, all->n, sizeof *all->v, by_story_then_rank);
	for (size_t i = 0; i < all->n; i++)
		if (i == 0 || all->v[i].story != all->v[i - 1].story) {
			best_offer(b, &all->v[i]);
			++*n_stories;
		}
}

/* ---- the head ---- */

/* Was a hit on the first page among those that are looked at twice? Then it is now, though others of them may have been deleted meanwhile. */
static size_t count_head(const struct best *b, const struct cursor *from)
{
	size_t n = 0;
	while (n < b->n && (from->given ? !hit_before(&from->head_end, &b->v[n]) : n < PASSAGE_HITS))
		n++;
	return n;
}

/* In order by score alone; then as the second look has it, without what earlier pages showed. */
static void lift_head(struct job *j, const struct plan *p, const struct cursor *from, struct best *b, struct ranking *out)
{
	size_t n = count_head(b, from), shown = 0;
	out->head_end = from->given ? from->head_end : n ? b->v[n - 1] : (struct hit){0};
	passage_lift(j, p, &out->f, b->v, n);
	best_sort(b);
	while (from->given && shown < b->n && !hit_before(&from->last, &b->v[shown]))
		shown++;
	out->hits = b->v + shown;
	b->n -= shown;
}

/* ---- the sum ---- */

/* How many rows are the only ones of their stories is told where all hits are gathered. */
static uint64_t rank_views(struct job *j, const struct plan *p, const struct frequencies *f, bool scored, struct best *best, struct all_hits *all)
{
	uint64_t n_lonely = 0;
	double unit = scored ? unit_for(p, f) : 1;
	for (uint32_t i = 0; i < j->e->n_views; i++) {
		struct view_ranking r = {.j = j, .p = p, .v = j->e->views[i], .view = i, .n_match = p->counts[i], .unit = unit, .best = best, .all = all};
		if (!p->counts[i] || (!j->r.limit && !all))
			continue;
		r.match = rows_or_all(j, p, i);
		if (all) {
			r.lonely = view_lonely(j->e, r.v);
			for (size_t w = 0; w < r.v->n_words; w++)
				n_lonely += (uint64_t)__builtin_popcountll(r.match[w] & r.lonely[w]);
		}
		if (scored)
			by_score(&r, f);
		else
			by_date(&r);
	}
	return n_lonely;
}

/* One more than a page is looked for: it tells whether there is a next one. A page that may reach into the head starts from the first hit. */
void rank(struct job *j, const struct plan *p, const struct cursor *from, struct ranking *out)
{
	static const struct cursor start;
	struct best best;
	struct all_hits stories = {.a = j->a}, *all = j->r.stories ? &stories : NULL;
	bool scored = weights_matter(j, p) && j->r.limit;
	bool head = scored && !all && weights_sentence(p) && (!from->given || from->rank <= PASSAGE_HITS);
	size_t room = j->r.limit + 1u + (head && from->given ? (size_t)from->rank : 0);
	best_init(&best, j->a, head && room < PASSAGE_HITS ? PASSAGE_HITS : room, head ? &start : from);
	*out = (struct ranking){.total = p->total, .hits = best.v, .head_end = from->head_end};
	if (scored)
		weights_make(j, p, from, &out->f);
	uint64_t n_lonely = rank_views(j, p, &out->f, scored, &best, all);
	if (all) {
		out->total = n_lonely;
		offer_stories(all, &best, &out->total);
	}
	best_sort(&best);
	if (head)
		lift_head(j, p, from, &best, out);
	out->more = j->r.limit && best.n > j->r.limit;
	out->n_hits = best.n < j->r.limit ? best.n : j->r.limit;
}
