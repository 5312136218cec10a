/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gazetteer means, word sequence by word sequence, so that two can be compared – also one that is long gone, for its digest
 * is kept – and it can be told which documents may have other facts with the new one: those in which words stand whose meaning
 * has changed.
 *
 *	"kim jong un" → hash of the leader and his offices      old digest ─┐
 *	"park"        → hash of all that bear it, flags         new one ────┴─ digest_compare ─→ struct changes
 *
 * Everything that a fact rests on stands at the words that lead to it: a leader's dates at his names, a country's offices at its names,
 * a decoy at its phrase. What is shown alone (a leader's display name, his article) is no fact and has no part in it.
 */
#ifndef DOSSIER_INDEX_FACTS_DIGEST_H
#define DOSSIER_INDEX_FACTS_DIGEST_H

#include "index/facts/gazetteer.h"

void digest_make(const struct gazetteer *g, struct str *out); /* bytes for keeping; the same gazetteer gives the same */

struct change {
	const uint32_t *words; /* indices into changes.words, which all stand in a document that may be concerned, in any order; */
	uint32_t n;
	bool titled;           /* and a title stands there as well: only "the Russian president" is concerned, not Russia */
};

struct changes {
	struct span *words;
	size_t n_words;
	bool *title; /* by word: part of a title */
	struct change *v;
	size_t n;
	struct span *documents; /* ids: corrections for one document */
	size_t n_documents;
	bool columns; /* countries of leaders differ: documents are concerned though their facts be the same */
};

/* What differs between a digest and a gazetteer. Spans are of `old` or the arena. ERR_CORRUPT: that was no digest. */
int digest_compare(struct span old, const struct gazetteer *now, struct arena *a, struct changes *out, struct err *err) MUST_CHECK;

#endif
