/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the index part is: records in, a sealed and merged index out.
 *
 *	store-bench [--seal N] [--builders N] [--commit N] [--keep DIR] [--no-sync] [--no-merge] file.jsonl …
 *
 * Each line has "text" and perhaps "title"; texts over 4 KB are cut into articles of about 2 KB. Records are made before the clock
 * starts (reading and fact finding are measured elsewhere). Prints what was asked for in one line each: MB are 10^6 bytes of text.
 */
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/facts/tokens.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define ARTICLE 2048

struct corpus {
	struct str records; /* back to back */
	struct str sizes;   /* size_t each */
	size_t n;
	uint64_t text_bytes;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "store-bench: %s: %s\n", what, err->msg);
	exit(1);
}

static void add_article(struct corpus *c, struct span title, struct span text)
{
	AUTO_ARENA struct arena a = {0};
	struct tokens t;
	tokens_make(&a, text, &t);
	struct document d = {.id = arena_printf(&a, "bench/%zu", c->n), .source = SPAN("bench"), .lang = SPAN("en"), .title = title, .text = text};
	struct facts f = {.sentences = t.sentences, .n_sentences = t.n_sentences};
	d.content_hash = span_hash(text);
	size_t before = c->records.n;
	record_encode(&c->records, &d, &f);
	size_t n = c->records.n - before;
	str_add(&c->sizes, &n, sizeof n);
	c->n++;
	c->text_bytes += text.n;
}

static void add_line(struct corpus *c, struct span line)
{
	AUTO_JSON json_t *o = NULL;
	if (json_read(line, 8, &o, NULL) != 0)
		return;
	struct span text = json_span(o, "text"), title = json_span(o, "title");
	if (text.n <= 2 * ARTICLE) {
		add_article(c, title, text);
		return;
	}
	while (text.n) {
		size_t n = text.n < ARTICLE ? text.n : ARTICLE;
		while (n < text.n && text.p[n] != ' ' && text.p[n] != '\n')
			n++;
		add_article(c, title, span_sub(text, 0, n));
		text = span_sub(text, n, text.n);
	}
}

static void load(struct corpus *c, const char *path)
{
	struct span map, line;
	struct err err = {0};
	if (io_map_file(path, &map, &err) != 0)
		die(path, &err);
	struct span rest = map;
	while (span_cut(&rest, '\n', &line))
		add_line(c, line);
	io_unmap(&map);
}

static double build(struct writer *w, const struct corpus *c, size_t commit_every)
{
	struct err err = {0};
	const size_t *sizes = (const size_t *)(const void *)c->sizes.p;
	enum put_status status;
	uint64_t revision;
	double start = now();
	size_t at = 0;
	for (size_t i = 0; i < c->n; at += sizes[i++]) {
		if (writer_put(w, (struct span){c->records.p + at, sizes[i]}, &status, &err) != 0)
			die("put", &err);
		if (commit_every && i % commit_every == commit_every - 1 && writer_commit(w, &revision, &err) != 0)
			die("commit", &err);
	}
	if (writer_commit(w, &revision, &err) != 0)
		die("commit", &err);
	return now() - start;
}

static double merge(struct writer *w)
{
	struct err err = {0};
	bool did = true;
	double start = now();
	while (did)
		if (writer_merge(w, true, &did, &err) != 0)
			die("merge", &err);
	return now() - start;
}

static void sizes(const struct writer *w, const struct corpus *c, const char *when)
{
	struct store_status s;
	writer_status(w, &s);
	printf("%-12s %zu segments, %.1f MB on disk, %.3f of the text\n", when, s.n_segments, (double)s.bytes_on_disk / 1e6, (double)s.bytes_on_disk / (double)c->text_bytes);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seal", 1, NULL, 's'}, {"builders", 1, NULL, 'b'}, {"commit", 1, NULL, 'c'}, {"keep", 1, NULL, 'k'},
		{"no-sync", 0, NULL, 'n'}, {"no-merge", 0, NULL, 'm'}, {0}};
	struct store_options o = store_default_options();
	struct corpus c = {0};
	struct writer *w = NULL;
	struct err err = {0};
	size_t commit_every = 0;
	bool merging = true;
	const char *keep = NULL;
	char temporary[] = "/tmp/store-bench-XXXXXX";
	for (int k; (k = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (k) {
		case 's': o.seal_documents = (uint32_t)atoi(optarg); break;
		case 'b': o.builders = (uint32_t)atoi(optarg); break;
		case 'c': commit_every = (size_t)atoi(optarg); break;
		case 'k': keep = optarg; break;
		case 'n': o.no_sync = true; break;
		case 'm': merging = false; break;
		default: return 2;
		}
	}
	for (int i = optind; i < argc; i++)
		load(&c, argv[i]);
	const char *dir = keep ? keep : mkdtemp(temporary);
	if (!c.n || !dir || writer_open(dir, &o, &w, NULL, &err) != 0)
		die("start", &err);
	printf("corpus       %zu articles, %.1f MB of text, %.0f bytes on average; seal %u, builders %u\n", c.n, (double)c.text_bytes / 1e6,
		(double)c.text_bytes / (double)c.n, o.seal_documents, o.builders);
	double built = build(w, &c, commit_every);
	printf("building     %.2f s, %.2f MB/s, %.0f documents/s\n", built, (double)c.text_bytes / 1e6 / built, (double)c.n / built);
	sizes(w, &c, "built");
	if (merging) {
		double merged = merge(w);
		printf("merging      %.2f s\n", merged);
		sizes(w, &c, "merged");
		printf("together     %.2f MB/s, %.0f documents/s\n", (double)c.text_bytes / 1e6 / (built + merged), (double)c.n / (built + merged));
	}
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	printf("memory       %.0f MB at most, corpus included\n", (double)u.ru_maxrss / 1e3);
	writer_close(w);
	if (!keep && io_remove_tree(dir, &err) != 0)
		die(dir, &err);
	return 0;
}
