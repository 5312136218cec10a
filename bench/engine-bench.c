/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The query room alone, without daemon and socket: engine-bench INDEX TABLES TARGETS [ROUNDS [WARM]]
 *
 * TARGETS has a name and a request target a line ("rare /v1/search?q=a"). WARM, a file of the same kind, is asked first and not measured. Prints for
 * each name how many there were, and median and p90 of the time in microseconds; with more ROUNDS each is asked as often, in an engine opened anew.
 * For profilers nothing else runs in this process: valgrind --tool=callgrind --toggle-collect=measure.
 */
#include "base/mem.h"
#include "index/query/answer.h"

#include <stdio.h>
#include <time.h>

struct asks {
	struct str bytes;
	struct ask_line {
		struct span name, path, query;
	} *v;
	size_t n, cap;
};

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "engine-bench: %s\n", what);
	exit(1);
}

static void add_line(struct asks *out, struct span line)
{
	ptrdiff_t space = span_find(line, SPAN(" ")), mark = span_find(line, SPAN("?"));
	if (space < 0)
		return;
	if (out->n == out->cap)
		out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof *out->v);
	size_t end = mark < 0 ? line.n : (size_t)mark;
	out->v[out->n++] = (struct ask_line){span_sub(line, 0, (size_t)space), span_sub(line, (size_t)space + 1, end),
		mark < 0 ? SPAN_NONE : span_sub(line, end + 1, line.n)};
}

static void read_asks(const char *path, struct asks *out)
{
	FILE *f = fopen(path, "r");
	struct span rest, line;
	if (!f)
		fail(path);
	for (size_t n = 1; n;) {
		str_room(&out->bytes, 65536);
		n = fread(out->bytes.p + out->bytes.n, 1, 65536, f);
		out->bytes.n += n;
	}
	fclose(f);
	rest = str_view(&out->bytes);
	while (span_cut(&rest, '\n', &line))
		add_line(out, line);
}

static double ask_one(struct engine *e, struct arena *a, const struct ask_line *l, struct reply *r)
{
	struct ask ask = {.method = SPAN("GET"), .path = l->path, .query = l->query, .whole_id = true};
	double t = now_us();
	engine_answer(e, a, &ask, r);
	t = now_us() - t;
	arena_reset(a);
	if (r->status != 200)
		fail(str_cz(&r->body));
	return t;
}

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return a < b ? -1 : a > b;
}

/* All lines of one name, in all rounds. times: by round and line. */
static void print_name(const struct asks *k, const double *times, size_t rounds, struct span name)
{
	AUTO_FREE double *v = mem_alloc(rounds * k->n * sizeof *v);
	size_t n = 0;
	for (size_t i = 0; i < rounds * k->n; i++)
		if (span_eq(k->v[i % k->n].name, name))
			v[n++] = times[i];
	qsort(v, n, sizeof *v, by_size);
	printf("%-16.*s %5zu  median %8.1f us  p90 %8.1f\n", SPAN_ARG(name), n, v[n / 2], v[n * 9 / 10]);
}

/* By itself, so that a profiler can be told to look at this alone. */
static __attribute__((noinline)) void measure(struct engine *e, struct arena *a, const struct asks *k, struct reply *r, double *times)
{
	for (size_t i = 0; i < k->n; i++)
		times[i] = ask_one(e, a, &k->v[i], r);
}

static void run(const char *index, const struct gazetteer *g, const struct asks *warm, const struct asks *k, double *times)
{
	AUTO_ARENA struct arena a = {0};
	struct engine_limits limits = engine_default_limits();
	struct engine *e = NULL;
	struct reply r = {0};
	struct err err = {0};
	if (engine_open(index, g, &limits, &e, &err) != 0)
		fail(err.msg);
	for (size_t i = 0; i < warm->n; i++)
		ask_one(e, &a, &warm->v[i], &r);
	measure(e, &a, k, &r, times);
	reply_done(&r);
	engine_close(e);
}

int main(int argc, char **argv)
{
	struct asks k = {0}, warm = {0};
	struct err err = {0};
	if (argc < 4)
		fail("usage: engine-bench INDEX TABLES TARGETS [ROUNDS [WARM]]");
	long asked = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
	size_t rounds = asked > 0 ? (size_t)asked : 1;
	struct gazetteer *g = NULL;
	if (gazetteer_load(argv[2], NULL, &g, &err) != 0)
		fail(err.msg);
	read_asks(argv[3], &k);
	if (argc > 5)
		read_asks(argv[5], &warm);
	double *times = mem_alloc((rounds * k.n + 1) * sizeof *times);
	for (size_t i = 0; i < rounds; i++)
		run(argv[1], g, &warm, &k, times + i * k.n);
	for (size_t i = 0; i < k.n; i++)
		if (i == 0 || !span_eq(k.v[i].name, k.v[i - 1].name))
			print_name(&k, times, rounds, k.v[i].name);
	free(times), free(k.v), free(warm.v);
	str_done(&k.bytes), str_done(&warm.bytes);
	gazetteer_free(g);
	return 0;
}
