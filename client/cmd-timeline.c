/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier timeline: one row a bucket, one bar a series; what is known less precisely stands apart in a lighter shade.
 *
 *	             Donald Trump        Kim Jong-un
 *	2018-05    2 ████             1 ██
 *	2018-06    4 ████████         3 ██████
 *	~ 2018     1 ░░               0
 *	undated    3 ░░░░░░           1 ░░
 */
#include "client/output.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SERIES 4 /* beside each other; the rest is in --csv and --json */

static const char *get(const json_t *o, const char *key)
{
	const char *z = json_string_value(json_object_get(o, key));
	return z ? z : "";
}

static long long number(const json_t *o, const char *key) { return json_integer_value(json_object_get(o, key)); }
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

static void put_count(long long n, double most, size_t cells, bool light)
{
	char digits[24];
	put_format("%6lld ", n);
	size_t bar = (size_t)((double)n / most * (double)cells + 0.99);
	put_bar((double)n, most, cells, light);
	snprintf(digits, sizeof digits, "%*s", (int)(cells > bar ? cells - bar : 0) + 1, "");
	put_raw(digits);
}

static void put_row(const json_t *all, const char *label, const char *list, const char *text, double most, size_t cells)
{
	size_t i;
	json_t *s;
	put_cells(label, 12);
	json_array_foreach(all, i, s) {
		if (i == MAX_SERIES)
			break;
		put_count(list ? count_in(s, list, text) : number(s, "undated"), most, cells, strcmp(list ? list : "", "buckets") != 0);
	}
	put_raw("\n");
}

static bool any_undated(const json_t *all)
{
	size_t i;
	json_t *s;
	json_array_foreach(all, i, s) if (number(s, "undated")) return true;
	return false;
}

static void put_names(const json_t *all, size_t cells)
{
	size_t i;
	json_t *s;
	put_raw("                   ");
	json_array_foreach(all, i, s) {
		if (i == MAX_SERIES)
			break;
		style_on(STYLE_NAME);
		put_cells(name_of(s), cells);
		style_off();
		put_raw("        ");
	}
	put_raw("\n");
}

/* Coarser buckets of all series, each text once. */
static void put_coarser(const json_t *all, double most, size_t cells)
{
	json_t *seen = json_object(), *s, *b;
	size_t i, k;
	json_array_foreach(all, i, s) json_array_foreach(json_object_get(s, "coarser"), k, b) {
		char label[64] = "~ ";
		const char *text = get(b, "text");
		if (json_object_get(seen, text))
			continue;
		json_object_set_new(seen, text, json_true());
		strncat(label, text, sizeof label - 3);
		put_row(all, label, "coarser", text, most, cells);
	}
	json_decref(seen);
}

static void put_bars(const json_t *all)
{
	size_t n = json_array_size(all) < MAX_SERIES ? json_array_size(all) : MAX_SERIES, i;
	size_t cells = n ? (output_width() - 12) / n - 9 : 0;
	double most = most_of(all);
	json_t *b;
	if (cells > 50)
		cells = 50;
	put_names(all, cells);
	json_array_foreach(json_object_get(json_array_get(all, 0), "buckets"), i, b) put_row(all, get(b, "text"), "buckets", get(b, "text"), most, cells);
	put_coarser(all, most, cells);
	if (any_undated(all))
		put_row(all, "undated", NULL, NULL, most, cells);
	if (json_array_size(all) > MAX_SERIES)
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

int cmd_timeline(struct call *c)
{
	char *q = call_query(c);
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	int rc = call_get_json(c, "/v1/timeline", &answer);
	const json_t *all = json_object_get(answer, "series");
	long long found = 0;
	size_t i;
	json_t *s;
	json_array_foreach(all, i, s) found += number(s, "total");
	if (rc == 0 && c->csv)
		csv_series(all, get(answer, "granularity"));
	else if (rc == 0 && !c->json && found)
		put_bars(all);
	json_decref(answer);
	free(q);
	return rc ? rc : found ? EXIT_FOUND : EXIT_NOTHING;
}
