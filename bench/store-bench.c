/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the index part is: records in, a sealed and merged index out.
 *
 *	store-bench [--seal N] [--builders N] [--commit N] [--repeat N] [--keep DIR] [--no-sync] [--no-merge] file.jsonl …
 *
 * Each line has "text" and perhaps "title"; texts over 4 KB are cut into articles of about 2 KB. Records are made before the clock
 * starts (reading and fact finding are measured elsewhere). With --commit N it commits after every N, merges beside as the daemon does, and
 * says what each tenth of the archive cost; --repeat N takes the corpus N times, each time with other ids and a few other words. MB are
 * 10^6 bytes of text; CPU is that of all processes.
 */
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "index/facts/tokens.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <getopt.h>
#include <poll.h>
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
	unsigned round; /* of repeating */
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
	double sum = 0;
	for (int who = 0; who < 2; who++) {
		struct rusage u;
		getrusage(who ? RUSAGE_CHILDREN : RUSAGE_SELF, &u);
		sum += (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	}
	return sum;
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
	if (c->round)
		text = arena_printf(&a, "%.*s\nEdition %u, number e%zxn.", SPAN_ARG(text), c->round, c->n);
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

static void merge_beside(struct writer *w)
{
	struct err err = {0};
	bool did = true;
	struct pollfd p = {.fd = writer_merge_fd(w), .events = POLLIN};
	if (p.fd >= 0 && poll(&p, 1, 0) <= 0)
		return;
	if (p.fd >= 0 && writer_merge_end(w, &did, &err) != 0)
		die("merge", &err);
	if (writer_merge_begin(w, false, &did, &err) != 0)
		die("merge", &err);
}

static void commit(struct writer *w)
{
	struct err err = {0};
	uint64_t revision;
	if (writer_commit(w, &revision, &err) != 0)
		die("commit", &err);
}

struct tenth {
	size_t i;
	double wall, cpu;
	uint64_t peak; /* of the disk, at any commit so far */
};

static void tell_tenth(struct tenth *t, const struct corpus *c, size_t i, const struct writer *w)
{
	struct store_status s;
	writer_status(w, &s);
	printf("  %3.0f %%      %.0f documents/s, %.0f a second of CPU, %zu segments, peak %.1f MB on disk\n", 100.0 * (double)i / (double)c->n,
		(double)(i - t->i) / (now() - t->wall), (double)(i - t->i) / (cpu() - t->cpu), s.n_segments, (double)t->peak / 1e6);
	*t = (struct tenth){i, now(), cpu(), t->peak};
}

static double build(struct writer *w, const struct corpus *c, size_t commit_every, const char *dir)
{
	struct err err = {0};
	const size_t *sizes = (const size_t *)(const void *)c->sizes.p;
	enum put_status status;
	double start = now();
	struct tenth tenth = {0, start, cpu(), 0};
	size_t at = 0;
	for (size_t i = 0; i < c->n; at += sizes[i++]) {
		if (writer_put(w, (struct span){c->records.p + at, sizes[i]}, &status, &err) != 0)
			die("put", &err);
		if (!commit_every || (i + 1) % commit_every)
			continue;
		commit(w);
		merge_beside(w);
		uint64_t bytes = io_tree_bytes(dir);
		tenth.peak = bytes > tenth.peak ? bytes : tenth.peak;
		if (i - tenth.i >= c->n / 10)
			tell_tenth(&tenth, c, i + 1, w);
	}
	bool did;
	if (writer_merge_end(w, &did, &err) != 0)
		die("merge", &err);
	commit(w);
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
	static const struct option options[] = {{"seal", 1, NULL, 's'}, {"builders", 1, NULL, 'b'}, {"commit", 1, NULL, 'c'}, {"keep", 1, NULL, 'k'}, {"repeat", 1, NULL, 'r'},
		{"no-sync", 0, NULL, 'n'}, {"no-merge", 0, NULL, 'm'}, {0}};
	struct store_options o = store_default_options();
	struct corpus c = {0};
	struct writer *w = NULL;
	struct err err = {0};
	size_t commit_every = 0;
	unsigned repeat = 1;
	bool merging = true;
	const char *keep = NULL;
	char temporary[] = "/tmp/store-bench-XXXXXX";
	for (int k; (k = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (k) {
		case 's': o.seal_documents = (uint32_t)atoi(optarg); break;
		case 'b': o.builders = (uint32_t)atoi(optarg); break;
		case 'c': commit_every = (size_t)atoi(optarg); break;
		case 'k': keep = optarg; break;
		case 'r': repeat = (unsigned)atoi(optarg); break;
		case 'n': o.no_sync = true; break;
		case 'm': merging = false; break;
		default: return 2;
		}
	}
	for (c.round = 0; c.round < repeat; c.round++)
		for (int i = optind; i < argc; i++)
			load(&c, argv[i]);
	const char *dir = keep ? keep : mkdtemp(temporary);
	if (!c.n || !dir || writer_open(dir, &o, &w, NULL, &err) != 0)
		die("start", &err);
	printf("corpus       %zu articles, %.1f MB of text, %.0f bytes on average; seal %u, builders %u\n", c.n, (double)c.text_bytes / 1e6,
		(double)c.text_bytes / (double)c.n, o.seal_documents, o.builders);
	double cpu_before = cpu(), built = build(w, &c, commit_every, dir);
	double cpu_built = cpu() - cpu_before; /* children that live on are not in it */
	printf("building     %.2f s, %.2f MB/s, %.0f documents/s; CPU %.2f s\n", built, (double)c.text_bytes / 1e6 / built, (double)c.n / built, cpu_built);
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
