/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files about meetings share.
 *
 *	meetings.c         sentences, words of meeting, what was found
 *	meetings-who.c     from a word of meeting to its subject and object
 *	meetings-status.c  held or not, when and where
 *	meetings-not.c     negations, and what they govern
 */
#ifndef DOSSIER_INDEX_FACTS_MEETINGS_INNER_H
#define DOSSIER_INDEX_FACTS_MEETINGS_INNER_H

#include "index/facts/meetings.h"

#define WORD_CLASSES(X) X(MEET) X(HOST) X(JOIN) X(NOUN) X(HOLD) X(AUX) X(NOT) X(ADV) X(TIME) X(TITLE) X(DET) X(PREP) X(OBJECT) X(SAY) X(GO) X(ADJ) X(FAR) \
	X(AFTERWARDS) X(ENTOURAGE) X(DENY) X(CANCEL) X(PROPOSE) X(PLAN)
enum word_class_bit {
#define X(name) BIT_##name,
	WORD_CLASSES(X)
#undef X
};
enum word_class {
#define X(name) W_##name = 1 << BIT_##name,
	WORD_CLASSES(X)
#undef X
};
#define W_STATUS (W_DENY | W_CANCEL | W_PROPOSE | W_PLAN)

#define PARTY_MAX 8
struct party { /* leaders on one side, as indices of facts.mentions */
	uint32_t v[PARTY_MAX];
	uint32_t n, from, to; /* tokens that it spans */
};

/* One sentence. Tokens are numbered from 0 in it. */
struct scene {
	const struct tokens *t;
	const struct facts *f;
	const struct document *d;
	uint32_t first, n;       /* tokens of the document */
	size_t day, day_end;     /* days that begin in it */
	const uint32_t *who;     /* by token: mention + 1 */
	const uint32_t *classes; /* by token: bits of enum word_class */
};
static inline const struct token *at(const struct scene *s, uint32_t i) { return &s->t->v[s->first + i]; }
static inline struct span word_at(const struct scene *s, uint32_t i) { return token_word(s->t, s->first + i); }
static inline bool is(const struct scene *s, uint32_t i, const char *word) { return i < s->n && span_is(word_at(s, i), word); }
static inline bool has(const struct scene *s, uint32_t i, uint32_t classes) { return i < s->n && (s->classes[i] & classes); }

/* meetings-who.c */
bool subject_before(const struct scene *s, uint32_t i, bool loose, struct party *out); /* whose doing the word i is */
bool distant_subject(const struct scene *s, uint32_t i, struct party *out);            /* "X explained it during | talks with" */
bool both_of_them(const struct scene *s, uint32_t i, struct party *out);               /* "X … Y … when they | met", "at their | summit" */
bool owner_before(const struct scene *s, uint32_t i, struct party *out);               /* "Reagan's third summit" */
bool fronted_subject(const struct scene *s, uint32_t i, uint32_t after, struct party *out); /* "After talks with X, Y said" */
bool object_after(const struct scene *s, uint32_t i, struct party *out);               /* with whom; i: the last word before */
bool pair_after(const struct scene *s, uint32_t i, struct party *out);                 /* "between X and Y" */
bool goes_on(const struct scene *s, uint32_t i);                                       /* "they met | in Bonn", not "met | resistance" */

/* meetings-not.c */
enum negation { NEGATION_NONE, NEGATION_DENIES, NEGATION_UNTIL /* "not until" */, NEGATION_NO_DATE };
enum negation meeting_negation(const struct scene *s, uint32_t near, uint32_t low, uint32_t trigger, uint32_t to); /* by a word from near on, or behind `to` */
bool nobody_at_all(const struct scene *s, const struct party *who); /* "no sitting president", "any leader" */

/* meetings-status.c */
const char *meeting_status(const struct scene *s, uint32_t trigger, uint32_t from, uint32_t to);
struct interval meeting_days(const struct scene *s, uint32_t trigger, const char **status, const struct party *who);
struct span meeting_place(const struct scene *s, uint32_t trigger);

#endif
