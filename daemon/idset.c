/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/idset.h"

#include "base/mem.h"

static uint64_t *place(const struct idset *s, uint64_t h)
{
	size_t at = (size_t)h & (s->cap - 1);
	while (s->v[at] && s->v[at] != h)
		at = (at + 1) & (s->cap - 1);
	return &s->v[at];
}

static void grow(struct idset *s)
{
	struct idset old = *s;
	s->cap = old.cap ? old.cap * 2 : 64;
	s->v = mem_alloc(s->cap * sizeof *s->v);
	for (size_t i = 0; i < old.cap; i++)
		if (old.v[i])
			*place(s, old.v[i]) = old.v[i];
	free(old.v);
}

void idset_add(struct idset *s, uint64_t h)
{
	h = h ? h : 1;
	if (s->n * 2 >= s->cap)
		grow(s);
	uint64_t *at = place(s, h);
	s->n += !*at;
	*at = h;
}

bool idset_has(const struct idset *s, uint64_t h) { return s->n && *place(s, h ? h : 1) != 0; }

void idset_done(struct idset *s)
{
	free(s->v);
	*s = (struct idset){0};
}
