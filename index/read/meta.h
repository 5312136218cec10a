/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page says about itself: one pass over its <meta>, <link>, <title>, <h1>, <time> and JSON-LD; then the choice.
 *
 *	JSON-LD (schema.org) ─┐
 *	OpenGraph, meta ──────┼─ candidates ─ title, author, site, section, url, lang ─ published.c: dates
 *	h1, title, byline ────┘
 */
#ifndef DOSSIER_INDEX_READ_META_H
#define DOSSIER_INDEX_READ_META_H

#include "index/document.h"
#include "index/read/html.h"

#define META_LD_MAX 64
struct page_meta {
	struct span og_title, ld_title, h1, head_title, twitter_title, meta_title; /* decoded, trimmed */
	struct span og_site, ld_site, ld_author, meta_author, canonical, section, crumb, lang, og_type, description; /* description: of meta, OpenGraph or JSON-LD */
	struct span ld_description, og_description;
	struct span ld_body;   /* articleBody as the page's own JSON-LD has it */
	struct span ld_date, ld_modified, ld_any_date; /* of the article; ld_any_date: of whatever else there is */
	uint32_t h1_node;
	struct span h1s[4]; /* the first headings of that rank */
	uint32_t h1_nodes[4];
	int n_h1;
};
void meta_read(struct arena *a, const struct html *h, struct page_meta *m);
void meta_apply(struct arena *a, const struct page_meta *m, struct document *doc); /* given values stay */
/* JSON-LD of one script: fills the ld_* members that are still empty. Tolerates trailing rubbish. */
void meta_read_ld(struct arena *a, struct span json, struct page_meta *m);
/* What the search for dates needs to know of the page's layout. */
struct page_layout {
	const uint8_t *why;               /* by node: furniture, or DROP_COUNT_ */
	const uint32_t *text;             /* by node: bytes of text below it */
	uint32_t container, container_end; /* the article */
};
/* All that the page says of its publication, best first, into doc->dates and doc->published. */
void published_find(struct arena *a, const struct html *h, const struct page_meta *m, const struct page_layout *l, struct document *doc);
/* The same for plain text, from its lines before and after the article. */
void published_from_lines(struct arena *a, struct document *doc);

/* From an address, if it says so: "example.org", "world". Spans point into it. */
struct span address_site(struct span url);
struct span address_section(struct span url);

/* Letters and digits alone, lower case: small is in big. */
bool meta_holds(struct span big, struct span small);

#endif
