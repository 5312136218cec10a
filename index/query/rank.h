/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The best of the match, a page at a time.
 *
 * Order: by score or date; what is equal by the revision that added it, then by the hash of its id: the same on every machine and
 * after every merge. A cursor names the last hit of a page by these three, and holds the collection's figures that the scores were made from,
 * so that the next page is ranked as the first was though documents were added meanwhile; those are not in it.
 */
#ifndef DOSSIER_INDEX_QUERY_RANK_H
#define DOSSIER_INDEX_QUERY_RANK_H

#include "index/query/plan.h"

struct hit {
	double key;        /* higher comes first: the score, or a day */
	uint64_t revision, id_hash;
	uint64_t story;
	uint32_t view, row;
	double alike;      /* to another document, for lists of a story; 0: not told */
};

struct frequencies { /* what scores are made from, besides the documents */
	uint64_t n_rows;
	int length_step;
	float *weights; /* of each scoring word, in order of leaves and words: weights.h */
	size_t n_words;
};

struct cursor {
	bool given;
	uint64_t revision; /* that the first page saw */
	uint64_t rank;     /* hits before this page */
	struct hit last;
	struct hit head_end; /* passage.h: the last of those that were looked at twice, by its score alone */
	struct frequencies f;
};

struct ranking {
	struct hit *hits;
	size_t n_hits;
	bool more;         /* there are hits after these */
	struct hit head_end; /* for the cursor */
	uint64_t total;    /* documents, or stories if stories are asked for */
	struct frequencies f;
};

/* Of this request (by its identity). ERR_BAD_ARGUMENT: not ours, damaged, of another query. */
int cursor_read(struct job *j, struct cursor *out) MUST_CHECK;
struct span cursor_write(struct job *j, const struct cursor *c);

void rank(struct job *j, const struct plan *p, const struct cursor *from, struct ranking *out);

#endif
