/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of words: days-words.def and every word that a pattern names, found by one look-up of eight bytes and a length.
 * A word that needs its capital ("May") has two rows; the one without capital holds what is left of its classes.
 * Built once; after that nobody writes to it.
 */
#include "index/facts/days-words.h"

#include <assert.h>

#define CAP 1u
#define ABBR 2u
#define PAIRS_MAX 4

struct word_row {
	struct span text;
	uint64_t classes;
	struct {
		uint8_t class, flags;
		int16_t value;
	} pair[PAIRS_MAX];
	uint8_t n_pairs;
	bool abbreviates;
	uint16_t lower; /* the row for the word without a capital; itself where that makes no difference */
};

struct words {
	struct word_row row[WORDS_MAX];
	uint16_t n;
	uint16_t slot[WORD_SLOTS];
};

static const uint64_t made_classes[MADE_COUNT_] = {
#define X(name, classes) [MADE_##name] = (classes),
	MADE_ITEMS(X)
#undef X
};

static uint64_t load_key(struct span s)
{
	uint32_t lo, hi;
	uint64_t k;
	if (s.n >= 8)
		return memcpy(&k, s.p, 8), k;
	if (s.n >= 4)
		return memcpy(&lo, s.p, 4), memcpy(&hi, s.p + s.n - 4, 4), lo | (uint64_t)hi << (8 * (s.n - 4));
	k = 0;
	for (size_t i = 0; i < s.n; i++)
		k |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
	return k;
}

static size_t slot_of(struct span s) { return (size_t)(((load_key(s) + s.n * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xD6E8FEB86659FD93)) >> 51) & (WORD_SLOTS - 1); }

uint16_t word_find(const struct words *w, struct span s)
{
	for (size_t i = slot_of(s); w->slot[i]; i = (i + 1) & (WORD_SLOTS - 1))
		if (span_eq(w->row[w->slot[i]].text, s))
			return w->slot[i];
	return 0;
}

uint16_t word_literal(struct words *w, struct span s)
{
	uint16_t id = word_find(w, s);
	if (id)
		return id;
	assert(w->n < WORDS_MAX);
	id = w->n++;
	w->row[id] = (struct word_row){.text = s, .lower = id};
	size_t i = slot_of(s);
	while (w->slot[i])
		i = (i + 1) & (WORD_SLOTS - 1);
	w->slot[i] = id;
	return id;
}

static void add_pair(struct word_row *r, enum day_class c, int value, unsigned flags)
{
	assert(r->n_pairs < PAIRS_MAX);
	r->pair[r->n_pairs].class = (uint8_t)c;
	r->pair[r->n_pairs].flags = (uint8_t)flags;
	r->pair[r->n_pairs++].value = (int16_t)value;
	r->classes |= CLASS_BIT(c);
	r->abbreviates |= (flags & ABBR) != 0;
}

int32_t word_value(const struct words *w, uint16_t word, enum day_class c)
{
	const struct word_row *r = &w->row[word];
	for (int i = 0; i < r->n_pairs; i++)
		if (r->pair[i].class == c)
			return r->pair[i].value;
	return 0;
}

/* Words with a class that needs the capital get a second row. */
static void split_capitals(struct words *w)
{
	for (uint16_t id = MADE_COUNT_, n = w->n; id < n; id++) {
		struct word_row *r = &w->row[id], low = {.text = r->text, .abbreviates = r->abbreviates};
		for (int i = 0; i < r->n_pairs; i++)
			if (!(r->pair[i].flags & CAP))
				add_pair(&low, r->pair[i].class, r->pair[i].value, r->pair[i].flags);
		if (low.n_pairs == r->n_pairs)
			continue;
		assert(w->n < WORDS_MAX);
		low.lower = r->lower = w->n;
		w->row[w->n++] = low;
	}
}

static struct words the_words;

struct words *days_words_build(void)
{
	struct words *w = &the_words;
	w->n = MADE_COUNT_;
	for (int i = 1; i < MADE_COUNT_; i++)
		w->row[i] = (struct word_row){.classes = made_classes[i], .lower = (uint16_t)i};
#define W(class, word, value, flags) add_pair(&w->row[word_literal(w, SPAN(word))], CL_##class, value, flags);
#include "index/facts/days-words.def"
#undef W
	for (uint16_t id = MADE_COUNT_; id < w->n; id++) /* "March eighth" */
		if (word_value(w, id, CL_ORD) >= 1 && word_value(w, id, CL_ORD) <= 31)
			add_pair(&w->row[id], CL_DOMWORD, word_value(w, id, CL_ORD), 0);
	split_capitals(w);
	return w;
}

uint16_t words_count(const struct words *w) { return w->n; }
uint64_t word_classes(const struct words *w, uint16_t word) { return w->row[word].classes; }
uint16_t word_lower(const struct words *w, uint16_t word) { return w->row[word].lower; }
bool word_abbreviates(const struct words *w, uint16_t word) { return w->row[word].abbreviates; }

int32_t item_value(const struct words *w, const struct item *i, enum day_class c) { return i->word < MADE_COUNT_ ? i->value : word_value(w, i->word, c); }
