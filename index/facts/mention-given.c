/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Given names of the text against those of the leaders that bear a family name: the same, shortened, as initials, spelled
 * with a letter's difference, with other names between. Who fits best is kept; a middle initial that differs is another person.
 */
#include "index/facts/mention-inner.h"

static char first_letter(const struct reading *r, uint32_t word) { return r->g->trie.bytes.p[r->g->trie.words[word].at]; }

/* Letters to be changed to make one word of the other, as far as limit. */
static size_t letters_apart(struct span a, struct span b, size_t limit)
{
	size_t row[32], i, j;
	if (a.n >= 32 || b.n >= 32 || (a.n > b.n ? a.n - b.n : b.n - a.n) > limit)
		return limit + 1;
	for (j = 0; j <= b.n; j++)
		row[j] = j;
	for (i = 1; i <= a.n; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (j = 1; j <= b.n; j++) {
			size_t swap = corner + (a.p[i - 1] != b.p[j - 1]);
			corner = row[j];
			row[j] = swap < row[j] + 1 ? swap : row[j] + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
		}
	}
	return row[b.n];
}

static bool sound_alike(char a, char b) { return (a == 'v' && b == 'w') || (a == 'k' && b == 'c') || (a == 'j' && b == 'y') || (a == 'k' && b == 'q'); }

/* Another way of writing the same given name: "Constantin" for "Constantine", "Yitzak" for "Yitzhak". */
static bool nearly_same(const struct reading *r, size_t i, uint32_t word)
{
	struct span a = token_word(r->t, i), b = {r->g->trie.bytes.p + r->g->trie.words[word].at, r->g->trie.words[word].len};
	if (a.n < 5 || b.n < 5 || (a.p[0] != b.p[0] && !sound_alike(a.p[0], b.p[0]) && !sound_alike(b.p[0], a.p[0])))
		return false;
	size_t limit = a.n >= 9 && b.n >= 9 ? 2 : 1;
	return letters_apart(a, b, limit) <= limit && (a.n >= 6 || b.n >= 6);
}

struct alignment {
	size_t used, same, unknown, stretched; /* names of the table passed; words equal, unknown, matched by an initial of the table */
	bool exact, conflict;                  /* conflict: another middle initial */
};

static bool word_fits(const struct reading *r, size_t i, uint32_t word)
{
	if (word_at(r, i) && word_at(r, i) == word)
		return true;
	return (initial_at(r, i) || r->g->trie.words[word].len == 1) && first_letter(r, word) == r->t->words[r->t->v[i].word];
}

/* Lays the words of the text along the given names of the table, in order; names may be left out. */
static struct alignment align(const struct reading *r, size_t from, size_t to, const struct given *v)
{
	struct alignment a = {.exact = to - from == v->n};
	for (size_t i = from; i < to; i++) {
		size_t j = a.used;
		while (j < v->n && !word_fits(r, i, v->words[j]))
			j++;
		bool equal = j < v->n && word_at(r, i) == v->words[j];
		a.exact = a.exact && equal && j == i - from;
		if (j < v->n) {
			a.same += equal && !initial_at(r, i);
			a.stretched += !equal && !initial_at(r, i);
			a.used = j + 1;
		} else if (i == from) {
			return a; /* the first one is another already */
		} else {
			a.unknown++;
			a.conflict |= initial_at(r, i) && v->n > 1 && a.used < v->n;
		}
	}
	return a;
}

/* "Mohammed Anwar Sadat": the first name is another, the last one is his. */
static bool last_is_theirs(const struct reading *r, size_t from, size_t to, const struct given *v)
{
	for (size_t j = 0; to - from > 1 && word_at(r, to - 1) && r->t->v[to - 1].len > 2 && j < v->n; j++)
		if (word_at(r, to - 1) == v->words[j])
			return true;
	return false;
}

/* How well tokens [from, to) are these given names: 100 exactly, 90 shortened, 85 initials alone, 75 and 70 nearly or with others between, 60 with another before; 0 not, -1 another middle initial. */
static int given_grade(const struct reading *r, size_t from, size_t to, const struct given *v)
{
	size_t n = to - from;
	if (n == 1 && v->joined && word_at(r, from) == v->joined)
		return 100;
	struct alignment a = align(r, from, to, v);
	if (a.conflict)
		return -1;
	if (v->derived && (n != v->n || a.unknown))
		return 0;
	if (!a.used && n <= v->n + 1 && nearly_same(r, from, v->words[0]))
		return n == 1 ? 75 : 70;
	if (!a.used)
		return last_is_theirs(r, from, to, v) ? 60 : 0;
	if (a.exact)
		return 100;
	if ((a.stretched || a.unknown) && !a.same)
		return 0;
	return a.unknown ? 70 : a.same ? 90 : 85;
}

static int person_grade(const struct reading *r, const struct person *p, size_t from, size_t to, bool right)
{
	int best = 0;
	bool conflict = false;
	for (uint32_t i = 0; i < p->n_given; i++) {
		int grade = given_grade(r, from, to, &p->given[i]);
		conflict |= grade < 0;
		if (right && grade < 100)
			grade = 0;
		if (grade > best)
			best = grade;
	}
	return conflict && best < 85 ? 0 : best;
}

void given_fit(const struct reading *r, uint32_t node, size_t from, size_t to, bool right, struct fit *out)
{
	const struct trie *t = &r->g->trie;
	for (uint32_t h = hang_first(t, node, HANG_FAMILY); h; h = hang_next(t, h)) {
		const struct person *p = &r->g->people[t->hangs[h].what];
		if (right && p->order != ORDER_FIRST)
			continue;
		int grade = person_grade(r, p, from, to, right);
		if (p->order == ORDER_FIRST && grade < 100 && grade != 75)
			continue;
		if (grade == 0 || grade < out->grade)
			continue;
		if (grade > out->grade)
			out->n = 0, out->grade = grade;
		if (!out->who)
			out->who = arena_array(r->a, uint32_t, 16);
		if (out->n < 16)
			out->who[out->n++] = t->hangs[h].what;
	}
}

bool family_order(const struct reading *r, uint32_t node, enum name_order order)
{
	for (uint32_t h = hang_first(&r->g->trie, node, HANG_FAMILY); h; h = hang_next(&r->g->trie, h))
		if (r->g->people[r->g->trie.hangs[h].what].order == order)
			return true;
	return false;
}

bool given_is(const struct reading *r, uint32_t node, uint32_t word)
{
	for (uint32_t h = word ? hang_first(&r->g->trie, node, HANG_FAMILY) : 0; h; h = hang_next(&r->g->trie, h)) {
		const struct person *p = &r->g->people[r->g->trie.hangs[h].what];
		for (uint32_t i = 0; i < p->n_given; i++)
			for (uint32_t k = 0; k < p->given[i].n; k++)
				if (p->given[i].words[k] == word)
					return true;
	}
	return false;
}
