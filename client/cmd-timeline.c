/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier timeline: one row a bucket, one bar a series; what is known less precisely stands apart in a lighter shade.
 *
 *	             Donald Trump        Kim Jong-un
 *	2018-05    2 ████             1 ██
 *	2018-06    4 ████████         3 ██████
 *	⋮                                         months without any
 *	2018-11    1 ██               0
 *	~ 2018     1 ░░               0
 *	undated    3 ░░░░░░           1 ░░
 */
#include "base/day.h"
#include "client/facets.h"
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SERIES 4 /* beside each other; the rest is in --csv and --json */
#define COUNT 8
#define LEAST 6      /* cells of a bar and the blanks around it */

static size_t label(void) { return output_width() < 60 ? 11 : 16; }

/* So many stand beside each other. */
static size_t shown(const json_t *all)
{
	size_t n = json_array_size(all), room = (output_width() - label()) / (COUNT + LEAST), most = room < MAX_SERIES ? room : MAX_SERIES;
	return n < most ? n : most;
}

static const char *name_of(const json_t *series) { return *get(series, "name") ? get(series, "name") : "all"; }

static double most_of(const json_t *all)
{
	double most = 1;
	size_t i, k;
	json_t *s, *b;
	json_array_foreach(all, i, s) {
		json_array_foreach(json_object_get(s, "buckets"), k, b) most = (double)number(b, "count") > most ? (double)number(b, "count") : most;
		json_array_foreach(json_object_get(s, "coarser"), k, b) most = (double)number(b, "count") > most ? (double)number(b, "count") : most;
		most = (double)number(s, "undated") > most ? (double)number(s, "undated") : most;
	}
	return most;
}

/* The count of the bucket with this text in one series; 0 when it has none. */
static long long count_in(const json_t *series, const char *list, const char *text)
{
	size_t i;
	json_t *b;
	json_array_foreach(json_object_get(series, list), i, b) if (strcmp(get(b, "text"), text) == 0) return number(b, "count");
	return 0;
}

static void put_bar_of(long long n, double most, size_t cells, bool light, bool last)
{
	put_count(n, COUNT - 1);
	put_raw(n ? " " : "");
	size_t used = put_bar((double)n, most, cells, light) + (n > 0);
	put_blanks(last ? 0 : cells + 2 - used);
}

static void put_row(const json_t *all, const char *words, const char *list, const char *text, double most, size_t cells)
{
	size_t i, n = shown(all);
	put_cells(words, label());
	for (i = 0; i < n; i++) {
		const json_t *s = json_array_get(all, i);
		put_bar_of(list ? count_in(s, list, text) : number(s, "undated"), most, cells, !list || strcmp(list, "buckets") != 0, i + 1 == n);
	}
	put_raw("\n");
}

static bool any_in(const json_t *all, const char *text)
{
	size_t i;
	json_t *s;
	json_array_foreach(all, i, s) if (count_in(s, "buckets", text)) return true;
	return false;
}

static day_t day_at(const json_t *bucket, const char *key)
{
	struct interval i;
	return interval_parse(span_of(get(bucket, key)), &i) ? i.from : 0;
}

/* Buckets of the first series stand for all; those where nobody has anything are drawn as one gap (days alone are no gap: most have nothing). */
static void put_buckets(const json_t *all, bool gaps, bool newest, double most, size_t cells)
{
	size_t i;
	json_t *b;
	day_t last = DAY_MAX;
	json_array_foreach(json_object_get(json_array_get(all, 0), "buckets"), i, b) {
		if (!any_in(all, get(b, "text")))
			continue;
		if (gaps && last != DAY_MAX && day_at(b, newest ? "to" : "from") != last)
			put_raw("⋮\n");
		put_row(all, get(b, "text"), "buckets", get(b, "text"), most, cells);
		last = newest ? day_at(b, "from") - 1 : day_at(b, "to") + 1; /* where the next one is, if none is left out */
	}
}

static bool any_undated(const json_t *all)
{
	size_t i;
	json_t *s;
	json_array_foreach(all, i, s) if (number(s, "undated")) return true;
	return false;
}

/* A name stands over its bars, and reaches over the counts of the next column. */
static void put_names(const json_t *all, size_t cells)
{
	size_t i, n = shown(all), at = label() + COUNT;
	put_blanks(at);
	for (i = 0; i < n; i++) {
		const char *name = name_of(json_array_get(all, i));
		size_t own = cells_of(name), room = i + 1 < n ? cells + COUNT : output_width() - at;
		style_on(STYLE_NAME);
		put_cells(name, i + 1 < n || own > room ? room : own);
		style_off();
		put_blanks(i + 1 < n);
		at += cells + COUNT + 1;
	}
	put_raw("\n");
}

static int by_from(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	int rc = strcmp(get(*x, "from"), get(*y, "from"));
	return rc ? rc : strcmp(get(*x, "to"), get(*y, "to"));
}

/* Coarser buckets of all series in order of time, each text once. */
static void put_coarser(const json_t *all, double most, size_t cells)
{
	size_t i, k, n = 0, room = 0;
	json_t *s, *b;
	json_array_foreach(all, i, s) room += json_array_size(json_object_get(s, "coarser"));
	const json_t **rows = calloc(room + 1, sizeof *rows);
	if (!rows)
		abort();
	json_array_foreach(all, i, s) json_array_foreach(json_object_get(s, "coarser"), k, b) rows[n++] = b;
	qsort(rows, n, sizeof *rows, by_from);
	for (i = 0; i < n; i++) {
		char row[80], words[64];
		if (i && strcmp(get(rows[i], "text"), get(rows[i - 1], "text")) == 0)
			continue;
		snprintf(row, sizeof row, "~ %s", span_words(rows[i], words));
		put_row(all, row, "coarser", get(rows[i], "text"), most, cells);
	}
	free(rows);
}

static void put_bars(const json_t *all, const char *granularity, bool newest)
{
	size_t n = shown(all);
	size_t share = n ? (output_width() - label()) / n : 0, cells = share > COUNT + 6 ? share - COUNT - 2 : 4;
	double most = most_of(all);
	if (cells > 50)
		cells = 50;
	put_names(all, cells);
	put_buckets(all, strcmp(granularity, "day") != 0, newest, most, cells);
	put_coarser(all, most, cells);
	if (any_undated(all))
		put_row(all, "undated", NULL, NULL, most, cells);
	if (json_array_size(all) > n)
		put_format("\n%zu of %zu series shown; --csv has all\n", n, json_array_size(all));
}

static void csv_list(const json_t *series, const char *list, const char *precision)
{
	size_t i;
	json_t *b;
	json_array_foreach(json_object_get(series, list), i, b) {
		csv_field(get(series, "id"), false);
		csv_field(get(b, "text"), false);
		csv_field(precision, false);
		csv_number(number(b, "count"), true);
	}
}

static void csv_series(const json_t *all, const char *granularity)
{
	size_t i;
	json_t *s;
	put_raw("leader,time,kind,count\n");
	json_array_foreach(all, i, s) {
		csv_list(s, "buckets", granularity);
		csv_list(s, "coarser", "coarser");
		csv_field(get(s, "id"), false);
		csv_field("", false);
		csv_field("undated", false);
		csv_number(number(s, "undated"), true);
	}
}

/* Where nobody chose the granularity, it is asked for again, coarser, until it fits on a screen. */
static int ask_until_it_fits(struct call *c, json_t **answer)
{
	for (char grain[32];;) {
		int rc = call_get_json(c, "/v1/timeline", answer);
		size_t rows = date_rows(json_object_get(json_array_get(json_object_get(*answer, "series"), 0), "buckets"));
		const char *coarser = rc == 0 && !c->json && !c->csv ? coarser_granularity(get(*answer, "granularity"), rows) : NULL;
		if (!coarser)
			return rc;
		snprintf(grain, sizeof grain, "date:%s", coarser);
		c->n_params -= call_get(c, "facets") ? 2 : 0;
		call_param(c, "facets", grain);
		json_decref(*answer);
	}
}

/* --zoom 2018: that year, by months. */
static int zoom(struct call *c)
{
	struct interval i;
	bool understood = interval_parse(span_of(c->zoom), &i), year = understood && strlen(c->zoom) == 4, month = understood && strlen(c->zoom) == 7;
	if (!year && !month) {
		complain(c, "--zoom %s: into a year or a month", c->zoom);
		return advise(EXIT_USAGE, "years are written 2018, months 2018-05; days are the finest there is");
	}
	if (call_get(c, "from") || call_get(c, "to") || call_get(c, "facets")) {
		complain(c, "--zoom is a span and its steps: it takes no --from, --to or --facets beside it");
		return advise(EXIT_USAGE, "try: dossier timeline --facets date:%s --from %s --to %s", year ? "month" : "day", c->zoom, c->zoom);
	}
	call_param(c, "from", c->zoom);
	call_param(c, "to", c->zoom);
	call_param(c, "facets", year ? "date:month" : "date:day");
	return 0;
}

int cmd_timeline(struct call *c)
{
	int bad = c->zoom ? zoom(c) : 0;
	if (bad)
		return bad;
	char *q = call_query(c);
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	int rc = call_get(c, "facets") ? call_get_json(c, "/v1/timeline", &answer) : ask_until_it_fits(c, &answer);
	const json_t *all = json_object_get(answer, "series");
	long long found = 0;
	size_t i;
	json_t *s;
	json_array_foreach(all, i, s) found += number(s, "total");
	if (rc == 0 && c->csv)
		csv_series(all, get(answer, "granularity"));
	else if (rc == 0 && !c->json && found)
		put_bars(all, get(answer, "granularity"), call_get(c, "sort") && strcmp(call_get(c, "sort"), "newest") == 0);
	call_say_truncated(c, answer);
	if (rc == 0 && !found && !call_say_empty(c, json_object_get(answer, "query")))
		say_nothing(c);
	json_decref(answer);
	free(q);
	return rc ? rc : found ? EXIT_FOUND : EXIT_NOTHING;
}
