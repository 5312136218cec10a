/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The phrases of cues.def, looked up for one line in time linear in the line. Plus what lines look like: prose, names, lists. */
#ifndef DOSSIER_INDEX_READ_CUES_H
#define DOSSIER_INDEX_READ_CUES_H

#include "base/span.h"

enum cue_reach { REACH_ONE, REACH_REST, REACH_LIST };
struct cue {
	const char *phrase;
	uint8_t len, match, reach, why; /* why: enum drop_reason */
};
const struct cue *cue_find(struct span line); /* NULL: none */

/* What a line looks like, from one look at it. */
struct look {
	uint32_t words, caps, digits, letters; /* words; words that begin with a capital; digits; letters (ideographs count three) */
	uint32_t stops;        /* sentence ends inside or at the end */
	bool ends_sentence;    /* … at the end */
	bool mark_at_end;      /* a colon, or "»" */
};
struct look look_at(struct span line);
bool look_is_prose(struct span line, const struct look *l); /* a running sentence or more: what articles are made of */
bool look_is_title(struct span line, const struct look *l); /* could be a headline */
bool look_is_contact(struct span line);                     /* nothing but e-mail addresses, handles, URLs */
/* "By Ankit Panda", "Von Max Muster und Eva Klein": the names; empty when it is no byline. */
struct span look_byline(struct span line);

#endif
