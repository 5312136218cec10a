/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of mention_scan() share.
 *
 *	mention.c        the pass: walks the trie, notes places, titles, decoys
 *	mention-name.c   a family name with what stands beside it
 *	mention-given.c  given names of the text against those of the leaders
 */
#ifndef DOSSIER_INDEX_FACTS_MENTION_INNER_H
#define DOSSIER_INDEX_FACTS_MENTION_INNER_H

#include "index/facts/mention.h"

struct match { /* by kind: where the longest form ends, and its node; 0 none */
	uint32_t to[HANG_KINDS_], node[HANG_KINDS_];
};
struct fit { /* the leaders whose given names fit best */
	uint32_t *who;
	uint32_t n;
	int grade; /* 100 exactly, 90 shortened, 85 initials, 75 and less nearly, 0 nobody */
};

static inline uint32_t flags_at(const struct reading *r, size_t i) { return r->g->trie.words[word_at(r, i)].flags; }
static inline bool upper_at(const struct reading *r, size_t i) { return (r->t->v[i].flags & TOKEN_UPPER) != 0; }
static inline bool initial_at(const struct reading *r, size_t i) { return r->t->v[i].len == 1 && upper_at(r, i) && !(r->t->v[i].flags & TOKEN_DIGITS); }
bool mention_joined(const struct reading *r, size_t i);    /* token i goes on with the name that token i-1 is part of */
bool mention_hard_break(const struct reading *r, size_t i); /* before token i the writer, not a line's width, broke the line */
bool mention_caseless(const struct reading *r, size_t i);  /* a script without capitals */
bool mention_small(struct reading *r, size_t i);           /* the text writes this word small somewhere */
void mention_absorb(struct reading *r, uint32_t start);    /* names from start on become part of a longer one */
/* mention-given.c: leaders of the family name at `node` whom tokens [from, to) fit; `right`: behind the family name. */
void given_fit(const struct reading *r, uint32_t node, size_t from, size_t to, bool right, struct fit *out);
bool given_is(const struct reading *r, uint32_t node, uint32_t word); /* a given name of one of them */
bool family_order(const struct reading *r, uint32_t node, enum name_order order); /* one of them is written so */
/* mention-name.c */
void name_read(struct reading *r, uint32_t i, const struct match *m);
void name_title(struct reading *r, struct name_spot *s); /* looks for title, country and kin around it */
struct name_spot *name_add(struct reading *r, uint32_t from, uint32_t to, uint32_t node, enum name_kind kind);

#endif
