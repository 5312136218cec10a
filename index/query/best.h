/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The best hits of what is offered, and the order they are in. */
#ifndef DOSSIER_INDEX_QUERY_BEST_H
#define DOSSIER_INDEX_QUERY_BEST_H

#include "index/query/rank.h"

/* A heap of `room` hits whose top is the worst of them; those before the cursor stay out. */
struct best {
	struct hit *v;
	size_t n, room;
	const struct cursor *from;
	double ceiling, floor; /* keys above and below cannot get in: a quick look before the hit is put together */
};
void best_init(struct best *b, struct arena *a, size_t room, const struct cursor *from);
void best_offer(struct best *b, const struct hit *h);
void best_sort(struct best *b);

int hit_by_rank(const void *x, const void *y); /* for qsort */
static inline bool hit_before(const struct hit *a, const struct hit *b)
{
	if (a->key != b->key)
		return a->key > b->key;
	if (a->revision != b->revision)
		return a->revision < b->revision;
	return a->id_hash < b->id_hash;
}

#endif
