/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment in the making, and its files once it is sealed.
 *
 *	record ─ builder_add ─► terms ──────► Xapian (fresh, no positions, no term lists) ─ when it is sealed ─► postings
 *	                   ├──► words ──────► streams     row = order of adding; Xapian's docid is row + 1
 *	                   ├──► facts ──────► columns
 *	                   ├──► signature ──► stories
 *	                   └──► the record ─► records     packed
 *	builder_seal: all written, summed, synced ─► struct segment_entry, which the writer puts into the next manifest
 *
 * A builder owns one folder that nobody else knows of, so any number of them may work side by side, in any process. Nothing here
 * is visible to a reader before a manifest names it; a folder that no manifest names is rubbish, and is swept by the next writer.
 */
#ifndef DOSSIER_INDEX_STORE_SEGMENT_H
#define DOSSIER_INDEX_STORE_SEGMENT_H

#include "base/arena.h"
#include "index/store/columns-build.h"
#include "index/store/manifest.h"
#include "index/store/records.h"
#include "index/store/stories.h"
#include "index/store/streams.h"

#define FILE_COLUMNS "columns"
#define FILE_STREAMS "streams"
#define FILE_RECORDS "records"
#define FILE_POSTINGS "postings"

#define SEGMENT_ROWS 10000 /* Xapian writes out by itself after so many documents: no fresh segment gets bigger */

struct build_options {
	const struct gazetteer *gazetteer; /* for the countries of leaders; may be NULL */
	uint32_t facts;                    /* version of the fact finder, */
	uint64_t table;                    /* of the leaders' table */
	bool sync;
	bool keep_xapian;                  /* the Xapian database stays in the segment; else it goes as soon as the postings are made */
};

struct builder;
int builder_open(const char *dir, const char *name, const struct build_options *opt, struct builder **out, struct err *err) MUST_CHECK;
/* `revision` is that of the commit to come; `story` the number it has, 0: one to come (its column says row + 1). ERR_CORRUPT: the record makes no sense, and nothing was added; anything else is fatal. */
int builder_add(struct builder *b, struct span record, uint64_t revision, uint64_t story, struct err *err) MUST_CHECK;
uint32_t builder_rows(const struct builder *b);
uint64_t builder_bytes(const struct builder *b); /* of text */
/* Writes and syncs everything, the folder included; its entry in `dir` is synced by the manifest. Frees b in any case. */
int builder_seal(struct builder *b, struct segment_entry *out, struct err *err) MUST_CHECK;
void builder_discard(struct builder *b); /* removes the folder */

bool segment_has_xapian(const struct segment_entry *e); /* its folder is a Xapian database as well */
/* Sums up and syncs every file in dir/e->name, and the folder. */
int segment_seal_files(const char *dir, bool sync, struct segment_entry *e, struct err *err) MUST_CHECK;
/* Are its files there, with the right sizes (or, whole, sums)? ERR_CORRUPT says which is not. */
int segment_verify(const char *dir, const struct segment_entry *e, bool whole, struct err *err) MUST_CHECK;

#endif
