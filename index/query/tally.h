/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting the values of a field over sets of rows: exact, one pass.
 *
 *	set ∩ rows that have a value ─ column ─► ordinals of the segment ─ counted there ─ global[] ─► counts by number of the engine
 *
 * What is known of a segment once and for all makes the pass short: which rows have a value at all; how often each value stands in all rows
 * (a set of more than half of them is counted by what it leaves out); which 64 rows in a row have one and the same value (one
 * popcount instead of 64 looks: archives lie in order of source and language).
 *
 * With stories=1 a story counts once for a value wherever any of its documents in the set has it.
 */
#ifndef DOSSIER_INDEX_QUERY_TALLY_H
#define DOSSIER_INDEX_QUERY_TALLY_H

#include "index/query/engine.h"

/* Of the rows (sets by view; NULL sets: all rows), by number of the engine: counts has room for all; `missing`: without any value. */
void count_values(struct job *j, const uint64_t *const *rows, enum facet field, bool stories, uint64_t *counts, uint64_t *missing);

/* By 64 rows: the number that all of them have, or MIXED. What a row has is of[by_row[row]], or by_row[row] where `of` is NULL. free() it. */
uint32_t *uniform_words(const uint32_t *by_row, const uint32_t *of, uint32_t n_rows);

/* What a view keeps for counting; made when first needed. */
struct view_tally;
void view_tally_free(struct view_tally *t);

/* The rows of a set in order of their stories; how many. */
struct place_of {
	uint64_t story;
	uint32_t view, row;
};
size_t story_places(struct job *j, const uint64_t *const *rows, struct place_of **out);
/* Of the sets those rows that are alone in their story, or those that are not. */
const uint64_t **sets_of_stories(struct job *j, const uint64_t *const *rows, bool lonely);
/* The set of a view; all its rows where rows[view] is NULL. */
const uint64_t *set_of(struct job *j, const uint64_t *const *rows, size_t view);
uint64_t sets_count(struct job *j, const uint64_t *const *rows);

#endif
