/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Speed of the temporal tagger: days-bench FILE [rounds]. The file is text, or one JSON object a line with "text";
 * it is cut into documents (lines, or pieces of 4 KB). Prints MB/s of text for the tokens, for the days, for both, on one core.
 */
#include "base/json.h"
#include "base/io.h"
#include "index/facts/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE 4096

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct texts {
	struct span *v;
	size_t n, cap, bytes;
};

static void add_text(struct texts *x, struct span s)
{
	if (x->n == x->cap) {
		x->cap = x->cap * 2 + 64;
		x->v = realloc(x->v, x->cap * sizeof *x->v);
		if (!x->v)
			exit(71);
	}
	x->v[x->n++] = s;
	x->bytes += s.n;
}

static void cut_up(struct arena *a, struct span all, struct texts *out)
{
	struct span line;
	if (all.n && all.p[0] == '{') {
		while (span_cut(&all, '\n', &line)) {
			AUTO_JSON json_t *j = NULL;
			struct err err = {0};
			if (json_read(line, 16, &j, &err) == 0)
				add_text(out, arena_span(a, json_span(j, "text")));
		}
		return;
	}
	for (size_t at = 0; at < all.n; at += PIECE)
		add_text(out, span_sub(all, at, at + PIECE < all.n ? at + PIECE : all.n));
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena keep = {0}, work = {0};
	struct texts x = {0};
	double tokens_s = 0, days_s = 0;
	size_t found = 0;
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	if (!f)
		return fprintf(stderr, "usage: days-bench FILE [rounds]\n"), 2;
	AUTO_STR struct str all = {0};
	char buf[65536];
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		str_add(&all, buf, n);
	fclose(f);
	cut_up(&keep, str_view(&all), &x);
	int rounds = argc > 2 ? atoi(argv[2]) : 1;
	for (int r = -1; r < rounds; r++) /* the first round builds the tables and warms up: not counted */
		for (size_t i = 0; i < x.n; i++) {
			struct tokens t;
			struct facts out = {0};
			struct document d = {.text = x.v[i], .published = {.days = interval_day(1998, 3, 6)}};
			double t0 = seconds();
			tokens_make(&work, d.text, &t);
			double t1 = seconds();
			days_find(&work, &d, &t, &out);
			if (r >= 0) {
				days_s += seconds() - t1;
				tokens_s += t1 - t0;
				found += out.n_days;
			}
			arena_reset(&work);
		}
	double mb = (double)x.bytes * rounds / 1e6;
	printf("documents\t%zu\nMB\t%.1f\nexpressions\t%zu\ntokens_MB_s\t%.1f\ndays_MB_s\t%.1f\nboth_MB_s\t%.1f\n", x.n, mb, found / (size_t)(rounds ? rounds : 1), mb / tokens_s, mb / days_s, mb / (tokens_s + days_s));
	free(x.v);
	return 0;
}
