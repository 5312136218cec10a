/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one writer. Crash-only: on an error of the storage the owner exits, and the next one resumes from the last manifest.
 *
 *	writer_put(record) … writer_put, writer_remove, writer_note ──► writer_commit
 *	                                                                  seal the new segment, write tombstones, sync,
 *	                                                                  rename the manifest, sync the folder: durable, visible
 *
 * The ledger is a small durable map that is committed with the documents: what was read from where (files, sizes, times, hashes), what
 * failed and why, which sources are watched.
 */
#ifndef DOSSIER_INDEX_STORE_WRITER_H
#define DOSSIER_INDEX_STORE_WRITER_H

#include "base/err.h"
#include "base/str.h"

struct writer;

struct store_options {
	uint32_t seal_documents; /* a builder is sealed (not committed) at so many documents … */
	uint64_t seal_bytes;     /* … or so many bytes of text */
	uint32_t max_segments;   /* more than this are merged */
	bool no_sync;            /* tests of everything but durability */
};
struct store_options store_default_options(void);

/*
 * Opens or creates the index in dir: takes the lock (ERR_LOCKED names the folder and asks whether another dossierd runs), recovers (unnamed
 * segments and half-written files are removed; a damaged manifest falls back to the one before, said in *recovered), upgrades nothing.
 */
int writer_open(const char *dir, const struct store_options *opt, struct writer **out, struct str *recovered, struct err *err) MUST_CHECK;
void writer_close(struct writer *w); /* what was not committed is dropped */

enum put_status { PUT_ADDED, PUT_REPLACED, PUT_UNCHANGED };
/* `record` is plain (record_encode). The same id and content hash as a living document: PUT_UNCHANGED, nothing is done. */
int writer_put(struct writer *w, struct span record, enum put_status *status, struct err *err) MUST_CHECK;
int writer_remove(struct writer *w, struct span id, bool *existed, struct err *err) MUST_CHECK;
/* Everything since the last commit becomes durable and visible, or the process is to exit. Nothing to do: the old revision. */
int writer_commit(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
size_t writer_pending(const struct writer *w); /* documents and tombstones not yet committed */

/* One step of merging, if there are too many segments (or `all`: down to one). *did is false when nothing was due. Commits by itself. */
int writer_merge(struct writer *w, bool all, bool *did, struct err *err) MUST_CHECK;

struct store_status {
	char uuid[37];
	uint64_t revision, n_documents, n_dead, bytes_on_disk;
	size_t n_segments;
};
void writer_status(const struct writer *w, struct store_status *out);

/* Verifies sizes and checksums of all that the manifest names; each problem is told by `tell`. Returns how many, or negative. For --check. */
int store_check(const char *dir, void (*tell)(void *arg, const char *what), void *arg, struct err *err) MUST_CHECK;

/* The ledger. Keys and values are bytes; a key starts with its kind: "file:", "fail:", "source:". Changes are part of the next commit. */
void writer_note(struct writer *w, struct span key, struct span value); /* empty value: forget the key */
bool writer_noted(const struct writer *w, struct span key, struct span *value); /* borrowed until the next writer_note */
/* Calls visit for each key with this prefix, in no order, until it returns non-zero; returns that. It may not change the ledger. */
int writer_notes(const struct writer *w, struct span prefix, int (*visit)(void *arg, struct span key, struct span value), void *arg);

#endif
