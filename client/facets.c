/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	Leaders (5 of 12 shown)
 *	  Kim Jong-un                    31  47 %  ████████████
 *	  Vladimir Putin                 28  42 %  ██████████▊
 */
#include "client/facets.h"

#include "client/member.h"
#include "client/output.h"

#include <stdio.h>
#include <string.h>

#define MOST_ROWS 32 /* of dates for somebody who looks */

static long long count_of(const json_t *o) { return json_integer_value(json_object_get(o, "count")); }

/* Stories have a number alone. Good until the next call. */
static const char *label_of(const json_t *value)
{
	static char story[40];
	const char *name = get(value, "name");
	if (!json_is_integer(json_object_get(value, "id")) || *name)
		return *name ? name : *get(value, "text") ? get(value, "text") : get(value, "id");
	snprintf(story, sizeof story, "story %lld", (long long)json_integer_value(json_object_get(value, "id")));
	return story;
}

static double most_of(const json_t *list)
{
	double most = 0;
	size_t i;
	json_t *v;
	json_array_foreach(list, i, v) if ((double)count_of(v) > most) most = (double)count_of(v);
	return most;
}

/* A negative share is none: a facet that leaves its own filter out counts more than what was found. */
static void put_row(const char *label, long long n, double share, double most, bool light)
{
	size_t name = output_width() / 3, bar = output_width() - name - 21;
	put_raw("  ");
	put_cells(label, name);
	put_raw(" ");
	put_count(n, 9);
	if (share < 0)
		put_raw("        ");
	else
		put_format(" %3.0f %%  ", share * 100);
	put_bar((double)n, most, bar > 40 ? 40 : bar, light);
	put_raw("\n");
}

static double share_of(long long n, double most, long long total)
{
	return total <= 0 || most > (double)total ? -1 : (double)n / (double)total;
}

static void put_values(const char *name, const json_t *facet, long long total)
{
	const json_t *values = json_object_get(facet, "values");
	long long distinct = json_integer_value(json_object_get(facet, "distinct")), missing = json_integer_value(json_object_get(facet, "missing"));
	double most = most_of(values);
	size_t i;
	json_t *v;
	if (json_array_size(values) == 0)
		return;
	char title[64];
	printable_z(title, sizeof title, name);
	if (title[0] >= 'a' && title[0] <= 'z')
		title[0] = (char)(title[0] - 32);
	style_on(STYLE_BOLD);
	put_raw(title);
	style_off();
	if (distinct > (long long)json_array_size(values))
		put_format(" (%zu of %lld)", json_array_size(values), distinct);
	put_raw("\n");
	json_array_foreach(values, i, v) put_row(label_of(v), count_of(v), share_of(count_of(v), most, total), most, false);
	if (missing > 0) /* no bar: they would dwarf the others */
		put_row("none", missing, share_of(missing, most, total), 0, true);
	put_raw("\n");
}

/* Shares are of the articles: one that speaks of many days stands in many rows. */
static void put_dates(const json_t *facet, long long total)
{
	const json_t *buckets = json_object_get(facet, "buckets"), *coarser = json_object_get(facet, "coarser");
	double most = most_of(buckets), most2 = most_of(coarser);
	long long undated = json_integer_value(json_object_get(facet, "undated"));
	size_t i;
	json_t *v;
	if (most <= 0 && most2 <= 0 && undated <= 0)
		return;
	if (most2 > most)
		most = most2;
	style_on(STYLE_BOLD);
	put_raw("Date ");
	style_off();
	put_raw("(");
	put_text(get(facet, "axis"));
	put_raw(", by ");
	put_text(get(facet, "granularity"));
	put_raw(")\n");
	json_array_foreach(buckets, i, v) if (count_of(v)) put_row(get(v, "text"), count_of(v), share_of(count_of(v), most, total), most, false);
	json_array_foreach(coarser, i, v) {
		char label[80], words[64];
		snprintf(label, sizeof label, "~ %s", span_words(v, words));
		put_row(label, count_of(v), share_of(count_of(v), most, total), most, true);
	}
	if (undated > 0)
		put_row("undated", undated, share_of(undated, most, total), most, true);
	put_raw("\n");
}

size_t date_rows(const json_t *buckets)
{
	size_t i, n = 0;
	json_t *v;
	json_array_foreach(buckets, i, v) n += count_of(v) > 0;
	return n;
}

const char *coarser_granularity(const char *granularity, size_t rows)
{
	if (rows <= MOST_ROWS)
		return NULL;
	return strcmp(granularity, "day") == 0 ? "month" : strcmp(granularity, "month") == 0 ? "year" : NULL;
}

void put_facets(json_t *facets, long long total)
{
	const char *name;
	json_t *facet;
	json_object_foreach(facets, name, facet) {
		if (json_object_get(facet, "buckets"))
			put_dates(facet, total);
		else
			put_values(name, facet, total);
	}
}

static void csv_rows(const char *name, const json_t *list)
{
	size_t i;
	json_t *v;
	json_array_foreach(list, i, v) {
		csv_field(name, false);
		csv_field(*get(v, "id") ? get(v, "id") : *get(v, "text") ? get(v, "text") : label_of(v), false);
		csv_field(label_of(v), false);
		csv_number(count_of(v), true);
	}
}

void csv_facets(json_t *facets)
{
	const char *name;
	json_t *facet;
	put_raw("facet,value,name,count\n");
	json_object_foreach(facets, name, facet) {
		csv_rows(name, json_object_get(facet, "values"));
		csv_rows(name, json_object_get(facet, "buckets"));
		csv_rows("date~", json_object_get(facet, "coarser"));
		if (json_is_integer(json_object_get(facet, "undated"))) {
			csv_field(name, false);
			csv_field("undated", false);
			csv_field("undated", false);
			csv_number(json_integer_value(json_object_get(facet, "undated")), true);
		}
	}
}
