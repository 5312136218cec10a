/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories: the same dispatch in twenty papers is one story.
 *
 *	text ─ words, lower case ─ every 4 in a row: a shingle ─ 64 minima of 64 hash functions ─ 20 bands of 3, each one 64-bit number
 *
 * Two texts that have nine shingles of ten in common agree in nine minima of ten (A. Broder, "On the resemblance and containment of documents", 1997); texts that have at least one
 * band in common are candidates (Indyk and Motwani's locality-sensitive hashing): at a resemblance of 0.5 in 93 of 100 cases, at 0.2 in 15. The store keeps the bands as terms and the
 * minima with the document; story_same() decides.
 */
#ifndef DOSSIER_INDEX_READ_STORY_H
#define DOSSIER_INDEX_READ_STORY_H

#include "base/span.h"

#define STORY_MINIMA 64
#define STORY_BANDS  20
#define STORY_WORDS  3
#define STORY_LEAST  12u /* shingles: shorter texts are like too many others; only exact copies are one story */

struct story_sig {
	uint64_t exact;            /* of the words alone: equal for copies that differ in spaces, case and marks */
	uint64_t numbers[4];       /* the set of its numbers, a bit each: reports that differ in nothing but their figures are different stories */
	uint64_t bands[STORY_BANDS]; /* of a short text only the first, which exact copies share; of less than six words none: 0 is no band */
	uint32_t minima[STORY_MINIMA];
	uint32_t shingles;         /* how many, repeats included */
	uint32_t n_numbers, n_words;
	uint64_t amounts[2];       /* the set of its long numbers, five digits or more: no two reports share those by chance */
	uint16_t lead[2];          /* of the first two words: who it is about, in wire stories */
};

void story_signature(struct span text, struct story_sig *out);
float story_resemblance(const struct story_sig *a, const struct story_sig *b);  /* 0..1: estimate of shingles in common, of all of both */
float story_containment(const struct story_sig *a, const struct story_sig *b);  /* 0..1: … of the shorter one's */
float story_numbers_shared(const struct story_sig *a, const struct story_sig *b); /* 0..1: of the numbers of the one that has fewer; 1 where there are too few to say */
/* The same dispatch? days_apart: between their publication days, 0 if one is unknown. The same words a month later are another report of a series, unless they are long. */
bool story_same(const struct story_sig *a, const struct story_sig *b, int days_apart);

#endif
