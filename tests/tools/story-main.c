/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story-main < FILE.jsonl: every pair of documents with a band in common: id, id, resemblance, containment, exact?, same?, numbers and titles in common. To look at and to measure.
 * story-main PAIRS < FILE.jsonl: the same for the pairs of a file alone (id, id …), with a band in common or not (1, 0) behind the days between them and the shingles of the shorter one; last numbers and words of each.
 */
#include "base/io.h"
#include "base/mem.h"
#include "index/read/reader.h"
#include "index/facts/story.h"

#include <stdio.h>

struct doc {
	char id[128];
	struct story_sig sig;
	uint32_t bands[STORY_BANDS];
	day_t day;
};
struct band {
	uint32_t key;
	uint32_t doc;
};

static int share_band(const struct doc *x, const struct doc *y)
{
	for (int i = 0; i < STORY_BANDS; i++)
		for (int k = 0; k < STORY_BANDS; k++)
			if (x->bands[i] && x->bands[i] == y->bands[k])
				return 1;
	return 0;
}

static void say(const struct doc *x, const struct doc *y)
{
	printf("%s\t%s\t%.2f\t%.2f\t%d\t%d\t%.2f\t%.2f", x->id, y->id, (double)story_resemblance(&x->sig, &y->sig), (double)story_containment(&x->sig, &y->sig), x->sig.exact == y->sig.exact,
	       story_same(&x->sig, &y->sig, x->day && y->day ? x->day - y->day : 0), (double)story_numbers_shared(&x->sig, &y->sig), (double)story_titles_shared(&x->sig, &y->sig));
}

static const struct doc *by_id(const struct doc *docs, size_t n, struct span id)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(id, docs[i].id))
			return &docs[i];
	return NULL;
}

static void say_pairs(const char *path, const struct doc *docs, size_t n)
{
	AUTO_STR struct str file = {0};
	struct err err = {0};
	struct span rest, line, a, b;
	if (io_read_file(path, 1 << 24, &file, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return;
	}
	for (rest = str_view(&file); span_cut(&rest, '\n', &line);) {
		if (span_starts(line, "#") || !span_cut(&line, '\t', &a) || !span_cut(&line, '\t', &b))
			continue;
		const struct doc *x = by_id(docs, n, a), *y = by_id(docs, n, b);
		if (!x || !y)
			continue;
		say(x, y);
		uint32_t nx = story_shingles(&x->sig), ny = story_shingles(&y->sig);
		printf("\t%d\t%u\t%d\t%u/%u\t%u/%u\n", x->day && y->day ? abs(x->day - y->day) : 0, nx < ny ? nx : ny, share_band(x, y), x->sig.n_numbers, x->sig.n_words, y->sig.n_numbers, y->sig.n_words);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->doc > y->doc) - (x->doc < y->doc);
}

static int by_pair(const void *a, const void *b) { return (*(const uint64_t *)a > *(const uint64_t *)b) - (*(const uint64_t *)a < *(const uint64_t *)b); }

int main(int argc, char **argv)
{
	struct read_limits limits = reader_default_limits();
	struct doc *docs = NULL;
	size_t n = 0, cap = 0, n_pairs = 0, pair_cap = 0;
	char *line = NULL;
	size_t line_cap = 0;
	ssize_t len;
	struct arena a = {0};
	while ((len = getline(&line, &line_cap, stdin)) > 0) {
		struct document d;
		struct err err;
		arena_reset(&a);
		if (reader_from_json(&a, (struct span){line, (size_t)len}, &limits, &d, &err) || clean_document(&a, &limits, &d, &err))
			continue;
		docs = mem_grow(docs, &cap, n + 1, sizeof *docs);
		snprintf(docs[n].id, sizeof docs[n].id, "%.*s", SPAN_ARG(d.id));
		docs[n].day = interval_any(d.published.days) ? d.published.days.from : 0;
		story_signature(d.title, d.text, &docs[n].sig, docs[n].bands);
		n++;
	}
	if (argc > 1) {
		say_pairs(argv[1], docs, n);
		return 0;
	}
	struct band *bands = mem_alloc(n * STORY_BANDS * sizeof *bands);
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < STORY_BANDS; b++)
			if (docs[i].bands[b])
				bands[m++] = (struct band){docs[i].bands[b], (uint32_t)i};
	qsort(bands, m, sizeof *bands, by_key);
	uint64_t *pairs = NULL;
	for (size_t i = 0; i < m; i++)
		for (size_t k = i + 1; k < m && k < i + 200 && bands[k].key == bands[i].key; k++) {
			pairs = mem_grow(pairs, &pair_cap, n_pairs + 1, sizeof *pairs);
			pairs[n_pairs++] = (uint64_t)bands[i].doc << 32 | bands[k].doc;
		}
	qsort(pairs, n_pairs, sizeof *pairs, by_pair);
	for (size_t i = 0; i < n_pairs; i++) {
		if (i && pairs[i] == pairs[i - 1])
			continue;
		struct doc *x = &docs[pairs[i] >> 32], *y = &docs[(uint32_t)pairs[i]];
		say(x, y);
		putchar('\n');
	}
	fprintf(stderr, "%zu documents, %zu bands, %zu pairs with repeats\n", n, m, n_pairs);
	free(pairs);
	free(bands);
	free(docs);
	free(line);
	arena_done(&a);
	return 0;
}
