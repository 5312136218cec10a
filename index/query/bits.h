/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of rows of one segment: one bit a row, 64 rows a word. 150,000 rows are 19 KB, a million 125 KB: whole sets are put together
 * faster word by word than compressed ones container by container, and a facet walks them at two rows a nanosecond.
 * Bits past the last row are always 0.
 */
#ifndef DOSSIER_INDEX_QUERY_BITS_H
#define DOSSIER_INDEX_QUERY_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t bits_words(uint32_t n_rows) { return ((size_t)n_rows + 63) / 64; }
static inline bool bits_has(const uint64_t *b, uint32_t row) { return b[row >> 6] >> (row & 63) & 1; }
static inline void bits_set(uint64_t *b, uint32_t row) { b[row >> 6] |= (uint64_t)1 << (row & 63); }
static inline void bits_clear(uint64_t *b, uint32_t row) { b[row >> 6] &= ~((uint64_t)1 << (row & 63)); }
static inline void bits_and(uint64_t *to, const uint64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] &= b[i];
}
static inline void bits_or(uint64_t *to, const uint64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] |= b[i];
}
static inline void bits_and_not(uint64_t *to, const uint64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] &= ~b[i];
}
static inline void bits_fill(uint64_t *to, uint32_t n_rows) /* all rows */
{
	size_t n = bits_words(n_rows);
	memset(to, 0xFF, n * sizeof *to);
	if (n_rows % 64)
		to[n - 1] = ((uint64_t)1 << (n_rows % 64)) - 1;
}
static inline void bits_not(uint64_t *to, uint32_t n_rows)
{
	size_t n = bits_words(n_rows);
	for (size_t i = 0; i < n; i++)
		to[i] = ~to[i];
	if (n_rows % 64)
		to[n - 1] &= ((uint64_t)1 << (n_rows % 64)) - 1;
}
uint32_t bits_count(const uint64_t *b, size_t n);
/* By 64 rows: the number that all of them have, or MIXED. Adds up the rows of those that are not mixed: counts[of[w]] += rows in b[w]. */
#define MIXED UINT32_MAX
void bits_count_by(const uint64_t *b, const uint32_t *of, size_t n, uint32_t *counts);
/* for each row of the set, lowest first: BITS_EACH(b, n_words, row) { … } */
#define BITS_EACH(b, n, row) \
	for (size_t word_##row = 0; word_##row < (n); word_##row++) \
		for (uint64_t left_##row = (b)[word_##row]; left_##row; left_##row &= left_##row - 1) \
			for (uint32_t row = (uint32_t)(word_##row * 64) + (uint32_t)__builtin_ctzll(left_##row), once_##row = 1; once_##row; once_##row = 0)

#endif
