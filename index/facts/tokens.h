/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One tokenisation for index, leaders and days.
 *
 * A token is a run of letters and digits (marks belong to it), or one character of Chinese, Japanese or Korean script.
 * Everything else parts tokens: "Kim Jong-un's" is kim·jong·un·s, "U.S." is u·s, "26/4/2019" is 26·4·2019, "3rd" and "Q3" are one.
 * What stood between two tokens is kept in `before`, so that each reader can decide what holds together:
 *
 *	text   Kim   Jong  -   un   ’s   visit.   In   2019
 *	word   kim   jong      un   s    visit    in   2019
 *	before '^'   ' '       '-'  '\'' ' '      '.'  ' '
 */
#ifndef DOSSIER_INDEX_FACTS_TOKENS_H
#define DOSSIER_INDEX_FACTS_TOKENS_H

#include "base/arena.h"

enum token_flag {
	TOKEN_UPPER = 1,     /* begins with a capital */
	TOKEN_CAPS = 2,      /* two or more letters, all capitals */
	TOKEN_DIGITS = 4,    /* digits alone */
	TOKEN_HAS_DIGIT = 8,
	TOKEN_CJK = 16,
	TOKEN_SENTENCE = 32, /* first of a sentence */
	TOKEN_PARAGRAPH = 64, /* first after a line break that ends a paragraph (or of the text) */
	TOKEN_POSSESSIVE = 128, /* the "s" of 's */
};

struct token {
	uint32_t start, end; /* bytes of the text */
	uint32_t word;       /* offset of the folded word in tokens.words */
	uint16_t len;        /* of the folded word; longer words are cut at 255 bytes */
	uint8_t flags;
	char before;         /* what parts it from the one before: '^' start, ' ' space, '\n' line break, or the punctuation that matters
	                        most there: '.' '!' '?' ';' ':' ',' '(' ')' '"' '-' (any dash glued) '_' (dash with spaces) '\'' '/' '&' '%' '$' or '*' for any other */
};

struct tokens {
	struct span text;
	struct token *v;
	size_t n;
	const char *words; /* folded words, back to back */
	struct sentence *sentences;
	size_t n_sentences;
};

/* Cuts the text; everything comes from the arena. Linear. Text may be any bytes; bad UTF-8 parts tokens. */
void tokens_make(struct arena *a, struct span text, struct tokens *out);
static inline struct span token_word(const struct tokens *t, size_t i) { return (struct span){t->words + t->v[i].word, t->v[i].len}; }
static inline struct span token_surface(const struct tokens *t, size_t i) { return (struct span){t->text.p + t->v[i].start, t->v[i].end - t->v[i].start}; }
/* True when nothing but white space lies between tokens i-1 and i (or nothing at all). */
static inline bool token_follows(const struct tokens *t, size_t i) { return t->v[i].before == ' ' || t->v[i].before == '\n'; }

#endif
