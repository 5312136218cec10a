/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts over sets of rows, always exact: by value of a field, by date, by story. With stories=1 a story counts once wherever any of
 * its documents in the set counts.
 */
#ifndef DOSSIER_INDEX_QUERY_FACETS_H
#define DOSSIER_INDEX_QUERY_FACETS_H

#include "index/query/plan.h"

struct bucket {
	struct interval days;
	uint64_t count;
};
struct date_counts {
	enum granularity grain;
	struct bucket *fine, *coarse; /* in order of time; those of count 0 are not there */
	size_t n_fine, n_coarse;
	uint64_t undated;
	bool cut;                     /* asked for finer, but there would be too many buckets */
};

/* The rows of a set in order of their stories; how many. */
struct place_of {
	uint64_t story;
	uint32_t view, row;
};
size_t story_places(struct job *j, const uint64_t *const *rows, struct place_of **out);
/* The set of a view; all its rows where rows[view] is NULL. */
const uint64_t *set_of(struct job *j, const uint64_t *const *rows, size_t view);

/* Of the rows (sets by view; NULL sets: all rows), by number of the engine: counts has room for all; `missing`: without any value. */
void count_values(struct job *j, const uint64_t *const *rows, enum facet field, bool stories, uint64_t *counts, uint64_t *missing);
/* dates.c */
void count_dates(struct job *j, const uint64_t *const *rows, bool mentioned, enum granularity asked, bool stories, struct date_counts *out);
struct interval grain_of(day_t day, enum granularity grain); /* the bucket that a day is in */

/* Adds "facets":{…} to the answer, and what was cut to `truncated` ("\"leader\":\"top 50 of 113\",…"). */
void facets_write(struct job *j, const struct plan *p, struct str *truncated);
void bucket_write(struct jw *w, const struct bucket *b); /* members text, from, to, count */

#endif
