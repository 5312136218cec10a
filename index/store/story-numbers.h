/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of each row of a segment: a number. Rows are sealed with a number of their own; which story they are part of is known
 * later, and may change when two stories turn out to be one.
 *
 *	column of the segment + base ──► number        for nearly all rows: base is what the first row got when the segment was committed
 *	"seg-000017.stories-42" ───────► number        rows that were moved to another story since; a new generation for each change
 *
 * A merge writes the numbers of all rows into the column of its result, with base 0 and nothing moved.
 */
#ifndef DOSSIER_INDEX_STORE_STORY_NUMBERS_H
#define DOSSIER_INDEX_STORE_STORY_NUMBERS_H

#include "index/store/manifest.h"

struct story_move {
	uint64_t number;
	uint32_t row;
};

struct story_numbers {
	const uint64_t *column; /* NULL: row + 1 */
	uint64_t base;
	uint32_t n_rows;
	uint64_t *bits;  /* rows that were moved; NULL: none. By word: */
	uint32_t *rank;  /* how many before it */
	struct story_move *moves; /* in order of rows */
	size_t n_moves;
};

static inline uint64_t story_number_of(const struct story_numbers *s, uint32_t row)
{
	if (s->bits && s->bits[row / 64] >> (row % 64) & 1)
		return s->moves[s->rank[row / 64] + (uint32_t)__builtin_popcountll(s->bits[row / 64] & (((uint64_t)1 << (row % 64)) - 1))].number;
	return s->base + (s->column ? s->column[row] : row + 1u);
}

void story_numbers_done(struct story_numbers *s);
void story_numbers_copy(struct story_numbers *to, const struct story_numbers *from);
/* Adds moves to those there are, in any order; of two for one row the later one counts. Sorts v. */
void story_numbers_move(struct story_numbers *s, struct story_move *v, size_t n);

/* The numbers of a segment as the entry says. A file that is missing or damaged: ERR_CORRUPT, and *out has the numbers without moves. */
int story_numbers_read(const char *dir, const struct segment_entry *e, const uint64_t *column, struct story_numbers *out, struct err *err) MUST_CHECK;
int story_numbers_write(const char *dir, const char *name, const struct story_numbers *s, bool sync, struct file_entry *out, struct err *err) MUST_CHECK;

#endif
