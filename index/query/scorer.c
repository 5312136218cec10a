/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/scorer.h"

#include "index/query/bits.h"
#include "index/query/score.h"

struct scorer_block {
	uint32_t block, n, at; /* UINT32_MAX: none yet */
	bool has_points;
	uint32_t rows[POSTING_BLOCK], points[POSTING_BLOCK];
};

static inline uint32_t points_of(const struct scorer *s, uint32_t wdf, uint32_t row) { return (uint32_t)(int32_t)(s->weight * score_share(wdf, s->norms[row])); }

void scorer_init(struct scorer *s, struct arena *a, const struct posting_list *list, const uint64_t *mask, const float *norms, double weight)
{
	*s = (struct scorer){.list = *list, .mask = mask, .norms = norms, .weight = (float)weight, .now = arena_raw(a, sizeof *s->now)};
	s->now->block = UINT32_MAX;
}

/* ---- bounds ---- */

void scorer_make_bounds(struct scorer *s, struct arena *a, const float code_norms[256])
{
	s->bounds = arena_raw(a, (s->list.n_blocks + 1u) * sizeof *s->bounds);
	for (uint32_t b = 0; b < s->list.n_blocks; b++) {
		float best = 0;
		for (int i = 0; i < 3; i++) {
			const struct posting_bound *k = &s->list.blocks[b].best[i];
			float share = k->wdf == UINT8_MAX ? 1.0f : score_share(k->wdf, code_norms[k->length]);
			best = share > best ? share : best;
		}
		s->bounds[b] = (uint32_t)(int32_t)(s->weight * best * 1.00001f) + 1;
	}
}

/* The last block from `at` on that begins at the row or before it; `at` if there is none. */
static inline uint32_t block_of(const struct posting_list *l, uint32_t at, uint32_t row)
{
	uint32_t step = 1;
	if (at + 1 >= l->n_blocks || l->blocks[at + 1].first > row)
		return at;
	while (at + step < l->n_blocks && l->blocks[at + step].first <= row) {
		at += step;
		step *= 2;
	}
	for (; step; step /= 2)
		if (at + step < l->n_blocks && l->blocks[at + step].first <= row)
			at += step;
	return at;
}

uint32_t scorer_bound_at(struct scorer *s, uint32_t row)
{
	if (s->list.bits && !bits_has(s->list.bits, row))
		return 0;
	s->block = block_of(&s->list, s->block, row);
	return s->list.blocks[s->block].first <= row ? s->bounds[s->block] : 0;
}

uint32_t scorer_bound(struct scorer *s, uint32_t base, uint32_t end)
{
	uint32_t best = 0;
	s->ahead = block_of(&s->list, s->ahead, base);
	for (uint32_t b = s->ahead; b < s->list.n_blocks && s->list.blocks[b].first < end; b++)
		best = s->bounds[b] > best ? s->bounds[b] : best;
	return best;
}

/* ---- walking ---- */

static struct scorer_block *unpack_block(struct scorer *s)
{
	struct scorer_block *k = s->now;
	if (k->block != s->block) {
		k->block = s->block;
		k->n = postings_rows(&s->list, s->block, k->rows);
		k->at = 0;
		k->has_points = false;
	}
	return k;
}

/* Goes to the first row at `row` or after it, in this block. */
static void seek_in(struct scorer_block *k, uint32_t row)
{
	uint32_t low = k->at, high = k->n;
	if (low == high || k->rows[low] >= row)
		return;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (k->rows[mid] < row)
			low = mid + 1;
		else
			high = mid;
	}
	k->at = low;
}

uint32_t scorer_points(struct scorer *s, uint32_t row)
{
	if ((s->list.bits && !bits_has(s->list.bits, row)) || (s->mask && !bits_has(s->mask, row)))
		return 0;
	s->block = block_of(&s->list, s->block, row);
	if (s->list.blocks[s->block].first > row)
		return 0;
	struct scorer_block *k = unpack_block(s);
	seek_in(k, row);
	return k->at < k->n && k->rows[k->at] == row ? points_of(s, postings_wdf(&s->list, s->block, k->at), row) : 0;
}

/* Whole blocks, whatever is in them: loops of a known length are done four at a time. */
static void fill_points(const struct scorer *s, struct scorer_block *k)
{
	uint32_t wdf[POSTING_BLOCK];
	float norm[POSTING_BLOCK], weight = s->weight;
	postings_wdfs(&s->list, s->block, wdf);
	for (uint32_t i = 0; i < k->n; i++)
		norm[i] = s->norms[k->rows[i]];
	for (uint32_t i = k->n; i < POSTING_BLOCK; i++)
		norm[i] = 1;
	for (uint32_t i = 0; i < POSTING_BLOCK; i++)
		k->points[i] = (uint32_t)(int32_t)(weight * score_share(wdf[i], norm[i]));
	k->has_points = true;
}

static void add_block(const struct scorer *s, struct scorer_block *k, const struct scorer_sums *w)
{
	const uint32_t *rows = k->rows, *points = k->points, n = k->n, base = w->base, end = w->end, enough = w->enough;
	const uint64_t *mask = s->mask;
	uint32_t i = k->at, *sums = w->points;
	for (; i < n && rows[i] < end; i++) {
		uint32_t at = rows[i] - base;
		if (mask && !bits_has(mask, rows[i]))
			continue;
		if ((sums[at] += points[i]) >= enough)
			bits_set(w->marks, at);
	}
	k->at = i;
}

void scorer_add(struct scorer *s, const struct scorer_sums *w, uint32_t least)
{
	for (s->block = block_of(&s->list, s->block, w->base); s->list.blocks[s->block].first < w->end; s->block++) {
		if (s->bounds[s->block] >= least) {
			struct scorer_block *k = unpack_block(s);
			seek_in(k, w->base);
			if (!k->has_points)
				fill_points(s, k);
			add_block(s, k, w);
		}
		if (s->block + 1 == s->list.n_blocks || s->list.blocks[s->block + 1].first >= w->end)
			return; /* the block may reach into the next window */
	}
}
