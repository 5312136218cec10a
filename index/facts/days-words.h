/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of words of the temporal tagger; for days-lex.c, which asks it, and days-match.c, which builds it with the rules. */
#ifndef DOSSIER_INDEX_FACTS_DAYS_WORDS_H
#define DOSSIER_INDEX_FACTS_DAYS_WORDS_H

#include "index/facts/days-parts.h"

#define WORDS_MAX 1536
#define WORD_SLOTS 8192

struct words *days_words_build(void); /* from days-words.def; static memory, call once */
uint16_t words_count(const struct words *w);
uint16_t word_lower(const struct words *w, uint16_t word); /* what the word is without its capital */
int32_t word_value(const struct words *w, uint16_t word, enum day_class c);

#endif
