/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A query as a tree. words.c makes it from text, tree_print shows it, match.c turns it into sets of documents.
 *
 *	moscow visit -peace "state of war"  ──►  ((moscow AND visit AND "state of war") AND NOT peace)
 *
 * Leaves are kept once each in a table, however often they stand in the text: 341 times "kim" cost as much as one.
 */
#ifndef DOSSIER_INDEX_QUERY_TREE_H
#define DOSSIER_INDEX_QUERY_TREE_H

#include "index/query/request.h"

enum node_kind { NODE_NOTHING, NODE_LEAF, NODE_AND, NODE_OR, NODE_NOT };
struct node {
	enum node_kind kind;
	uint32_t leaf;       /* NODE_LEAF: index into tree.leaves */
	struct node **kids;  /* AND, OR: two or more; NOT: one */
	size_t n_kids, cap_kids;
	bool loose;          /* words side by side without an operator: what match=any turns into OR */
};

enum leaf_kind {
	LEAF_WORD,   /* any word of the same stem */
	LEAF_EXACT,  /* this very word */
	LEAF_PREFIX, /* words that begin so */
	LEAF_PHRASE, /* words in a row */
	LEAF_NEAR,   /* words within gaps of one another, in any order */
	LEAF_FIELD,  /* a leader, country, source, lang or office */
	LEAF_DATE    /* published or mentioned within a range (overlapping it) */
};
struct leaf {
	enum leaf_kind kind;
	bool title;          /* in the title alone */
	bool compound;       /* PHRASE that was written as one word, "boundary-layer", and nowhere between quotation marks */
	struct span *words;  /* folded; one, or several for phrases and NEAR */
	uint32_t n_words;
	uint32_t *windows;   /* NEAR: between words[i] and words[i+1] */
	enum facet field;    /* FIELD; DATE: FACET_DATE */
	struct span value;   /* as typed */
	struct interval range;
	bool mentioned;
	uint32_t times;      /* how often it stands in the query, not under NOT */
	bool positive;       /* somewhere not under NOT: it ranks and is marked */
	struct span text;    /* printed: its name in caches */
};

struct tree {
	struct node *root;  /* NODE_NOTHING: nothing that could be searched for */
	struct leaf *leaves;
	size_t n_leaves, cap_leaves;
	size_t n_loose;     /* words side by side: relaxing makes a difference when there are two or more */
	uint32_t n_dropped; /* different words past the limit, left out */
};

/*
 * Any text is a query. `any`: words side by side mean OR instead of AND. Fails with ERR_LIMIT alone: depth, length of a phrase,
 * window, wildcards. What is past the limit of different words is left out and counted.
 */
int tree_parse(struct arena *a, struct span text, bool any, const struct engine_limits *limits, struct tree *out, struct err *err) MUST_CHECK;
void tree_print(struct str *out, const struct tree *t); /* "(moscow AND visit)", "" for nothing */

#endif
