/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting bits: with the processor's own instruction where it has one (chosen when the program is loaded). */
#include "index/query/bits.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("popcnt", "default")))
#endif
uint32_t bits_count(const uint64_t *b, size_t n)
{
	uint32_t c = 0;
	for (size_t i = 0; i < n; i++)
		c += (uint32_t)__builtin_popcountll(b[i]);
	return c;
}
