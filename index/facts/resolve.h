/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is meant: decisions over the places that mention.c found, with all that the document says.
 *
 *	title ─┐                       1. names in full: they introduce people, leaders or not
 *	text ──┴─ readings ─→ resolve  2. family names alone: the nearest introduction before, one after, or evidence
 *	                               3. offices alone: who held it then
 */
#ifndef DOSSIER_INDEX_FACTS_RESOLVE_H
#define DOSSIER_INDEX_FACTS_RESOLVE_H

#include "index/facts/mention.h"

enum verdict { VERDICT_LEADER, VERDICT_AMBIGUOUS, VERDICT_REJECTED, VERDICT_SILENT };

struct decision {
	enum verdict verdict;
	uint32_t from, to;   /* tokens */
	uint32_t leader;     /* whom, or whom it was not */
	const char *how, *why;
	float sure;
	int32_t office;      /* row, -1 none */
	uint32_t *candidates;
	uint32_t n_candidates;
};

struct person_state {
	uint32_t person; /* + 1; 0: a free slot */
	uint32_t count; /* names in full */
	uint32_t last;  /* token + 1 of the last one so far in the text; 0 none */
	bool in_title, kin;
};
struct node_state {
	uint32_t node, other; /* token + 1 of the last other person of that family name so far; 0 none */
};

struct resolver {
	struct arena *a;
	const struct gazetteer *g;
	const struct document *d;
	struct reading text, title, source; /* source: the name of the feed, "Japan Times" */
	struct interval ref; /* when it was written, or the year that it speaks of; PREC_NONE unknown */
	struct interval then; /* a year that the sentence at hand names, PREC_NONE without one */
	bool dated;          /* ref is the publication */
	uint8_t *countries;  /* by row: how often named, up to 255 */
	struct person_state *people; /* open hashes: few of the thousands stand in one document */
	struct node_state *nodes;
	size_t n_person_slots, n_node_slots;
	size_t n_leaders; /* found so far: the text is about such people */
	struct decision *out;
	size_t n_out, cap_out;
};

void resolve_document(struct resolver *r);
/* What the document has said of that leader so far; the second one may be written to. */
const struct person_state *person_seen(const struct resolver *r, uint32_t who);
struct person_state *person_state(struct resolver *r, uint32_t who);

/* resolve-office.c */
void resolve_offices(struct resolver *r);
/* resolve-evidence.c */
bool person_of_country(const struct person *p, uint32_t country);
bool place_is_of(const struct gazetteer *g, const struct place_spot *place, const struct person *p);
bool held_office(const struct person *p, unsigned kinds, struct interval ref); /* ref of PREC_NONE: ever */
int32_t office_held(const struct gazetteer *g, const struct person *p, struct interval ref); /* row or -1 */
double evidence_for(const struct resolver *r, const struct reading *in, const struct name_spot *s, const struct person *p);
struct interval sentence_days(const struct resolver *r, const struct reading *in, uint32_t from, uint32_t to); /* PREC_NONE: names no one year before ref */
struct interval reference_days(const struct resolver *r, bool *dated);

#endif
