/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names: distinct byte strings, numbered in the order in which they were first seen. What dictionaries, vocabularies and
 * caches are made from while a segment is built.
 *
 *	bytes  putinkimmoscow…      start  0 5 8 14 …      slot  a hash table of numbers + 1, open addressing
 *
 * Zero-initialise; names_done() frees. Together the names may take 4 GiB.
 */
#ifndef DOSSIER_INDEX_STORE_NAMES_H
#define DOSSIER_INDEX_STORE_NAMES_H

#include "base/str.h"

struct names {
	struct str bytes;
	uint32_t n;
	uint32_t *start; /* n + 1 once there is one */
	uint64_t *hash;
	size_t cap_start, cap_hash;
	uint32_t *slot;
	uint32_t mask; /* slots - 1 */
};

#define NO_NAME UINT32_MAX
uint32_t names_add(struct names *t, struct span s); /* its number, new or old */
uint32_t names_find(const struct names *t, struct span s); /* NO_NAME if absent */
static inline struct span names_at(const struct names *t, uint32_t i) { return (struct span){t->bytes.p + t->start[i], t->start[i + 1] - t->start[i]}; }
uint32_t *names_sorted(const struct names *t); /* numbers in bytewise order of the names; free() it */
void names_clear(struct names *t); /* keeps the memory */
void names_done(struct names *t);

#endif
