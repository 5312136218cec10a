/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of one width, packed in four lanes of 32 bits: value i is number i / 4 of lane i % 4, lowest bits first. Unpacking four
 * at a time is then the same few shifts for all. The last word is read one too many: leave room for it.
 */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_PACK_H
#define DOSSIER_INDEX_STORE_POSTINGS_PACK_H

#include "base/span.h"

#define PACK_WORD 16u /* bytes */
static inline uint32_t pack_width(uint32_t v) { return v ? 32u - (uint32_t)__builtin_clz(v) : 0; } /* bits that hold 0 … v */
static inline uint32_t pack_words(uint32_t n, uint32_t width) { return ((n + 3) / 4 * width + 31) / 32; }
/* v has room for a multiple of 4, out for pack_words(). */
void pack(const uint32_t *v, uint32_t n, uint32_t width, unsigned char *out);
void unpack(const unsigned char *p, uint32_t n, uint32_t width, uint32_t *v); /* writes a multiple of 4 */
uint32_t unpack_one(const unsigned char *p, uint32_t i, uint32_t width);
/* Gaps − 1 to numbers: v[0] = first, v[i] = v[i − 1] + gap. */
void unpack_gaps(const unsigned char *p, uint32_t n, uint32_t width, uint32_t first, uint32_t *v);

#endif
