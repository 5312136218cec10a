/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Postings: for every term of a sealed segment its rows and how often it stands in each, in a form that is ranked and counted
 * straight from the map. The same lists as those of the Xapian database that a fresh sheet is made from (postings-xapian.c; merging joins
 * sheets: postings-merge.c); made for two questions:
 *
 *	which rows?    a set of bits, ready in the file for terms in more than an eighth of the rows, else unpacked at 3 rows a nanosecond
 *	how often?     wdf of a block, or of one posting alone
 *
 * A list is cut into blocks of 128 postings:
 *
 *	block   first row · where its data lies · width of a gap · width of a wdf · three bounds
 *	data    gaps − 1, then wdf − 1, in words of 4 × 32 bits: posting i is in lane i % 4, as in D. Lemire and L. Boytsov,
 *	        "Decoding billions of integers per second through vectorization" (2015)
 *	bounds  (wdf, length) such that each posting of the block has no higher wdf and no shorter text than one of them. They do not know
 *	        the formula of the score: whatever grows with wdf and falls with length is bounded by the best of the three
 *
 * Any bytes are safe to map: what is unpacked ascends and lies below n_rows, or the block is taken for empty.
 */
#ifndef DOSSIER_INDEX_STORE_POSTINGS_H
#define DOSSIER_INDEX_STORE_POSTINGS_H

#include "base/err.h"
#include "base/span.h"
#include "index/store/postings-terms.h"

#define POSTING_BLOCK 128u

struct posting_bound {
	uint8_t wdf;    /* 255: or more */
	uint8_t length; /* a code: posting_length() */
};
struct posting_block {
	uint32_t first, at; /* at: in DATA, in words of 16 bytes */
	uint8_t row_bits, wdf_bits;
	struct posting_bound best[3];
};
struct posting_list {
	uint32_t n, n_blocks, n_rows; /* n_rows: of the segment */
	uint64_t wdf;                 /* of all together; 0: not known */
	const struct posting_block *blocks;
	const unsigned char *data;
	const uint64_t *bits;         /* the rows as a set; NULL: rare enough to be packed */
};

struct postings;
struct xc_db;
int postings_map(const char *path, uint32_t n_rows, struct postings **out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */
void postings_unmap(struct postings *p);
uint32_t postings_n_terms(const struct postings *p);
/* All terms in bytewise order; a term is good until the next one. */
struct postings_walk {
	const struct postings *p;
	struct term_walk terms;
};
void postings_walk_begin(struct postings_walk *w, const struct postings *p);
bool postings_walk_next(struct postings_walk *w, struct span *term, struct posting_list *out);
bool postings_find(const struct postings *p, struct span term, struct posting_list *out); /* false, and empty: it does not occur */

/* Unpacks a block; how many rows it has. Room for 128 in any case. */
uint32_t postings_rows(const struct posting_list *l, uint32_t block, uint32_t rows[POSTING_BLOCK]);
void postings_wdfs(const struct posting_list *l, uint32_t block, uint32_t wdf[POSTING_BLOCK]); /* 1 after the last */
uint32_t postings_wdf(const struct posting_list *l, uint32_t block, uint32_t i); /* of one posting */
static inline uint32_t postings_in_block(const struct posting_list *l, uint32_t block)
{
	uint32_t left = l->n - block * POSTING_BLOCK;
	return left < POSTING_BLOCK ? left : POSTING_BLOCK;
}
void postings_add(const struct posting_list *l, uint64_t *set);  /* set |= the rows */
void postings_keep(const struct posting_list *l, uint64_t *set); /* set &= the rows; costs as little as the smaller of the two */

/* The shortest text that has this code; a length's code is the highest that is not above it. */
uint32_t posting_length(uint8_t code);
uint8_t posting_length_code(uint32_t length);

/* Makes the sheet of a segment out of its Xapian database. lengths: by row. */
int postings_write(struct xc_db *db, const uint32_t *lengths, uint32_t n_rows, const char *path, struct err *err) MUST_CHECK;
/* The same in memory, for a segment that was sealed without. */
int postings_make(struct xc_db *db, const uint32_t *lengths, uint32_t n_rows, struct postings **out, struct err *err) MUST_CHECK;

#endif
