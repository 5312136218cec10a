/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sheet "stories" of a segment: what finds near-duplicates of its documents, and what repeats over a source.
 *
 *	signatures   one a row (index/facts/story.h)
 *	bands        (band, row), sorted: story-bands.h
 *	blocks       hashes of the blocks of each text (index/facts/templates.h), the last bit set where it was dropped as a template
 *
 * A dead row of a merged segment has no bands and no blocks. Written with the segment, derived from the records.
 */
#ifndef DOSSIER_INDEX_STORE_STORIES_H
#define DOSSIER_INDEX_STORE_STORIES_H

#include "index/document.h"
#include "index/facts/story.h"
#include "index/store/columns.h"
#include "index/store/sheet.h"
#include "index/store/story-bands.h"

#include <roaring/roaring.h>

#define FILE_STORIES "stories"
#define STORIES_KIND 0x53544F31u /* "STO1" */

struct story_sheet {
	struct sheet sheet; /* unmapped: made in memory, by story_builder_view */
	uint32_t n_rows;
	const struct story_sig *sigs;
	struct story_bands bands;
	const uint32_t *block_start, *blocks;
};
int stories_map(const char *path, uint32_t n_rows, struct story_sheet *out, struct err *err) MUST_CHECK; /* any bytes are safe */
void stories_unmap(struct story_sheet *s);
static inline bool stories_any(const struct story_sheet *s) { return s->sigs != NULL; }

struct story_row_day {
	int32_t day;
	uint32_t row;
};

struct story_builder {
	uint32_t n_rows;
	struct str sigs, bands_of, days, bands, block_start, blocks; /* bands_of: STORY_BANDS a row, as they come; days: struct story_row_day */
};
void story_builder_add(struct story_builder *b, const struct document *d, const struct facts *f);
void story_builder_add_dead(struct story_builder *b);
int story_builder_write(struct story_builder *b, const char *path, struct err *err) MUST_CHECK;
void story_builder_view(struct story_builder *b, struct story_sheet *out); /* good as long as b, unchanged */
void story_builder_done(struct story_builder *b);

struct story_source {
	const struct story_sheet *sheet;
	const struct columns *columns; /* for the days */
	const roaring_bitmap_t *dead;  /* NULL: none */
};
int stories_merge(const struct story_source *from, size_t n, const char *path, struct err *err) MUST_CHECK;

/* The first day of publication as bands are sorted; STORY_UNDATED without one. */
#define STORY_UNDATED INT32_MIN
static inline int32_t story_day(const struct columns *c, uint32_t row) { return c->published_precision[row] == PREC_NONE ? STORY_UNDATED : c->published_from[row]; }

#endif
