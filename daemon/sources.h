/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources, inside: what sources.c (scanning, reading, the ledger's rows) and sources-list.c (which there are, requests) share. */
#ifndef DOSSIER_DAEMON_SOURCES_H
#define DOSSIER_DAEMON_SOURCES_H

#include "daemon/indexer.h"

struct scan;
struct dropping;
struct moves;

struct seen { /* hashes of the paths of one scan */
	uint64_t *v;
	size_t n, cap;
};

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

/* Rows of the ledger. */
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

bool source_holds(const struct source *s, struct span path); /* at or below it */
struct source *source_at(struct indexer *ix, struct span path);
void sources_watch(struct indexer *ix); /* begins watching; folders are added as scans come by */
void source_forget(struct indexer *ix, struct source *s); /* its watches; called when it is removed */
/*
 * Begins to forget the files of a source that were not seen (NULL: all), their documents with them unless they are to be kept. At the end
 * source_gone() is called if the source is gone, with the request that waits (0: none).
 */
void source_drop_files(struct indexer *ix, struct source *s, struct seen *seen, bool keep_documents, uint32_t request);
void source_drop_cancel(struct source *s); /* what was begun and is not over */
void source_gone(struct indexer *ix, struct source *s, uint32_t request, uint64_t removed); /* sources-list.c */

#endif
