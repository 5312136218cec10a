/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap memory that is there or the process is not. Linux promises memory it does not have, and a process that cannot
 * get 100 bytes cannot answer either: it says so in one line and exits with 71. All processes but the front are
 * crash-only, and the front is restarted by its supervisor (docs/decisions/0001-memory.md).
 */
#ifndef DOSSIER_BASE_MEM_H
#define DOSSIER_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

void *mem_alloc(size_t n);                    /* zeroed; n = 0 is allowed; free() it */
void *mem_resize(void *p, size_t n);          /* realloc; new bytes are not zeroed */
void *mem_grow(void *p, size_t *cap, size_t want, size_t item); /* array of items: room for want, at least doubled */
void *mem_dup(const void *p, size_t n);
/* The caller's own bytes, read for the last time: the whole pages among them go back to the system at once and hold nothing any more. For what is read once from one end to the other and is large; free() as ever. */
void mem_shed(const void *p, size_t n);

static inline void free_pointer_(void *p) { free(*(void **)p); }
#define AUTO_FREE __attribute__((cleanup(free_pointer_)))

#endif
