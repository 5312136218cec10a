/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learning templates: a block that stands in many documents of one source is boilerplate, even if it reads like text.
 *
 *	document of a source ─ its blocks ─ hash → in how many documents of that source ─┬─ seldom: text
 *	                                                                                 └─ often: dropped, reason "template"
 *
 * A pure data structure: no files, no clock. The store keeps the bytes of templates_save() and hands them back; whoever indexes calls templates_clean() for each document, in
 * any order, at any time; near-duplicates of a story already seen should be left out of learning (learn = false), or a dispatch printed twenty times would become a template.
 * What was learnt can be listed, and a source can be switched off.
 */
#ifndef DOSSIER_INDEX_FACTS_TEMPLATES_H
#define DOSSIER_INDEX_FACTS_TEMPLATES_H

#include "base/err.h"
#include "base/str.h"
#include "index/document.h"

#define TEMPLATE_LEAST   5u     /* documents a block must stand in */
#define TEMPLATE_SHARE   50u    /* … and at least one in so many of the source's */
#define TEMPLATE_SOURCES 4096u  /* sources that are remembered */
#define TEMPLATE_BLOCKS  20000u /* blocks a source; the rarest are forgotten first */

#define TEMPLATE_LOOK 500u /* blocks of a text that are looked at */
uint64_t template_hash(struct span block);
/* Hashes of the blocks of a text that are worth counting, in order; at most max. Returns how many. */
size_t template_blocks(struct span text, uint64_t *out, size_t max);

struct templates;
struct templates *templates_new(void);
void templates_free(struct templates *t);
/* Learns the document's blocks (if learn) and moves those that are known as templates from doc->text to doc->dropped. Never more than half of a text. Returns how many. */
size_t templates_clean(struct templates *t, struct arena *a, struct document *doc, bool learn);
void templates_switch(struct templates *t, struct span source, bool on);

void templates_save(const struct templates *t, struct str *out); /* appends */
int templates_load(struct span bytes, struct templates **out, struct err *err) MUST_CHECK; /* ERR_CORRUPT */

/* What was learnt: calls each(…) for every block that counts as a template, with one of the texts it stood for. */
typedef void templates_each(void *context, struct span source, struct span sample, uint32_t documents, uint32_t of);
void templates_list(const struct templates *t, templates_each *each, void *context);

#endif
