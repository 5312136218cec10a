/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk along one list, which gives points: a posting's part of the score as a whole number, so that the sum is the same in whatever order
 * lists are added. Only goes forward. A block is unpacked when its first row is needed, and not at all if nobody needs it.
 */
#ifndef DOSSIER_INDEX_QUERY_SCORER_H
#define DOSSIER_INDEX_QUERY_SCORER_H

#include "base/arena.h"
#include "index/store/postings.h"

struct scorer_block; /* a block unpacked */
struct scorer {
	struct posting_list list;
	const uint64_t *mask; /* rows where the leaf holds; NULL: wherever the word is */
	const float *norms;   /* by row */
	float weight;         /* points of a share of 1 */
	uint32_t *bounds;     /* by block: points of its best posting, or a few more; NULL: nobody asked */
	uint32_t block, ahead; /* where the walk is; the first block that window_bound has not passed */
	struct scorer_block *now;
};

struct scorer_sums { /* of a window of rows */
	uint32_t base, end;
	uint32_t *points;  /* by row - base */
	uint64_t *marks;   /* rows that have reached `enough` */
	uint32_t enough;
};

/* The list is not empty. */
void scorer_init(struct scorer *s, struct arena *a, const struct posting_list *list, const uint64_t *mask, const float *norms, double weight);
/* code_norms: the norm of each posting_length() */
void scorer_make_bounds(struct scorer *s, struct arena *a, const float code_norms[256]);
uint32_t scorer_bound_at(struct scorer *s, uint32_t row);                    /* of the block the row would be in; 0: it is surely not in the list */
uint32_t scorer_bound(struct scorer *s, uint32_t base, uint32_t end);        /* of all blocks with a row between */
uint32_t scorer_points(struct scorer *s, uint32_t row);                      /* 0: it is not in the list */
/* Adds the points of the window; blocks that give less than `least` may be left out. */
void scorer_add(struct scorer *s, const struct scorer_sums *w, uint32_t least);

#endif
