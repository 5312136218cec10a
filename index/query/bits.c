/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting bits: with the processor's own instruction where it has one (chosen when the program is loaded). */
#include "index/query/bits.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WITH_POPCNT __attribute__((target_clones("popcnt", "default")))
#else
#define WITH_POPCNT
#endif

WITH_POPCNT
uint32_t bits_count(const uint64_t *b, size_t n)
{
	uint32_t c = 0;
	for (size_t i = 0; i < n; i++)
		c += (uint32_t)__builtin_popcountll(b[i]);
	return c;
}

WITH_POPCNT
void bits_count_by(const uint64_t *b, const uint32_t *of, size_t n, uint32_t *counts)
{
	for (size_t i = 0; i < n; i++)
		if (of[i] != MIXED)
			counts[of[i]] += (uint32_t)__builtin_popcountll(b[i]);
}
