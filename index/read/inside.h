/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the reading step: what a format's reader has to work with. One function a format: read_<id>_next(), as reader_next(). */
#ifndef DOSSIER_INDEX_READ_INSIDE_H
#define DOSSIER_INDEX_READ_INSIDE_H

#include "index/read/reader.h"
#include "index/read/stream.h"

enum format_id {
#define FORMAT(id, name, endings) FORMAT_##id,
#include "index/read/formats.def"
#undef FORMAT
	FORMAT_COUNT_
};

struct reader {
	struct arena own; /* lives as long as the reader */
	struct read_limits limits;
	struct span name, source;
	struct interval file_day;
	const struct read_helper *helper;
	struct stream *in;
	enum format_id format;
	char format_name[64]; /* "warc+gzip" */
	uint64_t n;           /* items so far: "#<n>" of ids, "line n" of messages */
	bool done;
	uint32_t depth;       /* of archives in archives */
	void *state;          /* of the format */
	void (*close)(struct reader *r);
};

#define FORMAT(id, name, endings) int read_##id##_next(struct reader *r, struct arena *a, struct document *doc, struct err *err) MUST_CHECK;
#include "index/read/formats.def"
#undef FORMAT

/* Content first, name second. */
enum format_id sniff(struct span head, struct span name);
bool sniff_binary(struct span head); /* not text of any encoding */
/* Opens a reader over a stream (taken, also on failure): what reader_open does after the descriptor, and archives for what is in them. */
int reader_over(struct stream *in, const struct reader *parent, const struct read_input *input, const struct read_limits *limits, struct reader **out, struct err *err) MUST_CHECK;

void reader_begin(const struct reader *r, struct arena *a, struct document *doc); /* source, path, file's day as a hint */
struct span reader_make_id(const struct reader *r, struct arena *a, bool container); /* "<source>/<name>" or "…#<n>" */

/* Ids (ids.c): injective, printable UTF-8. A file's name or path; an id that a document brings along (trimmed). */
struct span id_from_name(struct arena *a, struct span name);
struct span id_given(struct arena *a, struct span id);
struct taken { /* names that were met in an archive */
	uint64_t *slots;
	size_t n_slots, n;
};
void taken_name(struct taken *t, struct str *name, uint64_t n); /* makes it one that was not met before; n: of the entry */
void taken_done(struct taken *t);

/* Fields by name (members.def). */
enum member_field { FIELD_ID, FIELD_TEXT, FIELD_HTML, FIELD_TITLE, FIELD_URL, FIELD_SOURCE, FIELD_SITE, FIELD_AUTHOR, FIELD_PUBLISHED, FIELD_LANG, FIELD_SECTION, FIELD_COUNT_ };
struct member_name {
	uint8_t field, rank;
	const char *name;
};
const struct member_name *member_find(struct span name);
struct member_set { /* the best of each so far */
	struct span value[FIELD_COUNT_];
	uint8_t rank[FIELD_COUNT_]; /* 255: none yet */
};
void members_init(struct member_set *m);
void members_offer(struct member_set *m, const struct member_name *name, struct span value);
/* Puts them into the document: repaired, trimmed, dates understood. Looks whether a text is HTML. */
void members_apply(struct arena *a, const struct member_set *m, struct document *doc);
struct span clean_value(struct arena *a, struct span s); /* valid UTF-8, one line, no control characters, at most 4 KB */
bool looks_like_html(struct span text);

/* One JSON object into doc. `ours`: its bytes may be written over (strings are unescaped where they stand: what is large is not held twice). */
int json_document(struct arena *a, struct span object, bool ours, uint32_t max_depth, struct document *doc, struct err *err) MUST_CHECK;
/* The end of the JSON value that begins at s[0], as an offset; 0 if it does not end in s. `depth_left` guards. */
size_t json_extent(struct span s, uint32_t max_depth, int *rc);

#endif
