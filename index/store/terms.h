/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Terms: what of a document goes into Xapian. The only place that makes a term, for the index and for queries.
 *
 *	title ─┐            ┌─ stem, wdf         of every word; a word of the title counts TITLE_EXTRA more
 *	text  ─┴─ tokens ─► ├─ "S" stem, wdf     of the words of the title
 *	                    └─ word numbers ──►  token stream (exact words, phrases)
 *
 * A document is stemmed in its own language, in English when that is unknown; a language without a stemmer is not stemmed.
 * A query does not know the language, so it asks for the stems of its words in every language that the snapshot holds
 * (columns.lang_names): nearly always one or two. Stems are made from folded words on both sides, so that a word typed without its
 * diacritics finds what it should. Chinese, Japanese and Korean characters are terms as they are.
 */
#ifndef DOSSIER_INDEX_STORE_TERMS_H
#define DOSSIER_INDEX_STORE_TERMS_H

#include "index/document.h"
#include "index/store/streams.h"

#include <xapian-c.h>

#define TERM_MAX    64 /* bytes of a stem; longer ones are cut at a character */
#define TITLE_EXTRA 2  /* how often more a word of the title counts in the text's term */

/* The stem of one folded word as documents in this language have it (tokens_make() folds); its length. lang is BCP 47 or empty. */
size_t terms_stem(struct span folded, struct span lang, char out[TERM_MAX]);
/* The stemmer of a language: "en" for "en-GB", "no" for "nb", "none" where there is none. Static. */
const char *terms_stemmer(struct span lang);

/* What a builder keeps from document to document. Zero-initialise. */
struct term_maker {
	struct stream_builder *streams; /* numbers the words */
	struct names stems;
	struct str stem_key;            /* uint64_t by stem: its first bytes, for sorting */
	struct str wdf;                 /* uint32_t by stem: in the document at hand, else 0 */
	struct {
		const char *stemmer;
		struct str stem_of;     /* uint32_t by word: number of its stem + 1; 0: not made yet */
	} langs[8];
	size_t n_langs;
};
struct made_terms {
	struct xc_term *terms; /* ascending */
	size_t n_terms;
	uint32_t *tokens;      /* word numbers: title, then text */
	size_t n_tokens, n_title;
};
/* All from the arena; good until the next call. */
void terms_make(struct term_maker *m, struct arena *a, const struct document *d, struct made_terms *out);
void term_maker_done(struct term_maker *m);

#endif
