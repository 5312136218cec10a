/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of sets of rows by time, always exact; how they are made and what `auto` means is told in dates.c. */
#ifndef DOSSIER_INDEX_QUERY_DATES_H
#define DOSSIER_INDEX_QUERY_DATES_H

#include "index/query/tally.h"

struct bucket {
	struct interval days;
	uint64_t count;
	uint32_t number; /* of the engine, at the granularity at hand */
};
struct date_counts {
	enum granularity grain;
	struct bucket *fine, *coarse; /* in order of time; those of count 0 are not there */
	size_t n_fine, n_coarse;
	uint64_t undated;
	bool cut;                     /* asked for finer, but there would be too many buckets */
};

void count_dates(struct job *j, const uint64_t *const *rows, bool mentioned, enum granularity asked, bool stories, struct date_counts *out);
void bucket_write(struct job *j, enum granularity grain, const struct bucket *b); /* members text, from, to, count */

/* What a view keeps for it; made when first needed. */
struct view_dates;
void view_dates_free(struct view_dates *d);

#endif
