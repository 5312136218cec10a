/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request as sets: the text part and each filter by itself, so that any of them can be left out again (facets leave out their own
 * any-of filter; an empty answer says which filter emptied it).
 *
 *	text ∩ alive ∩ filter 0 ∩ … ∩ filter n  =  match       each an array of sets, one a view
 */
#ifndef DOSSIER_INDEX_QUERY_PLAN_H
#define DOSSIER_INDEX_QUERY_PLAN_H

#include "index/query/match.h"

struct filter_rows {
	const char *name;          /* "leader", "from/to", "since" */
	struct span value;         /* as asked */
	enum facet field;          /* N_FACETS: dates and since */
	bool any;                  /* a comma list: left out by its own facet */
	const uint64_t **rows;     /* by view */
};

struct plan {
	struct tree tree;
	struct leaf_plan *leaves;
	bool has_text;             /* q was given, even if nothing in it can be searched for */
	bool relaxed;
	enum match_mode match;     /* what was done: all or any */
	struct span parsed;
	const uint64_t **text;     /* by view; NULL: all documents */
	struct filter_rows *filters;
	size_t n_filters, cap_filters;
	const uint64_t **match_rows; /* by view */
	uint32_t *counts;          /* by view */
	uint64_t total;            /* documents */
	struct span *asked_leaders; /* ids of leaders that were asked for: marked in snippets */
	size_t n_asked, cap_asked;
	uint64_t up_to;            /* revision that the first page saw; UINT64_MAX: no cursor */
};

/* Names that nobody has are told in j->err (and j->extra). */
int plan_make(struct job *j, struct plan *p) MUST_CHECK;
/* The match without filter i (SIZE_MAX: with all of them) and without the any-of filters of a field (N_FACETS: none is left out). */
const uint64_t **plan_rows(struct job *j, const struct plan *p, size_t without, enum facet field);
uint64_t plan_count(struct job *j, const uint64_t *const *rows);
/* Adds the members of "query" in the answer: why nothing was found, and what is near. Call when total is 0. */
void plan_explain_empty(struct job *j, const struct plan *p);
/* One filter value as asked -> ids. ERR_UNKNOWN_LEADER, ERR_AMBIGUOUS, with candidates in j->extra; ERR_BAD_ARGUMENT for countries. */
int plan_value(struct job *j, enum facet field, struct span asked, struct span *id) MUST_CHECK;

#endif
