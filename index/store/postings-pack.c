/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/postings-pack.h"

#if defined __SSE2__ && !defined PACK_PLAIN
#include <emmintrin.h>
#define PACK_SSE2 1
#endif

static inline uint32_t mask_of(uint32_t width) { return width < 32 ? (1u << width) - 1 : UINT32_MAX; }

void pack(const uint32_t *v, uint32_t n, uint32_t width, unsigned char *out)
{
	memset(out, 0, (size_t)pack_words(n, width) * PACK_WORD);
	for (uint32_t i = 0; i < n && width; i++) {
		uint32_t bit = i / 4 * width, shift = bit % 32, word[2] = {0};
		unsigned char *at = out + (size_t)bit / 32 * PACK_WORD + i % 4 * 4;
		bool two = shift + width > 32;
		memcpy(&word[0], at, 4);
		word[0] |= v[i] << shift;
		memcpy(at, &word[0], 4);
		if (two) {
			memcpy(&word[1], at + PACK_WORD, 4);
			word[1] |= v[i] >> (32 - shift);
			memcpy(at + PACK_WORD, &word[1], 4);
		}
	}
}

uint32_t unpack_one(const unsigned char *p, uint32_t i, uint32_t width)
{
	uint32_t bit = i / 4 * width, shift = bit % 32, low, high;
	if (width == 0)
		return 0;
	p += (size_t)bit / 32 * PACK_WORD + i % 4 * 4;
	memcpy(&low, p, 4);
	memcpy(&high, p + PACK_WORD, 4);
	return (low >> shift | (shift ? high << (32 - shift) : 0)) & mask_of(width);
}

#ifdef PACK_SSE2
/* Four values; a shift by 32 gives 0 here. */
static inline __m128i four(const unsigned char *p, uint32_t bit, __m128i mask)
{
	const unsigned char *at = p + (size_t)(bit / 32) * PACK_WORD;
	__m128i low = _mm_srl_epi32(_mm_loadu_si128((const __m128i *)(const void *)at), _mm_cvtsi32_si128((int)(bit % 32)));
	__m128i high = _mm_sll_epi32(_mm_loadu_si128((const __m128i *)(const void *)(at + PACK_WORD)), _mm_cvtsi32_si128((int)(32 - bit % 32)));
	return _mm_and_si128(_mm_or_si128(low, high), mask);
}

void unpack(const unsigned char *p, uint32_t n, uint32_t width, uint32_t *v)
{
	const __m128i mask = _mm_set1_epi32((int)mask_of(width));
	if (width == 0) {
		memset(v, 0, (n + 3) / 4 * 16);
		return;
	}
	for (uint32_t i = 0, bit = 0; i < n; i += 4, bit += width)
		_mm_storeu_si128((__m128i *)(void *)(v + i), four(p, bit, mask));
}

void unpack_gaps(const unsigned char *p, uint32_t n, uint32_t width, uint32_t first, uint32_t *v)
{
	const __m128i mask = _mm_set1_epi32((int)mask_of(width)), one = _mm_set1_epi32(1);
	__m128i last = _mm_set1_epi32((int)(first - 1)); /* the gap before the first is packed as 0 */
	for (uint32_t i = 0, bit = 0; i < n; i += 4, bit += width) {
		__m128i x = width ? _mm_add_epi32(four(p, bit, mask), one) : one;
		x = _mm_add_epi32(x, _mm_slli_si128(x, 4));
		x = _mm_add_epi32(x, _mm_slli_si128(x, 8));
		x = _mm_add_epi32(x, last);
		_mm_storeu_si128((__m128i *)(void *)(v + i), x);
		last = _mm_shuffle_epi32(x, 0xFF);
	}
}
#else
void unpack(const unsigned char *p, uint32_t n, uint32_t width, uint32_t *v)
{
	for (uint32_t i = 0; i < (n + 3) / 4 * 4; i++)
		v[i] = unpack_one(p, i, width);
}

void unpack_gaps(const unsigned char *p, uint32_t n, uint32_t width, uint32_t first, uint32_t *v)
{
	uint32_t last = first - 1;
	for (uint32_t i = 0; i < (n + 3) / 4 * 4; i++)
		v[i] = last += unpack_one(p, i, width) + 1;
}
#endif
