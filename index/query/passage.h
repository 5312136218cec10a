/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second look at the first hits of a sentence: who has its words close together goes up.
 *
 *	… and [ the ambassador told the junta that American aid would stop unless the monks were freed ] on Tuesday …
 *	          ambassador       junta      American aid                        monks                  40 words
 *	score += PASSAGE_SHARE × the weights of the different words of the query in the best such window
 *
 * Only what is added: nobody falls below a hit that was not looked at, so that pages go on beyond the head without a seam.
 */
#ifndef DOSSIER_INDEX_QUERY_PASSAGE_H
#define DOSSIER_INDEX_QUERY_PASSAGE_H

#include "index/query/weights.h"

#define PASSAGE_HITS  20u
#define PASSAGE_WORDS 40u
#define PASSAGE_SHARE 0.2
#define PASSAGE_READ  2048u /* words of a document that are looked at */

/* Adds to the keys of the hits. They are no longer in order then. */
void passage_lift(struct job *j, const struct plan *p, const struct frequencies *f, struct hit *hits, size_t n);
/* The best window: `of` gives for each word of the stream which of the weights it bears, 0 none. Overwrites the words. For tests. */
double passage_best(uint32_t *words, size_t n, const uint8_t *of, uint32_t n_of, const float weights[256]);

#endif
