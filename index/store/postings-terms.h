/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terms of a postings sheet, in bytewise order, with what leads to their lists; 16 to a group:
 *
 *	group   where its bytes begin · the first block of its first list
 *	bytes   for each term: how much of the one before it shares (of the first of a group nothing) · length of the rest · the rest ·
 *	        rows · sum of wdf
 *
 * About 7 bytes a term. A term is found by halving over the first terms of groups, then by walking one group without unpacking it: where
 * the one before is lower and agrees with what is sought in m bytes, one that shares more than m is lower too, and one that shares less is higher.
 */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_TERMS_H
#define DOSSIER_INDEX_STORE_POSTINGS_TERMS_H

#include "base/str.h"

#define TERM_GROUP 16u
#define TERM_BYTES 255u /* longer terms there are none */

struct term_group {
	uint32_t at, block;
};
struct term_groups {
	const struct term_group *groups;
	const unsigned char *bytes;
	uint32_t n_terms, n_bytes;
};
struct term_entry {
	uint32_t i, n, block; /* number of the term; its rows; its first block */
	uint64_t wdf;         /* of all rows together; 0: not known */
};

bool term_groups_find(const struct term_groups *g, struct span term, struct term_entry *out);

struct term_walk {
	const struct term_groups *g;
	uint32_t at, i, block;
	struct span term; /* the present one */
	bool ascends;     /* it is higher than the one before */
	char bytes[TERM_BYTES];
};
void term_walk_begin(struct term_walk *w, const struct term_groups *g);
bool term_walk_next(struct term_walk *w, struct term_entry *out); /* false: no more, or the rest makes no sense */
/* Does all of it make sense, and do n_blocks blocks belong to it? Only then it may be searched. */
bool term_groups_sound(const struct term_groups *g, uint64_t n_groups, uint32_t n_rows, uint64_t n_blocks);

struct term_writer {
	struct str groups, bytes;
	uint32_t n_terms, block;
	char last[TERM_BYTES];
	size_t n_last;
};
void term_writer_add(struct term_writer *w, struct span term, uint32_t n, uint64_t wdf); /* ascending; at most TERM_BYTES are kept */
void term_writer_view(const struct term_writer *w, struct term_groups *out);
void term_writer_done(struct term_writer *w);

#endif
