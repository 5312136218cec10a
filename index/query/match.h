/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which documents: leaves and trees as sets of rows, segment by segment, dead rows included (a sealed segment never changes, so
 * the sets stay true; who is alive is looked up at the end). Sets are borrowed: from the cache or the request's arena.
 */
#ifndef DOSSIER_INDEX_QUERY_MATCH_H
#define DOSSIER_INDEX_QUERY_MATCH_H

#include "index/query/engine.h"

/*
 * A word and its stems. A document has the stems of its own language, so a stem is looked for in documents of those languages that give it; the
 * English one in all, for what has no known language is stemmed as English, and names keep their form in every language.
 */
struct word_lists;
struct stems {
	struct span word;
	struct span v[MAX_STEMMERS];
	uint32_t stemmers[MAX_STEMMERS]; /* bits: which of the engine's give v[i] */
	size_t n;
	const struct word_lists **lists; /* by view: see word_lists() */
};
struct word_list {
	struct posting_list list;
	const uint64_t *rows; /* those that count, if not all in the list do; else NULL */
	uint32_t n, stem;     /* rows that count; which of stems.v */
};
struct word_lists { /* those in which anything is */
	size_t n;
	struct word_list v[];
};
/* The posting lists of its stems in a view, in the text or the title. Looked up once. */
const struct word_lists *word_lists(struct job *j, const struct stems *word, bool title, struct view *v);

/* What is known of a leaf once for all segments. */
struct leaf_plan {
	const struct leaf *leaf;
	struct stems *words;    /* parallel to leaf.words; PREFIX: the words that begin so */
	uint32_t n_words;
	uint32_t n_more;        /* PREFIX: words past the limit, left out */
	struct span *ids;       /* FIELD: any of these values */
	size_t n_ids;
};

void leaf_prepare(struct job *j, const struct leaf *l, struct leaf_plan *out);
/* The rows of one leaf or of a tree. `leaves` is parallel to tree->leaves. */
const uint64_t *leaf_rows(struct job *j, const struct leaf_plan *l, struct view *v);
const uint64_t *tree_rows(struct job *j, const struct tree *t, const struct leaf_plan *leaves, struct span name, struct view *v);
/* The rows that have one value of a field: "RU"; leader "?kim" is an ambiguous name. */
const uint64_t *value_rows(struct job *j, struct view *v, enum facet field, struct span value);
/* The rows with an interval on one of the axes that overlaps the range, or lies within it. */
const uint64_t *date_rows(struct job *j, struct view *v, struct interval range, bool mentioned, bool within);

/* In a stream of n words: do these lie within windows of one another? */
bool stream_has_near(const uint32_t *v, size_t n, const uint32_t *words, const uint32_t *windows, size_t k);

#endif
