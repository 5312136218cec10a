/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories: the same dispatch in twenty papers is one story.
 *
 *	text ─ words, lower case ─ every 3 in a row: a shingle ─ one of the 16 bins in each of 8 groups ─ 128 minima ─ 19 bands of 3, each one number
 *	a word of the title and a number of the text, the least under five hash functions ─ 5 bands; the words of the title ─ one band
 *
 * Two texts that have nine shingles of ten in common agree in nine minima of ten (A. Broder, "On the resemblance and containment of documents", 1997); texts that have at least one
 * band in common are candidates (Indyk and Motwani's locality-sensitive hashing): at a resemblance of 0.5 in 92 of 100 cases, at 0.2 in 14; a report that was written anew keeps what it is about and its figures: the other bands. A shingle is hashed once and falls into
 * one bin of each group (Li, Owen and Zhang, "One permutation hashing", 2012), so that a word costs 8 steps and not 64; a bin that stays empty borrows the minimum of another one (Shrivastava and Li's
 * densification). Of each minimum four bits are kept, and what that makes equal by chance is taken off again (Li and König, "b-bit minwise hashing", 2010): 64 bytes
 * then say more than 64 minima of a byte.
 *
 * The store keeps the signature of each document and an index of the bands; story_same() decides.
 */
#ifndef DOSSIER_INDEX_FACTS_STORY_H
#define DOSSIER_INDEX_FACTS_STORY_H

#include "base/span.h"

#define STORY_MINIMA 128
#define STORY_BANDS  25 /* the last one of the title */
#define STORY_WORDS  3
#define STORY_LEAST  12u /* shingles: shorter texts, and those of fewer than six different words, are like too many others: only exact copies under one title are one story */

/* As it is stored: fixed in size and layout, no padding. A change of what stands in it counts up the schema. */
struct story_sig {
	uint64_t exact;            /* of the words alone: equal for copies that differ in spaces, case and marks; of a poor text (STORY_LEAST) of the title's too */
	uint64_t numbers[4];       /* the set of its numbers, a bit each: reports that differ in nothing but their figures are different stories */
	uint64_t amounts[2];       /* the set of its long numbers, five digits or more: no two reports share those by chance */
	uint64_t title;            /* the set of the words of its title, a bit each */
	uint32_t n_words, n_numbers; /* n_words: 0 for a poor text */
	uint16_t lead[2];          /* of the first two words: who it is about, in wire stories */
	uint32_t n_title;          /* words of the title, repeats included */
	uint64_t minima[STORY_MINIMA / 16]; /* four bits each */
};

/* bands: of a poor text only the first, which exact copies share; of less than six different words, title included, none: 0 is no band. */
void story_signature(struct span title, struct span text, struct story_sig *out, uint32_t bands[STORY_BANDS]);
static inline uint32_t story_shingles(const struct story_sig *s) { return s->n_words < STORY_WORDS ? 0 : s->n_words - STORY_WORDS + 1; } /* repeats included */
float story_resemblance(const struct story_sig *a, const struct story_sig *b);  /* 0..1: estimate of shingles in common, of all of both */
float story_containment(const struct story_sig *a, const struct story_sig *b);  /* 0..1: … of the shorter one's */
float story_numbers_shared(const struct story_sig *a, const struct story_sig *b); /* 0..1: of the numbers of the one that has fewer; 1 where there are too few to say */
float story_titles_shared(const struct story_sig *a, const struct story_sig *b); /* 0..1: words of the title that has fewer; 0 without titles of two words */
/* The same dispatch? days_apart: between their publication days, 0 if one is unknown. The same words a month later are another report of a series, unless they are long. */
bool story_same(const struct story_sig *a, const struct story_sig *b, int days_apart);

#endif
