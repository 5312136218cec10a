/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learning templates: a block that stands in many documents of one source is boilerplate, even if it reads like text.
 *
 *	document ─ template_blocks ─► marks: hash, at an edge?, a sentence?      (kept with the document, in the index)
 *	marks ─ templates_learn ─► counts, a source ─ often enough? ─► ripe ─ templates_know(its text) ─► known
 *	known ─ templates_set ─► template_set, at whoever reads ─ template_set_clean ─► the block goes to doc->dropped, reason "template"
 *
 * What counts as a template is what a reader would not miss: it stands at the beginning or the end of most texts it is in, and is
 *	a sentence   in TEMPLATE_LEAST documents and one of TEMPLATE_SHARE of the source's
 *	or no sentence – a heading, a name, a line of a menu –  in twice as many documents, and a third of all
 * Names of those who took part, editors' brackets, lines that announce what follows (":") are never templates: archives of records are full of them.
 *
 * Pure data structures: no files, no clock. Near-duplicates of a story are not to be learnt from, or a dispatch printed twenty times would be a template.
 */
#ifndef DOSSIER_INDEX_FACTS_TEMPLATES_H
#define DOSSIER_INDEX_FACTS_TEMPLATES_H

#include "base/err.h"
#include "base/str.h"
#include "index/document.h"

#define TEMPLATE_LEAST   5u      /* documents a block must stand in */
#define TEMPLATE_SHARE   50u     /* … and at least one in so many of the source's */
#define TEMPLATE_SOURCES 4096u   /* sources that are remembered */
#define TEMPLATE_BLOCKS  20000u  /* blocks a source; the rarest are forgotten first */
#define TEMPLATE_TOTAL   500000u /* … and of all sources */
#define TEMPLATE_KNOWN   1000u   /* templates a source */
#define TEMPLATE_LOOK    500u    /* blocks of a text that are looked at */
#define TEMPLATE_RIPE    16u     /* that one document makes */

/* A mark: a hash, and in its lowest bits what the block was like. */
#define MARK_DROPPED  1u /* it was dropped as a template */
#define MARK_EDGE     2u /* among the first two or the last four of its text */
#define MARK_SENTENCE 4u
#define MARK_HASH     (~7u)

/* Marks of the blocks worth counting, in order, then of those dropped as templates; at most max. Returns how many. */
size_t template_blocks(const struct document *d, uint32_t *out, size_t max);
/* The block of d (kept or dropped) with this mark; false if there is none. */
bool template_text(const struct document *d, uint32_t mark, struct span *out);

struct templates;
struct templates *templates_new(void);
void templates_free(struct templates *t);
/* One document more. Fills ripe with the marks of blocks that have become templates and are not yet known; returns how many. */
size_t templates_learn(struct templates *t, struct span source, const uint32_t *marks, size_t n, uint32_t ripe[TEMPLATE_RIPE]);
void templates_know(struct templates *t, struct span source, struct span text);
bool templates_has(const struct templates *t, struct span source, uint32_t mark); /* known, and the source is not switched off */
bool templates_switch(struct templates *t, struct span source, bool on); /* learning goes on; returns whether it changed */
bool templates_any(const struct templates *t); /* anything known, switched off or not */
uint64_t templates_version(const struct templates *t); /* counts changes of what is known */

void templates_save(const struct templates *t, struct str *out); /* appends */
int templates_load(struct span bytes, struct templates **out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */

/* What was learnt, with the beginning of its text; by source, most frequent first. */
typedef void templates_each(void *context, struct span source, bool on, struct span sample, uint32_t documents, uint32_t of);
void templates_list(const struct templates *t, templates_each *each, void *context);

/* What whoever cleans texts needs of it: keys, sorted. */
void templates_set(const struct templates *t, struct str *out); /* appends uint64_t each */
struct template_set {
	const uint64_t *keys;
	size_t n;
};
/* Moves templates from doc->text to doc->dropped, with their places; never more than half of a text. Returns how many. */
size_t template_set_clean(const struct template_set *s, struct arena *a, struct document *doc);
/* The other way: every template whose place is known goes back to where it stood. Before a text is cleaned anew, with what is known and switched on by now. */
size_t template_restore(struct arena *a, struct document *doc);

#endif
