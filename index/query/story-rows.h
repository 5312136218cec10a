/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a story, and which rows are a story by themselves: nearly all, and whoever counts stories need not sort those. */
#ifndef DOSSIER_INDEX_QUERY_STORY_ROWS_H
#define DOSSIER_INDEX_QUERY_STORY_ROWS_H

#include "index/query/engine.h"

struct story_row {
	uint64_t story;
	uint32_t row;
};
const struct story_row *view_stories(struct view *v);
uint32_t view_story_first(struct view *v, uint64_t story); /* index into view_stories: the first of this story or after it */
uint32_t engine_story_size(struct engine *e, uint64_t story); /* living documents in it */

/* Rows whose story has no other row in any segment, dead ones included. May leave some out. */
const uint64_t *view_lonely(struct engine *e, struct view *v);
/* Is this known of a row already? To find out costs a look at every row of a new snapshot: too much for one hit. */
static inline bool story_is_alone(const struct engine *e, const struct view *v, uint32_t row)
{
	return v->lonely && v->lonely_at == e->n_snapshots && bits_has(v->lonely, row);
}

#endif
