/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the gazetteer looks like inside: for its own files, mention.c and resolve.c alone.
 *
 *	gazetteer-table.c  rows ──► people, offices, countries, decoys, corrections (nothing is matched yet)
 *	gazetteer-forms.c  those ──► trie: family names, full forms, countries, titles, decoys, each a "hang" on a node
 *	gazetteer.c        the door: load, look up
 *
 * A leader's given names are not multiplied with the family names in the trie: the family name is found there, and the words
 * beside it are compared with `given` (mention.c). So a table of 5,000 leaders stays small and any mix of forms is found.
 */
#ifndef DOSSIER_INDEX_FACTS_GAZETTEER_INNER_H
#define DOSSIER_INDEX_FACTS_GAZETTEER_INNER_H

#include "index/facts/gazetteer.h"
#include "index/facts/trie.h"

enum hang_kind { HANG_FULL, HANG_FREE, HANG_FAMILY, HANG_COUNTRY, HANG_TITLE, HANG_DECOY, HANG_AFTER, HANG_BEFORE, HANG_KINDS_ };

#define NODE_GOES_ON (1u << HANG_KINDS_) /* longer forms begin with this one */

enum name_order { ORDER_LAST, ORDER_FIRST, ORDER_SINGLE };

struct given { /* one way of writing the given names, in words */
	const uint32_t *words;
	uint32_t n, joined; /* joined: "jongun", 0 if it is one word anyway */
	bool derived;       /* from a full form: not to be shortened ("James" alone is not "James Harold" Wilson) */
};

struct person {
	struct leader pub;
	enum name_order order;
	struct span family_list, given_list, alias_list; /* as in the table */
	struct given *given;
	uint32_t n_given;
	int32_t country;  /* row in countries, -1 unknown */
	const uint32_t *countries; /* rows of that one and of all offices */
	uint32_t n_countries;
	struct interval active; /* from the first office to the last; PREC_NONE: no office known; to = DAY_MAX: still */
	bool female;
	float weight; /* how well known, 0 to 1: by the years in office */
	bool great; /* of a power whose leaders are named without saying whose they are */
};

enum country_form { FORM_NAME, FORM_ADJECTIVE, FORM_CAPITAL };
struct country {
	struct span code, name, adjectives, aliases, capital;
	struct interval from, to;
};

#define DECOY_KINDS(X) X(PLACE, "place") X(INSTITUTION, "institution") X(AWARD, "award") X(SHIP, "ship") X(AIRPORT, "airport") \
	X(COMPANY, "company") X(PERSON, "person") X(LAW, "law") X(EVENT, "event") X(OTHER, "other") X(WORD, "word")
enum decoy_kind {
#define X(name, word) DECOY_##name,
	DECOY_KINDS(X)
#undef X
	DECOY_KIND_COUNT_
};
struct decoy {
	struct span phrase;
	enum decoy_kind kind;
	bool relative; /* a person who is kin to the leader of the row */
	bool lower; /* written in small letters in the table: any case will do */
};

struct correction { /* what a user knows better */
	int32_t leader;
	struct span document, form; /* not-in-document; ignore with a form */
};

struct title; /* words.h */

struct gazetteer {
	struct arena arena;
	struct trie trie;
	struct person *people;
	struct country *countries;
	struct decoy *decoys;
	struct office *offices;
	struct table_problem *problems;
	struct correction *absent, *ignored;
	int32_t *merged; /* by leader: into whom, -1 nobody */
	size_t n_people, cap_people, n_countries, cap_countries, n_decoys, cap_decoys, n_offices, cap_offices;
	size_t n_problems, cap_problems, n_absent, cap_absent, n_ignored, cap_ignored, n_merged;
	uint32_t *country_first, *country_offices; /* rows of offices by row of countries */
	uint16_t *node_kinds; /* by node: bits of hang_kind, and NODE_GOES_ON */
	uint64_t small[26 * 26 * 16 / 64]; /* words that matter in small letters too: bits by small_index() */
	int32_t code_rows[26 * 26]; /* country of a code of two letters: row + 1 */
	uint32_t *id_slots, n_id_slots; /* open hash: id → row + 1 */
	uint64_t version;
};

const char *decoy_kind_word(enum decoy_kind kind);
/* gazetteer-table.c */
void tables_read(struct gazetteer *g, const char *dir, bool users);
void corrections_read(struct gazetteer *g, const char *dir);
int32_t person_find(const struct gazetteer *g, struct span id);   /* row or -1 */
int32_t country_find(const struct gazetteer *g, struct span code); /* row or -1 */
void problem_add(struct gazetteer *g, struct span file, uint32_t line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* gazetteer-forms.c */
void forms_build(struct gazetteer *g);
size_t words_of(struct trie *t, struct span text, uint32_t *out, size_t max, bool intern); /* SIZE_MAX: does not fit, or (not interning) a word is unknown */

/* First two letters and length of a folded word; -1 if it does not begin with two letters of ASCII. */
static inline int small_index(struct span word)
{
	unsigned a = word.n > 1 ? (unsigned char)word.p[0] - 'a' : 99, b = word.n > 1 ? (unsigned char)word.p[1] - 'a' : 99;
	return a < 26 && b < 26 ? (int)((a * 26 + b) * 16 + (word.n < 15 ? word.n : 15)) : -1;
}

/* The first hang of this kind at a node, 0 if none; go on with hang_next. */
static inline uint32_t hang_first(const struct trie *t, uint32_t node, enum hang_kind kind)
{
	uint32_t h = t->nodes[node];
	while (h && t->hangs[h].kind != kind)
		h = t->hangs[h].next;
	return h;
}
static inline uint32_t hang_next(const struct trie *t, uint32_t hang)
{
	unsigned kind = t->hangs[hang].kind;
	do
		hang = t->hangs[hang].next;
	while (hang && t->hangs[hang].kind != kind);
	return hang;
}

/* A table while it is read (gazetteer-table.c): the columns that are wanted, and the fields of the present row in that order. */
#define FIELDS_MAX 12
#define PROBLEMS_MAX 1000 /* more are not told */
#define FORM_LIMIT 200 /* bytes of one name; a longer one is a mistake */
struct table {
	struct gazetteer *g;
	struct span file;
	const char *const *columns;
	int at[FIELDS_MAX]; /* column of the file → wanted column, -1 not wanted */
	struct span field[FIELDS_MAX];
	uint32_t line;
	bool users;
};
typedef void (*row_fn)(struct table *t);
void table_read(struct gazetteer *g, const char *dir, const char *name, const char *const *columns, row_fn row, bool users); /* `columns`: up to NULL */

#endif
