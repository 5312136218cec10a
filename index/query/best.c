/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/best.h"

#include <math.h>

int hit_by_rank(const void *x, const void *y) { return hit_before(x, y) ? -1 : hit_before(y, x); }

void best_init(struct best *b, struct arena *a, size_t room, const struct cursor *from)
{
	*b = (struct best){.v = arena_raw(a, room * sizeof *b->v), .room = room, .from = from, .floor = -INFINITY, .ceiling = from->given ? from->last.key : INFINITY};
}

void best_sort(struct best *b)
{
	if (b->n)
		qsort(b->v, b->n, sizeof *b->v, hit_by_rank);
}

static void swap(struct hit *a, struct hit *b)
{
	struct hit t = *a;
	*a = *b;
	*b = t;
}

static void sift_down(struct hit *v, size_t n, size_t i)
{
	for (;;) {
		size_t worst = i, l = 2 * i + 1, r = l + 1;
		if (l < n && hit_before(&v[worst], &v[l]))
			worst = l;
		if (r < n && hit_before(&v[worst], &v[r]))
			worst = r;
		if (worst == i)
			return;
		swap(&v[i], &v[worst]);
		i = worst;
	}
}

static void sift_up(struct hit *v, size_t i)
{
	for (; i && hit_before(&v[(i - 1) / 2], &v[i]); i = (i - 1) / 2)
		swap(&v[i], &v[(i - 1) / 2]);
}

void best_offer(struct best *b, const struct hit *h)
{
	if (b->from->given && !hit_before(&b->from->last, h))
		return;
	if (b->n < b->room) {
		b->v[b->n] = *h;
		sift_up(b->v, b->n++);
	} else if (hit_before(h, &b->v[0])) {
		b->v[0] = *h;
		sift_down(b->v, b->n, 0);
	}
	if (b->n == b->room)
		b->floor = b->v[0].key;
}
