/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door of the room: every fact of one document. Pure: the same document, gazetteer and rules give the same facts on
 * every machine. Looks at document.text, title, published, lang and source; changes nothing. Linear in the text.
 *
 *	tokens_make ─→ leaders_find (mention.c, resolve.c) ─┐
 *	          └──→ days_find (days.c, anchor.c) ────────┴→ meetings_find ─→ struct facts
 */
#ifndef DOSSIER_INDEX_FACTS_FACTS_H
#define DOSSIER_INDEX_FACTS_FACTS_H

#include "index/document.h"
#include "index/facts/gazetteer.h"
#include "index/facts/tokens.h"

#define FACTS_VERSION 2 /* counts up when the same text may give other facts: stored facts are then made anew */

void facts_find(struct arena *a, const struct gazetteer *g, const struct document *d, struct facts *out);

/* The two halves, for tests and benchmarks. Each fills its own fields of *out. */
void leaders_find(struct arena *a, const struct gazetteer *g, const struct document *d, const struct tokens *t, struct facts *out);
/* `published` may be unknown (PREC_NONE): relative expressions then have no interval until the text itself dates them. */
void days_find(struct arena *a, const struct document *d, const struct tokens *t, struct facts *out);

/* Where a leader's mentions are counted: facts.mentions grouped by leader, most mentioned first, ties by first mention. */
struct leader_count {
	struct span id;
	uint32_t mentions, first; /* first: offset of the first mention */
};
size_t facts_leaders(struct arena *a, const struct facts *f, struct leader_count **out);

#endif
