/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a name, a title or a country stands in a text, before anybody decides who is meant.
 *
 *	"Then Russian President Vladimir Putin met Ellen Kim in Kim Il Sung University"
 *	      place   title     name, full         name, other     name, decoy
 *
 * mention_scan() reads one text; resolve.c decides. Everything is in tokens of that text.
 */
#ifndef DOSSIER_INDEX_FACTS_MENTION_H
#define DOSSIER_INDEX_FACTS_MENTION_H

#include "index/document.h"
#include "index/facts/gazetteer-inner.h"
#include "index/facts/tokens.h"
#include "index/facts/words.h"

enum name_kind {
	NAME_FULL,  /* a family name with given names of candidates, or a full form */
	NAME_FREE,  /* a word that means one person anywhere */
	NAME_BARE,  /* a family name alone */
	NAME_OTHER, /* a family name with somebody else's given name */
	NAME_DECOY, /* part of the name of a thing or another person */
	NAME_GONE,  /* became part of a longer name */
};

struct name_spot {
	uint32_t from, to, start; /* tokens; start: where the surface begins (given names, al-) */
	uint32_t node;            /* of the family name or the form; who bears it hangs there */
	uint32_t *fits;           /* NAME_FULL: leaders that fit best */
	uint32_t n_fits;
	enum name_kind kind;
	uint8_t title_class;      /* of the title right before: enum title_class */
	int32_t title, place;     /* title row and place spot that belong to it, or -1 */
	const char *why;          /* NAME_OTHER, NAME_DECOY: what it is */
	bool loose;               /* given names fit, but not to the letter */
	bool initials;            /* given names as initials alone */
	bool weak;                /* NAME_OTHER by a capital that a headline or a sentence's beginning may explain */
	bool as_given;            /* a capitalised unknown word follows: perhaps a given name itself */
	bool kin;                 /* "his brother …" */
	bool former;              /* "former President …" */
	bool caps;                /* within a line of capitals */
	int32_t leader;           /* filled by resolve.c; -1 nobody */
};
struct place_spot {
	uint32_t from, to, node;
	enum country_form form; /* of the first country there */
	bool possessive;
};
struct title_spot {
	uint32_t from, to;
	int32_t title;
	bool used; /* belongs to a name */
	bool former;
};

struct reading {
	struct arena *a;
	const struct gazetteer *g;
	const struct tokens *t;
	uint32_t *ids; /* word of the trie by token: ask word_at() */
	struct name_spot *names;
	struct place_spot *places;
	struct title_spot *titles;
	size_t n_names, cap_names, n_places, cap_places, n_titles, cap_titles;
	bool nouns;      /* a language that writes every noun with a capital: that of an unknown word says little */
	uint64_t kin[8]; /* given names behind "wife", "brother" …: hashes */
	size_t n_kin;
	uint64_t *lower; /* which words stand in small letters somewhere: bits by hash; made when first asked for */
	size_t lower_mask;
};

#define WORD_LATER UINT32_MAX /* not looked up yet: most small words never are */

/* The word of the trie at a token, 0 if it holds none such. */
static inline uint32_t word_at(const struct reading *r, size_t i)
{
	if (r->ids[i] == WORD_LATER)
		r->ids[i] = trie_find(&r->g->trie, token_word(r->t, i));
	return r->ids[i];
}

void mention_scan(struct arena *a, const struct gazetteer *g, const struct tokens *t, struct reading *out);

#endif
