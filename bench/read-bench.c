/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast is reading? read-bench FILE … : every file (HTML page, text) is cleaned over and over from memory for a second;
 * MB of input a second on one core, by kind (-1: once, to count instructions). read-bench -j FILE.jsonl: documents a second, JSON to cleaned text and story signature.
 */
#include "base/io.h"
#include "base/mem.h"
#include "index/read/reader.h"
#include "index/facts/story.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct page {
	struct str bytes;
	const char *name;
};

static size_t clean_one(struct arena *a, struct span bytes, const char *name)
{
	struct read_limits limits = reader_default_limits();
	struct read_input in = {.fd = -1, .bytes = bytes, .name = span_of(name), .source = SPAN("bench")};
	struct reader *r = NULL;
	struct document d;
	struct err err;
	size_t text = 0;
	if (reader_open(&in, &limits, &r, &err))
		return 0;
	while (reader_next(r, a, &d, &err) == 1 && !clean_document(a, &limits, &d, &err))
		text += d.text.n;
	reader_close(r);
	return text;
}

static void bench_files(struct page *pages, size_t n, double seconds)
{
	struct arena a = {0};
	double start = now(), worst = 0;
	size_t in = 0, out = 0, rounds = 0;
	do {
		for (size_t i = 0; i < n; i++) {
			double t = now();
			out += clean_one(&a, str_view(&pages[i].bytes), pages[i].name);
			in += pages[i].bytes.n;
			arena_reset(&a);
			t = now() - t;
			worst = t > worst ? t : worst;
		}
		rounds++;
	} while (now() - start < seconds);
	double s = now() - start;
	printf("files\t%zu\nin_MB\t%.1f\nout_MB\t%.2f\nMB_per_s\t%.1f\nworst_ms\t%.2f\n", n, (double)in / 1e6 / (double)rounds, (double)out / 1e6 / (double)rounds, (double)in / 1e6 / s, worst * 1000);
	arena_done(&a);
}

static void bench_lines(const char *path)
{
	struct read_limits limits = reader_default_limits();
	struct arena a = {0};
	struct str all = {0};
	struct err err = {0};
	if (io_read_file(path, 1u << 30, &all, &err)) {
		printf("%s\n", err.msg);
		return;
	}
	size_t docs = 0, bytes = 0;
	double start = now(), clean_s = 0, story_s = 0;
	struct span rest = str_view(&all), line;
	while (span_cut(&rest, '\n', &line)) {
		struct document d;
		struct story_sig sig;
		uint32_t bands[STORY_BANDS];
		double t0 = now();
		if (reader_from_json(&a, line, &limits, &d, &err) || clean_document(&a, &limits, &d, &err))
			continue;
		double t1 = now();
		story_signature(d.title, d.text, &sig, bands);
		clean_s += t1 - t0;
		story_s += now() - t1;
		docs++, bytes += d.text.n;
		arena_reset(&a);
	}
	double s = now() - start;
	printf("documents\t%zu\nMB\t%.1f\ndocuments_per_s\t%.0f\nMB_per_s\t%.1f\nclean_us\t%.1f\nstory_us\t%.1f\n", docs, (double)bytes / 1e6, (double)docs / s, (double)bytes / 1e6 / s, clean_s / (double)docs * 1e6, story_s / (double)docs * 1e6);
	str_done(&all);
	arena_done(&a);
}

int main(int argc, char **argv)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20), mallopt(M_TRIM_THRESHOLD, 64 << 20); /* as in a read process */
	if (argc == 3 && strcmp(argv[1], "-j") == 0) {
		bench_lines(argv[2]);
	} else {
		struct page *pages = mem_alloc((size_t)argc * sizeof *pages);
		size_t n = 0;
		bool once = argc > 1 && strcmp(argv[1], "-1") == 0;
		for (int i = 1 + once; i < argc; i++)
			if (!io_read_file(argv[i], 64u << 20, &pages[n].bytes, NULL))
				pages[n++].name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		bench_files(pages, n, once ? 0 : 1);
		for (size_t i = 0; i < n; i++)
			str_done(&pages[i].bytes);
		free(pages);
	}
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	printf("max_rss_MB\t%.1f\n", (double)u.ru_maxrss / 1024);
	return 0;
}
