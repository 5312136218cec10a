/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mapped files of one sealed segment, counted by those who hold them: snapshots, the writer, a merge. */
#ifndef DOSSIER_INDEX_STORE_BODY_H
#define DOSSIER_INDEX_STORE_BODY_H

#include "base/arena.h"
#include "index/store/columns.h"
#include "index/store/manifest.h"
#include "index/store/postings.h"
#include "index/store/records.h"
#include "index/store/stories.h"
#include "index/store/story-numbers.h"
#include "index/store/streams.h"

#include <roaring/roaring.h>

struct segment_body {
	char *path;
	uint32_t n_rows;
	struct columns columns;
	struct records records;
	struct token_streams *streams;
	struct postings *postings; /* NULL: sealed before there were any, and body_postings() was not yet asked */
	struct story_sheet stories; /* none in segments of an older schema */
	int refs;
};

/* Maps columns, streams, records and postings; sizes of all files are held against the entry. ERR_CORRUPT names what is wrong. */
int body_open(const char *dir, const struct segment_entry *e, struct segment_body **out, struct err *err) MUST_CHECK;
static inline struct segment_body *body_share(struct segment_body *b) { return b->refs++, b; }
void body_close(struct segment_body *b); /* gives back one share; NULL is fine */
int body_postings(struct segment_body *b, struct err *err) MUST_CHECK; /* makes them from the Xapian database if they are not there */

/*
 * The living row with this id; false if there is none; dead may be NULL. The id is compared, not its hash alone – unless the record is
 * damaged (*damaged, may be NULL): then the hash decides, so that the same document put again heals it.
 */
bool body_find(const struct segment_body *b, const roaring_bitmap_t *dead, struct span id, uint32_t *row, bool *damaged);
int body_record(const struct segment_body *b, uint32_t row, struct arena *a, struct span *plain, struct err *err) MUST_CHECK;

/* Dead rows: a portable Roaring bitmap in a file of its own. No file: *out is NULL. */
int dead_read(const char *dir, const struct segment_entry *e, roaring_bitmap_t **out, struct err *err) MUST_CHECK;
int dead_write(const char *dir, const char *name, const roaring_bitmap_t *dead, bool sync, struct file_entry *out, struct err *err) MUST_CHECK;

#endif
