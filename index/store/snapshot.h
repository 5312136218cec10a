/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reader holds: the sealed segments that one manifest names. Nothing in it ever changes; a newer manifest gives a newer
 * snapshot, which shares the segments that both have. Not thread-safe; one process, one owner.
 *
 *	snapshot ─► segment 0 ─► postings, columns, token streams, records, dead rows
 *	         └► segment 1 …
 */
#ifndef DOSSIER_INDEX_STORE_SNAPSHOT_H
#define DOSSIER_INDEX_STORE_SNAPSHOT_H

#include "base/arena.h"
#include "index/store/columns.h"
#include "index/store/postings.h"
#include "index/store/story-numbers.h"

#include <roaring/roaring.h>

struct segment_body;
struct segment {
	char name[40];            /* "seg-000017" */
	char stories_name[40];    /* "seg-000017.stories-4", or empty */
	char dead_name[40];       /* "seg-000017.dead-3", or empty; with the name it says what exactly this segment is: a key for caches */
	uint32_t n_rows, n_dead;
	struct columns columns;
	const roaring_bitmap_t *dead; /* rows deleted in it; NULL: none */
	struct token_streams *streams;
	struct postings *postings;
	struct story_numbers stories; /* of its rows */
	struct segment_body *body; /* files shared by generations of this segment */
	int refs;
};

struct snapshot {
	char uuid[37];
	uint64_t revision;
	uint32_t schema;           /* the oldest among the segments */
	uint64_t table;            /* of the leaders' table that its facts go with; 0: not known */
	uint64_t generation;       /* of the manifest: merging changes it, the revision stays */
	struct segment **segments; /* biggest first */
	size_t n_segments;
	uint64_t n_documents;      /* living ones */
	uint64_t seen[3];          /* of the manifest's file: device, inode, time */
};

/* Opens what the manifest names now. `old` (may be NULL) lends its segments. Damaged or missing segments: ERR_CORRUPT, with the name. */
int snapshot_open(const char *dir, const struct snapshot *old, struct snapshot **out, struct err *err) MUST_CHECK;
void snapshot_close(struct snapshot *s);
/* True when the manifest on disk is newer; one stat. */
bool snapshot_stale(const char *dir, const struct snapshot *s);

/* The stems that find a folded word: one for each stemmer among the languages of the snapshot, English first; distinct. At most
 * max, at least one. Stems are the terms of the field "text"; schema_fields[FIELD_TITLE].prefix before them those of "title". */
struct stem {
	char p[64];
	size_t n;
};
size_t snapshot_stems(const struct snapshot *s, struct span folded, struct stem *out, size_t max);

struct place { /* one document in a snapshot */
	uint32_t segment, row;
};
/* The living document with this id. ERR_NOT_FOUND. */
int snapshot_find(struct snapshot *s, struct span id, struct place *out, struct err *err) MUST_CHECK;
/* Its record, unpacked into the arena and checked: ERR_CORRUPT when its bytes are damaged. */
int snapshot_record(struct snapshot *s, struct place at, struct arena *a, struct span *plain, struct err *err) MUST_CHECK;
static inline bool segment_alive(const struct segment *s, uint32_t row) { return !s->dead || !roaring_bitmap_contains(s->dead, row); }

/*
 * Token streams: the words of a document in order, for phrases, NEAR and exact words. Word numbers are the segment's own.
 * Title first, then a gap of STREAM_GAP, then the text.
 */
#define STREAM_GAP 100
#define NO_WORD UINT32_MAX
uint32_t segment_word(const struct segment *s, struct span folded);           /* NO_WORD: occurs nowhere in the segment */
/* Decodes into v (room for `max`), returns how many there are. Positions are indices; the gap is filled with NO_WORD, and is there
 * without a title too: the text begins STREAM_GAP after the first NO_WORD. */
size_t segment_stream(const struct segment *s, uint32_t row, uint32_t *v, size_t max);
/* Words with this prefix, most frequent first: fills at most max numbers, returns how many exist. */
size_t segment_words_with_prefix(const struct segment *s, struct span folded, uint32_t *v, size_t max);
struct span segment_word_text(const struct segment *s, uint32_t word);
uint32_t segment_word_count(const struct segment *s, uint32_t word); /* occurrences, those in dead rows included */

#endif
