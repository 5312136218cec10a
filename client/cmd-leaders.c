/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier leaders [NAME]: entries of the leaders' table: one line each, or in full when there are few. */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW 5 /* are shown in full */

/* Of the id and of the name: 30, less where the terminal is narrow. */
static size_t column(void) { return output_width() < 80 ? (output_width() - 19) / 2 : 30; }

static void put_line(const json_t *l)
{
	put_cells(get(l, "id"), column());
	put_raw(" ");
	put_cells(get(l, "name"), column());
	put_raw(" ");
	put_cells(get(l, "country"), 8);
	put_count(json_integer_value(json_object_get(l, "documents")), 8);
	put_raw("\n");
}

static void put_columns(void)
{
	style_on(STYLE_BOLD);
	put_cells("id", column() + 1);
	put_cells("name", column() + 1);
	put_cells("country", 8);
	put_raw("articles\n");
	style_off();
}

static void put_offices(const json_t *offices)
{
	size_t i;
	json_t *o;
	json_array_foreach(offices, i, o) {
		put_raw("     ");
		put_cells(get(o, "from"), 11);
		put_raw("– ");
		put_cells(get(o, "to"), 11);
		wrap_begin(29, output_width() < 60 ? 7 : 29);
		wrap_text(get(o, "title"), STYLE_PLAIN);
		wrap_text(", ", STYLE_PLAIN);
		wrap_text(get(o, "country"), STYLE_PLAIN);
		wrap_text(" (", STYLE_PLAIN);
		wrap_text(get(o, "kind"), STYLE_PLAIN);
		wrap_text(")", STYLE_PLAIN);
		wrap_end();
	}
}

static void put_aliases(const json_t *aliases, const char *name)
{
	size_t i, n = 0;
	json_t *a;
	if (json_array_size(aliases) == 0)
		return;
	put_blanks(5);
	wrap_begin(5, 7);
	json_array_foreach(aliases, i, a) {
		if (strcmp(json_string_value(a) ? json_string_value(a) : "", name) == 0)
			continue; /* the name itself stands above */
		wrap_text(n++ ? "; " : "also written: ", STYLE_PLAIN);
		wrap_whole(json_string_value(a), STYLE_PLAIN);
	}
	wrap_end();
}

static void put_entry(const json_t *l)
{
	char count[64];
	long long n = number(l, "documents");
	snprintf(count, sizeof count, "  %lld %s", n, n == 1 ? "article" : "articles");
	wrap_begin(0, 5);
	wrap_text(get(l, "name"), STYLE_BOLD);
	wrap_text("  ", STYLE_PLAIN);
	wrap_text(get(l, "id"), STYLE_PLAIN);
	wrap_text(count, STYLE_PLAIN);
	wrap_end();
	put_offices(json_object_get(l, "offices"));
	put_aliases(json_object_get(l, "aliases"), get(l, "name"));
	put_raw("\n");
}

static void csv_entry(const json_t *l)
{
	csv_field(get(l, "id"), false);
	csv_field(get(l, "name"), false);
	csv_field(get(l, "country"), false);
	csv_field(get(l, "wikipedia"), false);
	csv_number(json_integer_value(json_object_get(l, "documents")), true);
}

int cmd_leaders(struct call *c)
{
	char *name = call_query(c);
	json_t *answer = NULL, *l;
	if (*name)
		call_param(c, "name", name);
	if (!call_get(c, "limit") && !c->json)
		call_param(c, "limit", "100");
	int rc = call_get_json(c, "/v1/leaders", &answer);
	const json_t *list = json_object_get(answer, "leaders");
	size_t i, n = json_array_size(list);
	if (rc == 0 && c->csv)
		put_raw("id,name,country,wikipedia,documents\n");
	else if (rc == 0 && !c->json && n && (!*name || n > FEW))
		put_columns();
	json_array_foreach(list, i, l) {
		if (c->csv)
			csv_entry(l);
		else if (!c->json && *name && n <= FEW)
			put_entry(l);
		else if (!c->json)
			put_line(l);
	}
	if (rc == 0 && !c->json && json_is_string(json_object_get(answer, "next")))
		say(c, "%zu of %lld; more with -n, the rest with --cursor %s", n, number(answer, "total"), get(answer, "next"));
	if (rc == 0 && n == 0)
		say(c, "No leader of that name. The table and how to add to it: dossier-leaders(5)");
	json_decref(answer);
	free(name);
	return rc ? rc : n ? EXIT_FOUND : EXIT_NOTHING;
}
