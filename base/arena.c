/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define BLOCK_BYTES (64u * 1024u)

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct arena_taken { /* lies in the arena itself */
	struct arena_taken *next;
	char *p;
	size_t n;
};

static struct arena_block *add_block(struct arena *a, size_t n)
{
	size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	struct arena_block *b = mem_resize(NULL, sizeof *b + size);
	*b = (struct arena_block){.older = a->newest, .size = size};
	a->newest = b;
	return b;
}

void *arena_raw(struct arena *a, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	struct arena_block *b = a->newest;
	if (!b || b->size - b->used < n)
		b = add_block(a, n);
	void *p = b->bytes + b->used;
	b->used += n;
	a->total += n;
	return p;
}

void *arena_alloc(struct arena *a, size_t n) { return memset(arena_raw(a, n), 0, n); }

struct span arena_span(struct arena *a, struct span s)
{
	char *p = arena_raw(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return (struct span){p, s.n};
}

struct span arena_take(struct arena *a, void *p, size_t n)
{
	struct arena_taken *t = arena_raw(a, sizeof *t);
	*t = (struct arena_taken){a->taken, p, n};
	a->taken = t;
	a->total += n;
	return (struct span){p, n};
}

static struct arena_taken **find_taken(struct arena *a, const void *p)
{
	uintptr_t at = (uintptr_t)p;
	struct arena_taken **t = &a->taken;
	while (*t && !(at >= (uintptr_t)(*t)->p && at - (uintptr_t)(*t)->p < (*t)->n))
		t = &(*t)->next;
	return t;
}

bool arena_holds(struct arena *a, const void *p) { return *find_taken(a, p) != NULL; }

void arena_drop(struct arena *a, const void *p)
{
	struct arena_taken **t = find_taken(a, p);
	if (!*t)
		return;
	a->total -= (*t)->n;
	free((*t)->p);
	*t = (*t)->next;
}

const char *arena_z(struct arena *a, struct span s) { return arena_span(a, s).p; }

struct span arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	size_t size = n > 0 ? (size_t)n : 0;
	char *p = arena_raw(a, size + 1);
	vsnprintf(p, size + 1, fmt, again);
	va_end(again);
	return (struct span){p, size};
}

void *arena_double_(struct arena *a, const void *old, size_t *cap, size_t item)
{
	size_t cap2 = *cap ? *cap * 2 : 8;
	char *p = arena_raw(a, cap2 * item);
	if (*cap)
		memcpy(p, old, *cap * item);
	memset(p + *cap * item, 0, (cap2 - *cap) * item);
	*cap = cap2;
	return p;
}

void arena_reset(struct arena *a)
{
	for (struct arena_taken *t = a->taken; t; t = t->next)
		free(t->p);
	a->taken = NULL;
	struct arena_block *b = a->newest, *keep = NULL;
	while (b) {
		struct arena_block *older = b->older;
		if (!keep && b->size == BLOCK_BYTES)
			keep = b;
		else
			free(b);
		b = older;
	}
	if (keep)
		keep->older = NULL, keep->used = 0;
	a->newest = keep;
	a->total = 0;
}

void arena_done(struct arena *a)
{
	arena_reset(a);
	free(a->newest);
	*a = (struct arena){0};
}
