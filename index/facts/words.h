/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language around names: flags of single words, and titles; both from words.def. */
#ifndef DOSSIER_INDEX_FACTS_WORDS_H
#define DOSSIER_INDEX_FACTS_WORDS_H

#include "index/facts/trie.h"

enum word_flag {
	WORD_COMMON = 1,    /* no given name, though capitalised */
	WORD_KIN = 2,       /* wife, brother … */
	WORD_PARTICLE = 4,  /* de, van, bin: belongs to the name behind it */
	WORD_ARTICLE = 8,   /* al, el: may stand before a family name or not */
	WORD_FORMER = 16,   /* takes an office away: former, ex, vice */
	WORD_FREQUENT = 32, /* a family name that says little */
	WORD_JUNIOR = 64,   /* Jr., III */
	WORD_VOCABULARY = 128, /* word of the language by a decoy row ("May"): a name only with context */
	WORD_NATION = 256,  /* adjective or name of a country, in one word */
	WORD_TITLE = 512,   /* part of a title */
	WORD_FUNCTION = 2048, /* common, and names nothing: the, of, was */
	WORD_GIVEN = 4096,  /* a given name that is often met, or a leader's */
	WORD_CITY = 8192,   /* a capital in one word */
	WORD_RULE = 16384,  /* administration, regime: the name before it rules or ruled */
	WORD_VERB = 32768,  /* common, and says what somebody does */
	WORD_WESTERN = 65536, /* a given name of so many that a full name may be another's */
	WORD_GERMAN = 131072, /* among the most frequent of a language that writes nouns with a capital */
	WORD_FEMALE = 1024, /* a woman's given name */
};

enum title_class { TITLE_STATE, TITLE_GOVERNMENT, TITLE_LEADER, TITLE_POLITE, TITLE_BOARD, TITLE_OTHER, TITLE_LADY, TITLE_NONE };
struct title {
	uint8_t class;   /* enum title_class */
	uint8_t offices; /* bits of enum office_kind that it may mean; 0: none */
	const char *phrase;
};

extern const struct title titles[];
extern const size_t n_titles;
void words_build(struct trie *t); /* interns the words and sets their flags */
/* Shaped like a Chinese or Korean given name: "jae", "chun", "zhaoxing"; folded ASCII. */
bool word_is_syllables(struct span word);

#endif
