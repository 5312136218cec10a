/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources, inside: what sources.c (scanning, watching), sources-files.c (reading one file), sources-rows.c (the ledger's rows),
 * sources-drop.c (files that go) and sources-list.c (which there are, requests) share.
 */
#ifndef DOSSIER_DAEMON_SOURCES_H
#define DOSSIER_DAEMON_SOURCES_H

#include "daemon/indexer.h"

struct scan;
struct scan_entry;
struct dropping;
struct moves;

struct seen { /* hashes of the paths of one scan */
	uint64_t *v;
	size_t n, cap;
};
bool seen_has(const struct seen *s, uint64_t h); /* once it is sorted */

struct source {
	struct source *next;
	char *name, *path;
	struct scan *scan;
	struct seen seen;
	struct dropping *dropping; /* files that go; NULL: none */
	struct moves *moves;       /* of the scan; NULL: none was looked for */
	uint64_t files, documents, renamed; /* in the ledger; renamed: whose id was taken */
	size_t n_open;             /* files waiting or being read */
	bool again, gone;          /* scan once more; was removed */
	bool is_file;
	bool unsure;               /* the scan could not look at everything: nothing is taken for vanished */
	char problem[200];
};

/* ---- Rows of the ledger: sources-rows.c ---- */

struct file_note {
	uint64_t size, mtime_ns, hash, n_docs;
	struct span ids; /* packed */
};
struct file_note read_file_note(struct span value);

struct fail_note {
	uint64_t size, mtime_ns, version, n_bad;
	int code;             /* of the file; 0: only documents in it */
	struct span why, bad; /* bad: packed; id, code, why */
};
struct fail_note read_fail_note(struct span value);

/* kind: "file:" or "fail:"; "": the path alone. */
void row_key(struct str *out, const char *kind, const struct source *s, const char *path);
void row_forget(struct indexer *ix, struct span key);
/* A folder that could not be looked at (code 0: could) stands among what failed. */
void row_note_folder(struct indexer *ix, struct source *s, const char *path, int code, const char *why);
/* Is the file as the ledger says – read, or failed – and not to be read again? */
bool rows_known(struct indexer *ix, struct source *s, const char *path, const struct scan_entry *e);
bool rows_any(const struct indexer *ix, const struct source *s, const char *path); /* was it ever read, or tried? */
uint64_t rows_documents(const struct indexer *ix, const struct source *s, const char *path);
bool rows_to_try_again(const struct indexer *ix, const struct source *s, const char *path); /* did something in it fail that may be read now? */
uint64_t rows_version(const struct indexer *ix); /* what failed is tried again when this changes */

/* ---- Reading: sources-files.c ---- */

/* A file is to be read when its turn comes. from: where it seems to have been before, or NULL; taken. */
void file_wait(struct indexer *ix, struct source *s, const char *path, char *from, const struct scan_entry *now);
void files_hand_out(struct indexer *ix); /* to readers, as many as they want */

/* ---- Sources: sources.c ---- */

bool source_holds(const struct source *s, struct span path); /* at or below it */
struct source *source_at(struct indexer *ix, struct span path);
void sources_watch(struct indexer *ix); /* begins watching; folders are added as scans come by */
void source_forget(struct indexer *ix, struct source *s); /* its watches; called when it is removed */

/* ---- Files that go: sources-drop.c ---- */

#define DROP_SLICE 4000 /* documents removed in one round */

void source_drop_file(struct indexer *ix, struct source *s, const char *path); /* its rows, and its documents that are in no other */
/* Of the old ids of a file (own: its own prefix, key: its row) those go that are not among its ids now, and in no other file. */
void source_drop_ids(struct indexer *ix, struct span own, struct span key, struct span old, struct span ids);
void source_drop_some(struct indexer *ix, struct source *s); /* a slice of what was begun */
/*
 * Begins to forget the files of a source that were not seen (NULL: all), their documents with them unless they are to be kept. At the end
 * source_gone() is called if the source is gone, with the request that waits (0: none).
 */
void source_drop_files(struct indexer *ix, struct source *s, struct seen *seen, bool keep_documents, uint32_t request);
void source_drop_cancel(struct source *s); /* what was begun and is not over */
void source_gone(struct indexer *ix, struct source *s, uint32_t request, uint64_t removed); /* sources-list.c */

#endif
