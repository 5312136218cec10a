/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An arena: memory for one document or one request, freed all at once.
 *
 *	[block 64 K][block …]   bump pointer in the newest; a big wish gets a block of its own
 *
 * Zero-initialise; arena_reset() keeps one block for the next round; arena_done() frees everything.
 */
#ifndef DOSSIER_BASE_ARENA_H
#define DOSSIER_BASE_ARENA_H

#include "base/span.h"

struct arena_block;
struct arena {
	struct arena_block *newest;
	size_t total; /* bytes handed out since the last reset */
	struct arena_taken *taken;
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 16 */
void *arena_raw(struct arena *a, size_t n);   /* the same, not zeroed */
struct span arena_span(struct arena *a, struct span s);         /* a copy, ended by NUL */
struct span arena_take(struct arena *a, void *p, size_t n);      /* what malloc gave becomes the arena's: not copied, freed with it */
bool arena_holds(struct arena *a, const void *p);           /* does p lie in something that was taken? */
void arena_drop(struct arena *a, const void *p);                 /* then that is freed now */
const char *arena_z(struct arena *a, struct span s);            /* the same, as a C string */
struct span arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);
void arena_done(struct arena *a);

#define AUTO_ARENA __attribute__((cleanup(arena_done)))
#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), (n) * sizeof(type)))
/* Room for one more item in an arena array: doubles by copying. `v` is a pointer variable, `n` its count, `cap` its room. */
#define arena_push(a, v, n, cap) \
	((n) < (cap) ? (void)0 : (void)((v) = arena_double_((a), (v), &(cap), sizeof *(v))), &(v)[(n)++])
void *arena_double_(struct arena *a, const void *old, size_t *cap, size_t item);

#endif
