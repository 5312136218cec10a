/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of bytes with a window to look into, over a descriptor or memory, through any number of decompressors.
 *
 *	fd ─ stream ─ gunzip ─ stream_line(), stream_read() …
 *
 * The window grows to what is asked for (never beyond the caller's limit); reading a whole container takes constant memory.
 * gzip may have any number of members; a damaged one is skipped to the next beginning of a member, and counted in `damaged`.
 */
#ifndef DOSSIER_INDEX_READ_STREAM_H
#define DOSSIER_INDEX_READ_STREAM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "index/read/reader.h"

#include <sys/types.h>

struct stream {
	int (*more)(struct stream *s, struct err *err); /* appends to buf or sets end */
	void (*close)(struct stream *s);
	void *state;
	struct stream *below; /* owned */
	struct str buf;
	size_t at;      /* what of buf is used up */
	bool end;       /* nothing comes after buf */
	size_t handed;  /* bytes of the window that libarchive looks at just now */
	uint64_t taken; /* bytes used up so far: offsets for messages */
	uint32_t damaged; /* places where bytes were skipped because they could not be decompressed */
	char damage[160]; /* what was wrong with the last of them */
};

struct stream *stream_fd(int fd);
struct stream *stream_bytes(struct span s); /* looks at s, which must outlive it */
enum packing { PACK_NONE, PACK_GZIP, PACK_ZSTD, PACK_XZ, PACK_OTHER };
enum packing stream_packing(struct span head, const char **name); /* by magic bytes; name: "gzip" … */
/* Takes `below`. Fails for what cannot be decompressed at all. */
int stream_unpack(struct stream *below, enum packing p, const struct read_limits *limits, struct stream **out, struct err *err) MUST_CHECK;
void stream_close(struct stream *s);

/* Tries to have `want` bytes in the window; *have says what is there (less only at the end). */
int stream_want(struct stream *s, size_t want, struct span *have, struct err *err) MUST_CHECK;
void stream_take(struct stream *s, size_t n);
int stream_skip(struct stream *s, uint64_t n, uint64_t *skipped, struct err *err) MUST_CHECK;
/* Everything that is left, as one span from the arena. ERR_LIMIT past limit. */
int stream_all(struct stream *s, struct arena *a, uint64_t limit, struct span *out, struct err *err) MUST_CHECK;
/* Bytes of the window that were just used up, by stream_take or as a line, become the arena's: many of them with the window itself, few as a copy. They may be written over. */
struct span stream_keep(struct stream *s, struct span used, struct arena *a);
/* The next line without its "\n" or "\r\n", valid until the next call. 1: a line; 0: the end; ERR_LIMIT: it was too long and has been skipped. */
int stream_line(struct stream *s, uint64_t limit, struct span *line, struct err *err) MUST_CHECK;

/* libarchive's read callback over a stream. */
struct archive;
ssize_t stream_archive_pull(struct archive *ar, void *stream, const void **buffer);

#endif
