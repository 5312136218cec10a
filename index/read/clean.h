/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the cleaning step: what clean-text.c, clean-html.c, meta.c and published.c hand to each other.
 *
 *	decode ─ page (html) ─ meta: title, author, site …─┐
 *	       └ text ───────── blocks, each kept or dropped ┴─ text + dropped
 */
#ifndef DOSSIER_INDEX_READ_CLEAN_H
#define DOSSIER_INDEX_READ_CLEAN_H

#include "index/document.h"
#include "index/read/cues.h"
#include "index/read/html.h"
#include "index/read/reader.h"

#define KEEP DROP_COUNT_

enum block_kind { KIND_TEXT, KIND_HEADING, KIND_ITEM, KIND_QUOTE, KIND_ROW, KIND_PRE };

/* One block: a paragraph, a heading, a list item, a line. */
struct block {
	struct span text;
	uint8_t why;         /* enum drop_reason, or KEEP */
	uint8_t kind;        /* enum block_kind */
	bool prose;
	bool glued;          /* stood in one hard-wrapped paragraph with the block before: joined again by the bytes between them */
	bool standfirst;     /* stands under a name like that */
	uint32_t links;      /* bytes of the text that stand in links */
	const struct cue *cue;
};
struct blocks {
	struct block *v;
	size_t n, cap;
	bool html;           /* kinds and links are known */
	uint64_t text_bytes; /* the limit: of the text, and of all that is dropped; what is dropped beyond it is left out */
	uint64_t kept, dropped; /* bytes so far (html) */
};

int clean_text(struct arena *a, const struct read_limits *limits, struct document *doc, struct span text, struct err *err) MUST_CHECK; /* plain text: fills text, dropped, and title, author, if there are none */
int clean_html(struct arena *a, const struct read_limits *limits, bool own, struct document *doc, struct span page, struct err *err) MUST_CHECK; /* decoded page: the same and all metadata; own: what of it is not needed may be given back */
int clean_too_much(uint64_t n, uint64_t limit, struct err *err); /* ERR_LIMIT, in words */
/* Cues with reach: marks sections and lists from their first line on. Blocks that are dropped already stay so. */
void blocks_mark_sections(struct blocks *b);
int blocks_finish(struct arena *a, struct blocks *b, struct document *doc, struct err *err) MUST_CHECK; /* kept ones -> text, others -> dropped */

#endif
