/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who met whom: meetings between leaders that a sentence tells of, or says are planned, proposed, cancelled or denied.
 *
 *	mentions, days, sentences ─ a sentence with two leaders and a word of meeting ─► meetings_find ─► facts.meetings
 *
 * Rules over words (meetings.def), no grammar: a subject that a path of harmless words joins with the word of meeting, and an object
 * likewise. What does not fit is left out – rather a meeting too few than one that never was. English.
 */
#ifndef DOSSIER_INDEX_FACTS_MEETINGS_H
#define DOSSIER_INDEX_FACTS_MEETINGS_H

#include "index/document.h"
#include "index/facts/tokens.h"

/* Fills out->meetings; needs mentions, days and sentences. Linear in the text. */
void meetings_find(struct arena *a, const struct document *d, const struct tokens *t, struct facts *out);

/* "stated": the sentence has the day; "inferred": it has none, and the day follows from the publication. Not kept in the record: the sentence's days tell. */
const char *meeting_day_how(const struct facts *f, const struct meeting *m);

#endif
