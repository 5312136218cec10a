/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buckets of time: what dates are counted in, numbered once for all segments. A number never changes its meaning, so tables made from
 * them stay true as long as the engine lives.
 *
 *	1987-03-04 ─ month ─► 1987-03            a bucket of the granularity: "fine"
 *	1987       ─ month ─► 1987               longer than its buckets: stands by itself, among the coarser ones
 *	no date    ─────────► number 0
 */
#ifndef DOSSIER_INDEX_QUERY_BUCKETS_H
#define DOSSIER_INDEX_QUERY_BUCKETS_H

#include "index/query/request.h"
#include "index/query/texts.h"
#include "index/store/names.h"

#define NO_BUCKET 0u /* of what has no date */

struct buckets { /* of one granularity; zero-initialise and set grain */
	enum granularity grain;
	struct names names;  /* by their bytes */
	uint8_t *fine;       /* by number */
	size_t cap_fine;
	uint32_t *order, n_order; /* numbers in order of time, 0 left out */
	struct texts json;
};

uint32_t bucket_number(struct buckets *b, struct interval i); /* of the bucket that holds i */
struct interval bucket_days(const struct buckets *b, uint32_t number);
static inline bool bucket_fine(const struct buckets *b, uint32_t number) { return b->fine[number]; }
uint32_t buckets_known(struct buckets *b);           /* how many numbers there are, 0 included */
const uint32_t *buckets_in_time(struct buckets *b);  /* buckets_known() - 1 of them; good until a new one gets a number */
struct span bucket_json(struct buckets *b, uint32_t number); /* members text, from, to, and "count": */
/* How many steps lie from one bucket to another, both counted. */
uint32_t buckets_apart(enum granularity grain, struct interval first, struct interval last);
void buckets_done(struct buckets *b);

#endif
