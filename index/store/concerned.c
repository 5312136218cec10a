/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of changes get numbers, and the words of the segment are told which they are; then each document is a walk over its stream
 * that marks what it meets. A change is looked at when its rarest word is met, so that "kim jong un" costs nothing in the
 * thousands of documents that hold a Kim.
 */
#include "index/store/concerned.h"

#include "base/mem.h"
#include "index/facts/tokens.h"

struct search {
	const struct changes *c;
	const struct segment_body *b;
	uint32_t *wanted;   /* by word of the segment: index of c->words + 1 */
	uint32_t *mark;     /* by index: the row + 1 in which it was met last */
	uint32_t *first, *next; /* changes by their rarest word: lists, change + 1 */
	uint32_t *stream, *met; /* met: indices in the row at hand */
	size_t room, n_met, n_segment_words;
	size_t *source_start; /* by source: index into source_words, which are indices of c->words */
	struct str source_words;
	bool *in_source;    /* by index */
	bool titled;        /* the row holds a title */
};

/* Which of the words stand in the name of each source. */
static void read_sources(struct search *s)
{
	const struct dictionary *d = &s->b->columns.source_names;
	AUTO_ARENA struct arena a = {0};
	struct names words = {0};
	struct tokens t;
	for (size_t i = 0; i < s->c->n_words; i++)
		names_add(&words, s->c->words[i]);
	s->source_start = mem_alloc((d->n + 1u) * sizeof *s->source_start);
	s->in_source = mem_alloc((s->c->n_words + 1) * sizeof *s->in_source);
	for (uint32_t k = 0; k < d->n; k++, arena_reset(&a)) {
		tokens_make(&a, dictionary_at(d, k), &t);
		for (size_t i = 0; i < t.n; i++) {
			uint32_t index = names_find(&words, token_word(&t, i));
			if (index == NO_NAME)
				continue;
			str_add(&s->source_words, &index, sizeof index);
			s->in_source[index] = true;
		}
		s->source_start[k + 1] = s->source_words.n / sizeof(uint32_t);
	}
	names_done(&words);
}

static void prepare(struct search *s)
{
	const struct changes *c = s->c;
	AUTO_FREE uint64_t *often = mem_alloc((c->n_words + 1) * sizeof *often);
	read_sources(s);
	s->n_segment_words = streams_n_words(s->b->streams);
	s->wanted = mem_alloc((streams_n_words(s->b->streams) + 1u) * sizeof *s->wanted);
	s->mark = mem_alloc((c->n_words + 1) * sizeof *s->mark);
	s->first = mem_alloc((c->n_words + 1) * sizeof *s->first);
	s->next = mem_alloc((c->n + 1) * sizeof *s->next);
	s->met = mem_alloc((c->n_words + 1) * sizeof *s->met);
	for (uint32_t i = 0; i < c->n_words; i++) {
		uint32_t word = streams_word(s->b->streams, c->words[i]);
		often[i] = s->in_source[i] ? UINT64_MAX : word == NO_NAME ? 0 : streams_word_count(s->b->streams, word);
		if (word != NO_NAME)
			s->wanted[word] = i + 1;
	}
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t rarest = c->v[i].words[0];
		for (uint32_t k = 1; k < c->v[i].n; k++)
			rarest = often[c->v[i].words[k]] < often[rarest] ? c->v[i].words[k] : rarest;
		if (often[rarest]) {
			s->next[i] = s->first[rarest];
			s->first[rarest] = i + 1;
		}
	}
}

static void meet(struct search *s, uint32_t index, uint32_t row)
{
	s->titled |= s->c->title[index];
	if (s->mark[index] == row + 1)
		return;
	s->mark[index] = row + 1;
	s->met[s->n_met++] = index;
}

static void meet_source(struct search *s, uint32_t row)
{
	const uint32_t *v = (const uint32_t *)(const void *)s->source_words.p;
	uint32_t source = s->b->columns.source[row];
	if (source == NO_ORDINAL)
		return;
	for (size_t i = s->source_start[source]; i < s->source_start[source + 1]; i++)
		meet(s, v[i], row);
}

static void meet_words(struct search *s, uint32_t row)
{
	size_t n_title, n;
	while ((n = streams_read(s->b->streams, row, s->stream, s->room, &n_title)) > s->room)
		s->stream = mem_resize(s->stream, (s->room = n) * sizeof *s->stream);
	s->n_met = 0;
	s->titled = false;
	for (size_t i = 0; i < n; i++)
		if (s->stream[i] < s->n_segment_words && s->wanted[s->stream[i]])
			meet(s, s->wanted[s->stream[i]] - 1, row);
}

static bool holds(const struct search *s, const struct change *c, uint32_t row)
{
	bool all = !c->titled || s->titled;
	for (uint32_t i = 0; i < c->n && all; i++)
		all = s->mark[c->words[i]] == row + 1;
	return all;
}

static bool concerns(struct search *s, uint32_t row)
{
	meet_words(s, row);
	meet_source(s, row);
	for (size_t i = 0; i < s->n_met; i++)
		for (uint32_t k = s->first[s->met[i]]; k; k = s->next[k - 1])
			if (holds(s, &s->c->v[k - 1], row))
				return true;
	return false;
}

static void add_named(const struct changes *c, const struct segment_body *b, const roaring_bitmap_t *dead, roaring_bitmap_t *out)
{
	uint32_t row;
	for (size_t i = 0; i < c->n_documents; i++)
		if (body_find(b, dead, c->documents[i], &row, NULL))
			roaring_bitmap_add(out, row);
}

roaring_bitmap_t *concerned_rows(const struct changes *c, const struct segment_body *b, const roaring_bitmap_t *dead)
{
	roaring_bitmap_t *out = roaring_bitmap_create();
	struct search s = {.c = c, .b = b, .room = 4096};
	add_named(c, b, dead, out);
	if (c->n == 0)
		return out;
	prepare(&s);
	s.stream = mem_alloc(s.room * sizeof *s.stream);
	for (uint32_t row = 0; row < b->n_rows; row++)
		if (!(dead && roaring_bitmap_contains(dead, row)) && concerns(&s, row))
			roaring_bitmap_add(out, row);
	free(s.wanted), free(s.mark), free(s.first), free(s.next), free(s.stream), free(s.met);
	free(s.source_start), free(s.in_source);
	str_done(&s.source_words);
	return out;
}
