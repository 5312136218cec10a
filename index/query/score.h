/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a word gives a document: BM25, by S. E. Robertson and others, "Okapi at TREC-3", in the form that Xapian gives it.
 *
 *	weight of the word  ×  wdf / (norm of the document + wdf)
 *
 * All that knows the formula stands here. What walks the lists asks no more of it than that the share of a posting grows with wdf, falls with
 * the norm, and that the norm grows with the length: then a bound in wdf and length is a bound of the score.
 */
#ifndef DOSSIER_INDEX_QUERY_SCORE_H
#define DOSSIER_INDEX_QUERY_SCORE_H

#include <math.h>
#include <stdint.h>

#define BM25_K1 1.6
#define BM25_B 0.65
#define LENGTH_STEP 1.05 /* average lengths are powers of it: the norms stay the same while little changes */

static inline double score_average(int length_step) { return pow(LENGTH_STEP, length_step); }
static inline float score_norm(uint32_t length, double average) { return (float)(BM25_K1 * (1 - BM25_B + BM25_B * (double)length / average)); }
static inline float score_share(uint32_t wdf, float norm) { return (float)(int32_t)wdf / (norm + (float)(int32_t)wdf); }

/* Of a word that is in `with_it` of n_rows documents. Above 0 for words in more than half of them, too. */
static inline double score_rarity(double n_rows, double with_it)
{
	double odds = (n_rows - with_it + 0.5) / (with_it + 0.5);
	return log(odds < 2 ? odds * 0.5 + 1 : odds);
}
/* What a word weighs that is so rare and stands `times` in the query. */
static inline double score_weight(double rarity, uint32_t times) { return rarity * (BM25_K1 + 1) * 2.0 * times / (1.0 + times); }

#endif
