/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Candidates are words that begin with the same two bytes (then: the same one), most frequent first, as the vocabularies of the
 * segments give them; a slip in the very first letter is not found. Distance is Damerau's, restricted: no letter is edited twice.
 * Two words written as one ("jongun") are parted where both stand in a row somewhere.
 */
#include "index/query/spell.h"

#include "base/edits.h"
#include "base/utf8.h"

#include <stdlib.h>

#define LOOK_AT  4000
#define LONGEST  32

struct guess {
	struct span word;
	unsigned distance;
	uint32_t count;
};

static void try_view(struct job *j, const struct view *v, struct span word, size_t prefix, unsigned most, struct guess *best)
{
	uint32_t *words = arena_raw(j->a, LOOK_AT * sizeof *words);
	size_t n = streams_words_with_prefix(v->seg->streams, span_sub(word, 0, prefix), words, LOOK_AT);
	for (size_t i = 0; i < n && i < LOOK_AT; i++) {
		struct span w = streams_word_text(v->seg->streams, words[i]);
		unsigned d = edits_between(word, w, most);
		uint32_t count = streams_word_count(v->seg->streams, words[i]);
		if (d == 0 || d > most || count < 2)
			continue;
		if (d < best->distance || (d == best->distance && count > best->count))
			*best = (struct guess){w, d, count};
	}
}

static uint64_t occurs(struct job *j, struct span word)
{
	uint64_t n = 0;
	for (size_t i = 0; i < j->e->n_views; i++) {
		uint32_t number = streams_word(j->e->views[i]->seg->streams, word);
		n += number == NO_WORD ? 0 : streams_word_count(j->e->views[i]->seg->streams, number);
	}
	return n;
}

/* In how many documents these two stand in a row. */
static uint64_t rows_of_pair(struct job *j, struct span a, struct span b)
{
	struct span words[2] = {a, b};
	struct leaf l = {.kind = LEAF_PHRASE, .words = words, .n_words = 2, .positive = true, .text = arena_printf(j->a, "\"%.*s %.*s\"", SPAN_ARG(a), SPAN_ARG(b))};
	struct leaf_plan plan;
	uint64_t n = 0;
	leaf_prepare(j, &l, &plan);
	for (size_t i = 0; i < j->e->n_views; i++)
		n += bits_count(leaf_rows(j, &plan, j->e->views[i]), j->e->views[i]->n_words);
	return n;
}

/* "jongun": two words that stand in a row somewhere, as often as any two do. */
static struct span split(struct job *j, struct span word)
{
	struct span best = SPAN_NONE;
	uint64_t most = 0;
	for (size_t at = 2; at + 2 <= word.n; at++) {
		struct span a = span_sub(word, 0, at), b = span_sub(word, at, word.n);
		uint64_t n = utf8_floor(word, at) == at && occurs(j, a) && occurs(j, b) ? rows_of_pair(j, a, b) : 0;
		if (n > most) {
			most = n;
			best = arena_printf(j->a, "%.*s %.*s", SPAN_ARG(a), SPAN_ARG(b));
		}
	}
	return best;
}

#define RARER 20u /* a word that occurs may be a slip, too, if one like it is so much more frequent */

static struct span guess_for(struct job *j, struct span word, bool only_unknown)
{
	struct guess best = {.distance = 99};
	if (word.n < 4 || word.n > LONGEST)
		return SPAN_NONE;
	uint64_t known = occurs(j, word);
	if (known && only_unknown)
		return SPAN_NONE;
	unsigned most = word.n > (known ? 8u : 5u) ? 2 : 1;
	if (known && word.n < 7) /* short words are like many others */
		return SPAN_NONE;
	for (size_t prefix = 2; prefix > 0 && best.distance == 99 && !(known && prefix == 1); prefix--)
		for (size_t i = 0; i < j->e->n_views; i++)
			try_view(j, j->e->views[i], word, prefix, most, &best);
	if (known)
		return best.count >= RARER * known ? best.word : SPAN_NONE;
	struct span two = best.distance > 1 ? split(j, word) : SPAN_NONE;
	return two.n ? two : best.word;
}

/* Replaces the word where it stands in the text, ASCII case ignored. */
static bool replace(struct str *text, const char *word, struct span by)
{
	ptrdiff_t at = span_ifind(str_view(text), word);
	if (at < 0)
		return false;
	struct str out = {0};
	str_add(&out, text->p, (size_t)at);
	str_span(&out, by);
	size_t end = (size_t)at + strlen(word);
	str_add(&out, text->p + end, text->n - end);
	str_done(text);
	*text = out;
	return true;
}

/* Does the text alone find anything? */
static bool text_finds(struct job *j, const struct plan *p)
{
	for (size_t i = 0; i < j->e->n_views && p->text; i++) {
		const struct view *v = j->e->views[i];
		for (size_t w = 0; w < v->n_words; w++)
			if (p->text[i][w] & (v->alive ? v->alive[w] : UINT64_MAX))
				return true;
	}
	return false;
}

/* Where it is a filter that leaves nothing, a word that occurs is no slip. */
void spell_write(struct job *j, const struct plan *p)
{
	bool filtered = p->n_filters && p->total == 0 && text_finds(j, p);
	struct str text = {0};
	bool changed = false;
	if (p->total == 0 || p->relaxed)
		for (size_t i = 0; i < p->tree.n_leaves; i++) {
			const struct leaf *l = &p->tree.leaves[i];
			for (uint32_t k = 0; l->positive && l->kind <= LEAF_NEAR && l->kind != LEAF_PREFIX && k < l->n_words; k++) {
				struct span better = guess_for(j, l->words[k], filtered);
				if (!better.n)
					continue;
				if (!text.n)
					str_span(&text, j->r.q);
				changed |= replace(&text, arena_z(j->a, l->words[k]), better);
			}
		}
	if (changed)
		jw_str(&j->w, str_view(&text));
	else
		jw_null(&j->w);
	str_done(&text);
}
