/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The query room by hand, without a daemon.
 *
 *	query-main load INDEX [SOURCE] < docs.jsonl     one commit for every 5,000 documents; facts by facts_find
 *	query-main ask INDEX < lines                    "GET /v1/search?q=a" a line -> the JSON of each; "TIME n line" asks n times, prints µs
 */
#include "base/io.h"
#include "base/json.h"
#include "index/facts/facts.h"
#include "index/query/answer.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void die(const struct err *e)
{
	fprintf(stderr, "%s: %s\n", err_name(e->code), e->msg);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void put_line(struct writer *w, struct arena *a, const struct gazetteer *g, struct span line, const char *source)
{
	struct err err = {0};
	AUTO_JSON json_t *o = NULL;
	AUTO_STR struct str rec = {0};
	enum put_status st;
	if (json_read(line, 16, &o, &err))
		die(&err);
	struct document d = {.id = json_span(o, "id"), .title = json_span(o, "title"), .text = json_span(o, "text"), .source = json_span(o, "source"),
		.lang = json_span(o, "lang"), .title_how = SPAN("given"), .content_hash = span_hash(line)};
	struct span date = json_span(o, "published");
	if (!date.n)
		date = json_span(o, "date");
	if (!d.source.n)
		d.source = span_of(source);
	if (interval_parse(date, &d.published.days)) {
		d.published.how = "given";
		d.published.sure = 100;
	}
	if (d.published.days.precision) {
		d.dates = &d.published;
		d.n_dates = 1;
	}
	struct facts f;
	facts_find(a, g, &d, &f);
	record_encode(&rec, &d, &f);
	if (writer_put(w, str_view(&rec), &st, &err))
		die(&err);
}

static void load(const char *dir, const char *source, const struct gazetteer *g)
{
	struct err err = {0};
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	struct str recovered = {0};
	char *line = NULL;
	size_t cap = 0, n = 0;
	uint64_t rev;
	ssize_t len;
	opt.no_sync = true;
	if (writer_open(dir, &opt, &w, &recovered, &err))
		die(&err);
	while ((len = getline(&line, &cap, stdin)) > 0) {
		AUTO_ARENA struct arena a = {0};
		put_line(w, &a, g, (struct span){line, (size_t)len}, source);
		if (++n % 5000 == 0 && writer_commit(w, &rev, &err))
			die(&err);
	}
	if (writer_commit(w, &rev, &err))
		die(&err);
	for (bool did = true; did;)
		if (writer_merge(w, getenv("MERGE_ALL") != NULL, &did, &err))
			die(&err);
	struct store_status st;
	writer_status(w, &st);
	printf("%zu lines, %llu documents, %zu segments, %llu bytes\n", n, (unsigned long long)st.n_documents, st.n_segments, (unsigned long long)st.bytes_on_disk);
	writer_close(w);
	str_done(&recovered);
	free(line);
}

static void ask_line(struct engine *e, struct arena *a, struct span line, struct reply *r)
{
	struct span path = line, query = SPAN_NONE, method;
	span_cut(&path, ' ', &method);
	ptrdiff_t mark = span_find(path, SPAN("?"));
	if (mark >= 0) {
		query = span_sub(path, (size_t)mark + 1, path.n);
		path.n = (size_t)mark;
	}
	struct err err = {0};
	if (engine_refresh(e, &err))
		die(&err);
	struct ask ask = {.method = method, .path = path, .query = query};
	engine_answer(e, a, &ask, r);
}

static int by_double(const void *x, const void *y) { return *(const double *)x < *(const double *)y ? -1 : *(const double *)x > *(const double *)y; }

static void ask(const char *dir, const struct gazetteer *g)
{
	struct err err = {0};
	struct engine *e = NULL;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	struct arena a = {0};
	if (engine_open(dir, g, NULL, &e, &err))
		die(&err);
	while ((len = getline(&line, &cap, stdin)) > 0) {
		struct span s = span_trim((struct span){line, (size_t)len}), word;
		struct reply r = {0};
		int times = 1;
		if (span_starts(s, "TIME ")) {
			span_cut(&s, ' ', &word);
			span_cut(&s, ' ', &word);
			times = atoi(word.p);
		}
		double *took = calloc((size_t)times + 1, sizeof *took);
		for (int i = 0; i < times; i++) {
			double t = now_us();
			arena_reset(&a);
			struct span q = s;
			if (times > 1) { /* written otherwise each time, so that it is no answer given before */
				char *p = arena_raw(&a, s.n + (size_t)i + 2);
				memcpy(p, s.p, s.n);
				p[s.n] = memchr(s.p, '?', s.n) ? '&' : '?';
				memset(p + s.n + 1, '&', (size_t)i);
				q = (struct span){p, s.n + 1 + (size_t)i};
			}
			ask_line(e, &a, q, &r);
			took[i] = now_us() - t;
		}
		if (times > 1) {
			double first = took[0];
			qsort(took, (size_t)times, sizeof *took, by_double);
			printf("first %7.0f median %7.1f us, %6zu bytes  %.*s\n", first, took[times / 2], r.body.n, SPAN_ARG(s));
		} else {
			printf("%d %s\n", r.status, str_cz(&r.body));
		}
		fflush(stdout);
		free(took);
		reply_done(&r);
	}
	arena_done(&a);
	engine_close(e);
	free(line);
}

int main(int argc, char **argv)
{
	struct gazetteer *g = NULL;
	struct err err = {0};
	if (argc < 3) {
		fprintf(stderr, "usage: query-main load|ask INDEX\n");
		return 2;
	}
	const char *data = getenv("DOSSIER_DATA");
	if (gazetteer_load(data ? data : SOURCE_DIR "/data", NULL, &g, &err))
		fprintf(stderr, "%s\n", err.msg);
	if (strcmp(argv[1], "load") == 0)
		load(argv[2], argc > 3 ? argv[3] : "archive", g);
	else
		ask(argv[2], g);
	gazetteer_free(g);
	return 0;
}
