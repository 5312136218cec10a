/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast are tokens, matching and resolving, on one core with the whole table?
 *
 *	leaders-bench DATA-DIR [ROUNDS] < documents.ndjson
 *
 * Prints NAME<TAB>VALUE: table load, MB/s of tokenising alone and of all of it, mentions found, memory of the table.
 */
#include "base/json.h"
#include "index/facts/facts.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct docs {
	struct document *v;
	size_t n, cap, bytes;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_docs(struct arena *a, struct docs *out)
{
	char *line = NULL;
	size_t cap = 0;
	struct err err;
	for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
		AUTO_JSON json_t *in = NULL;
		if (json_read((struct span){line, (size_t)n}, 8, &in, &err))
			continue;
		struct document *d = arena_push(a, out->v, out->n, out->cap);
		*d = (struct document){.text = arena_span(a, json_span(in, "text")), .title = arena_span(a, json_span(in, "title")), .id = SPAN("d")};
		if (!interval_parse(json_span(in, "date"), &d->published.days))
			interval_parse(json_span(in, "published"), &d->published.days);
		out->bytes += d->text.n;
	}
	free(line);
}

/* Seconds for one round over all documents; with leaders or the tokens alone. */
static double round_of(const struct gazetteer *g, const struct docs *docs, bool leaders, size_t *mentions)
{
	AUTO_ARENA struct arena a = {0};
	double from = now();
	*mentions = 0;
	for (size_t i = 0; i < docs->n; i++) {
		struct tokens t;
		struct facts f = {0};
		arena_reset(&a);
		tokens_make(&a, docs->v[i].text, &t);
		if (leaders)
			leaders_find(&a, g, &docs->v[i], &t, &f);
		*mentions += leaders ? f.n_mentions : t.n;
	}
	return now() - from;
}

int main(int argc, char **argv)
{
	struct gazetteer *g;
	struct err err;
	AUTO_ARENA struct arena a = {0};
	struct docs docs = {0};
	int rounds = argc > 2 ? atoi(argv[2]) : 3;
	size_t found = 0, heap = mallinfo2().uordblks + mallinfo2().hblkhd;
	if (argc < 2)
		return fprintf(stderr, "usage: leaders-bench DATA-DIR [ROUNDS] < documents.ndjson\n"), 64;
	double from = now();
	if (gazetteer_load(argv[1], NULL, &g, &err))
		return fprintf(stderr, "%s\n", err.msg), 1;
	printf("load_ms\t%.1f\nleaders\t%zu\n", (now() - from) * 1000, gazetteer_n_leaders(g));
	printf("table_MB\t%.1f\n", (double)(mallinfo2().uordblks + mallinfo2().hblkhd - heap) / 1e6);
	read_docs(&a, &docs);
	double tokens = 1e9, all = 1e9;
	for (int i = 0; i < rounds; i++) {
		double t = round_of(g, &docs, false, &found);
		tokens = t < tokens ? t : tokens;
		t = round_of(g, &docs, true, &found);
		all = t < all ? t : all;
	}
	double mb = (double)docs.bytes / 1e6;
	printf("documents\t%zu\nMB\t%.1f\ntokens_MB_s\t%.1f\nall_MB_s\t%.1f\nmentions\t%zu\n", docs.n, mb, mb / tokens, mb / all, found);
	gazetteer_free(g);
	return 0;
}
