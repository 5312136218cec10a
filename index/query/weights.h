/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much each word of a query counts. Few words: the rarer, the more, as BM25 has it. In a sentence rarity alone misleads ("what", "papers",
 * "efforts" are rare enough), so there it counts as well how a word keeps to its documents: one that an article is about stands in it again and again,
 * one that any article may use stands there once.
 *
 *	few words    idf
 *	a sentence   (idf + ridf / 2) × min(1, (F + 1) / 2n)       n documents with the word, F occurrences in all
 *	             └ ridf: how much rarer its documents are than if its F occurrences fell anywhere (K. Church and W. Gale, "Inverse document
 *	               frequency", 1995); the other factor is known from G. Amati and C. J. van Rijsbergen's after-effect (2002), with a ceiling
 *
 * What is not here: which documents match. docs/decisions has what else was tried, with figures.
 */
#ifndef DOSSIER_INDEX_QUERY_WEIGHTS_H
#define DOSSIER_INDEX_QUERY_WEIGHTS_H

#include "index/query/rank.h"

#define SENTENCE_WORDS 5u  /* plain words that make a sentence of a query */
#define COMPOUND_LETTERS 3u /* bytes of a part that counts by itself: not the "u" of "U.S." */
#define COMPOUND_SHARE 0.5 /* what a part of "boundary-layer" counts where the parts do not stand in a row */

bool weights_sentence(const struct plan *p);
/* Is the answer in order of scores? Not where the text has nothing but fields and negations: then the newest come first. */
bool weights_matter(const struct job *j, const struct plan *p);
static inline bool leaf_scores(const struct leaf *l) { return l->positive && l->kind <= LEAF_NEAR; }
/* Of all scoring words, in order of leaves and of words in each: counted now, or as the cursor has them. */
void weights_make(struct job *j, const struct plan *p, const struct cursor *from, struct frequencies *out);
/* Of one word; for tests. */
double weight_of_word(uint64_t n_rows, uint64_t with_it, uint64_t occurrences, uint32_t times, bool sentence);

#endif
