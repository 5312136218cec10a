/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story-main < FILE.jsonl: every pair of documents with a band in common: id, id, resemblance, containment, same? To look at and to measure. */
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

static int by_key(const void *a, const void *b)
{
	const struct band *x = a, *y = b;
	return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->doc > y->doc) - (x->doc < y->doc);
}

static int by_pair(const void *a, const void *b) { return (*(const uint64_t *)a > *(const uint64_t *)b) - (*(const uint64_t *)a < *(const uint64_t *)b); }

int main(void)
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
		printf("%s\t%s\t%.2f\t%.2f\t%d\t%d\t%.2f\t%.2f\n", x->id, y->id, (double)story_resemblance(&x->sig, &y->sig), (double)story_containment(&x->sig, &y->sig), x->sig.exact == y->sig.exact, story_same(&x->sig, &y->sig, x->day && y->day ? x->day - y->day : 0), (double)story_numbers_shared(&x->sig, &y->sig), (double)story_titles_shared(&x->sig, &y->sig));
	}
	fprintf(stderr, "%zu documents, %zu bands, %zu pairs with repeats\n", n, m, n_pairs);
	free(pairs);
	free(bands);
	free(docs);
	free(line);
	arena_done(&a);
	return 0;
}
