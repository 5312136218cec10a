/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linear probing over a power of two of slots, at most half of them taken. Nothing is ever taken out alone. */
#include "index/store/names.h"

#include "base/mem.h"

static void put_slot(struct names *t, uint32_t i)
{
	uint32_t at = (uint32_t)t->hash[i] & t->mask;
	while (t->slot[at])
		at = (at + 1) & t->mask;
	t->slot[at] = i + 1;
}

static void grow_slots(struct names *t)
{
	uint32_t n = t->slot ? (t->mask + 1) * 2 : 64;
	free(t->slot);
	t->slot = mem_alloc(n * sizeof *t->slot);
	t->mask = n - 1;
	for (uint32_t i = 0; i < t->n; i++)
		put_slot(t, i);
}

static uint32_t find_hashed(const struct names *t, struct span s, uint64_t hash)
{
	if (!t->slot)
		return NO_NAME;
	for (uint32_t at = (uint32_t)hash & t->mask; t->slot[at]; at = (at + 1) & t->mask) {
		uint32_t i = t->slot[at] - 1;
		if (t->hash[i] == hash && span_eq(names_at(t, i), s))
			return i;
	}
	return NO_NAME;
}

uint32_t names_find(const struct names *t, struct span s) { return find_hashed(t, s, span_hash(s)); }

uint32_t names_add(struct names *t, struct span s)
{
	uint64_t hash = span_hash(s);
	uint32_t i = find_hashed(t, s, hash);
	if (i != NO_NAME)
		return i;
	if (!t->slot || t->n >= t->mask / 2)
		grow_slots(t);
	t->start = mem_grow(t->start, &t->cap_start, (size_t)t->n + 2, sizeof *t->start);
	t->hash = mem_grow(t->hash, &t->cap_hash, (size_t)t->n + 1, sizeof *t->hash);
	t->start[t->n] = (uint32_t)t->bytes.n;
	str_span(&t->bytes, s);
	t->start[t->n + 1] = (uint32_t)t->bytes.n;
	t->hash[t->n] = hash;
	put_slot(t, t->n);
	return t->n++;
}

static int by_bytes(const void *a, const void *b, void *arg)
{
	const struct names *t = arg;
	return span_cmp(names_at(t, *(const uint32_t *)a), names_at(t, *(const uint32_t *)b));
}

uint32_t *names_sorted(const struct names *t)
{
	uint32_t *order = mem_alloc(t->n * sizeof *order);
	for (uint32_t i = 0; i < t->n; i++)
		order[i] = i;
	qsort_r(order, t->n, sizeof *order, by_bytes, (void *)(uintptr_t)t);
	return order;
}

void names_clear(struct names *t)
{
	t->n = 0;
	str_clear(&t->bytes);
	if (t->slot)
		memset(t->slot, 0, ((size_t)t->mask + 1) * sizeof *t->slot);
}

void names_done(struct names *t)
{
	str_done(&t->bytes);
	free(t->start);
	free(t->hash);
	free(t->slot);
	*t = (struct names){0};
}
