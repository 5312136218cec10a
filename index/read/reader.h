/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of the room: bytes in, documents out, one after another (a file may hold many).
 *
 *	fd or bytes ─ sniff.c (content first, name second) ─ one row of formats.def ─ reader_next(): struct document with raw body
 *	            ─ clean_document(): text, dropped, title, author, language, publication date
 *
 * Runs inside a jail: it opens nothing, it only reads the descriptor that it was given (never closes it). Limits are arguments.
 */
#ifndef DOSSIER_INDEX_READ_READER_H
#define DOSSIER_INDEX_READ_READER_H

#include "base/err.h"
#include "base/str.h"
#include "index/document.h"

struct read_limits { /* bytes, counts; reader_default_limits() fills in those of the manual */
	uint64_t file_bytes;   /* a single-document file; containers stream */
	uint64_t text_bytes;   /* article text of one document */
	uint64_t line_bytes;   /* one line of JSONL or CSV, one record body */
	uint32_t ratio;        /* decompressed : compressed */
	uint32_t json_depth;
};
struct read_limits reader_default_limits(void);

/*
 * Somebody outside the jail who can start programs. `what`: "pdf" (text as pdftotext -htmlmeta gives it) or "doc" (plain text, UTF-8).
 * Blocks until it is done. ERR_NEEDS_PROGRAM names what to install; ERR_BAD_DOCUMENT, ERR_LIMIT are the file's own fault.
 */
struct read_helper {
	int (*text_of)(void *arg, const char *what, struct span bytes, struct str *out, struct err *err);
	void *arg;
};

struct read_input {
	int fd;             /* to read from, or -1: `bytes` holds everything */
	struct span bytes;
	struct span name;   /* path below the source, "2015/moscow.html": helps the sniffer, makes ids; never opened */
	struct span source; /* name of the source */
	struct interval file_day; /* day of the file's own time, PREC_NONE if unknown: the last resort for `published` */
	const struct read_helper *helper; /* NULL: PDF and DOC are refused */
};

/* Opens what a jail without files could not open later (converters of the C library). Before the jail, once; calling it again costs nothing. */
void reader_prepare(void);

struct reader;
int reader_open(const struct read_input *in, const struct read_limits *limits, struct reader **out, struct err *err) MUST_CHECK;
/*
 * The next document into *doc (all of it from the arena), body raw. Returns 1: one came; 0: the end; negative: ERR_BAD_DOCUMENT
 * or ERR_LIMIT cost that one document (a broken JSONL line, a broken WARC record) – call again; ERR_BAD_FILE, ERR_IO,
 * ERR_UNSUPPORTED, ERR_NEEDS_PROGRAM end the file. err names what is wrong and where ("line 17: …").
 * Ids: what the input says, else "<source>/<name>" for one-document files, "<source>/<name>#<n>" in containers.
 */
int reader_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) MUST_CHECK;
/* A name as it stands in ids and paths. */
struct span reader_id_name(struct arena *a, struct span name);
const char *reader_format(const struct reader *r); /* "html", "jsonl", "warc+gzip" */
void reader_close(struct reader *r);

/* One pushed or analysed document: a JSON object as in the interface. The same rules as for a line of JSONL; unknown members are ignored, wrong types are errors. */
int reader_from_json(struct arena *a, struct span json, const struct read_limits *limits, struct document *doc, struct err *err) MUST_CHECK;
/* The same from bytes of the caller's own that may be written over: a large one is not held twice. They must outlive doc. */
int reader_from_own_json(struct arena *a, struct span json, const struct read_limits *limits, struct document *doc, struct err *err) MUST_CHECK;

/*
 * Makes body into text: decodes, takes the article out of the page, finds title, author, language, publication date and
 * site where the input did not give them. Given values are believed. With body_kind BODY_KEPT the text is the body, byte for byte (repaired
 * only where it is no UTF-8). Makes an id from the content where there is none, and content_hash. ERR_BAD_DOCUMENT when nothing readable is in it.
 */
int clean_document(struct arena *a, const struct read_limits *limits, struct document *doc, struct err *err) MUST_CHECK;

#endif
