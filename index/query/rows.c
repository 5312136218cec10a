/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rows.h. A key says what was asked, of which view, and whether only those in office count. */
#include "index/query/rows.h"

#include "base/mem.h"

struct span rows_key(struct job *j, char kind, const struct view *v, int extra, struct span name)
{
	char *p = arena_raw(j->a, 9 + name.n);
	uint32_t number = v->number;
	extra |= v->in_office << 20; /* other leaders, other sets */
	p[0] = kind;
	memcpy(p + 1, &number, 4);
	memcpy(p + 5, &extra, 4);
	if (name.n)
		memcpy(p + 9, name.p, name.n);
	return (struct span){p, 9 + name.n};
}

uint64_t *rows_none(struct job *j, const struct view *v) { return arena_array(j->a, uint64_t, v->n_words + 1); }

uint64_t *rows_copy(struct job *j, const struct view *v, const uint64_t *rows)
{
	uint64_t *copy = arena_raw(j->a, (v->n_words + 1) * sizeof *copy);
	memcpy(copy, rows, v->n_words * sizeof *copy);
	return copy;
}

const uint64_t *rows_keep(struct job *j, const struct view *v, struct span key, const uint64_t *rows)
{
	size_t bytes = (v->n_words + 1) * sizeof *rows;
	if (j->partial || j->err.code)
		return rows;
	return cache_take(j->e->cache, key, mem_dup(rows, bytes), bytes);
}
