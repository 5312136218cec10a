/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier leaders [NAME]: entries of the leaders' table: one line each, or in full when there are few. */
#include "client/output.h"

#include <stdlib.h>
#include <string.h>

static const char *get(const json_t *o, const char *key)
{
	const char *z = json_string_value(json_object_get(o, key));
	return z ? z : "";
}

static void put_line(const json_t *l)
{
	put_cells(get(l, "id"), 26);
	put_raw(" ");
	put_cells(get(l, "name"), 30);
	put_raw(" ");
	put_cells(get(l, "country"), 5);
	put_format("%8lld\n", (long long)json_integer_value(json_object_get(l, "documents")));
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
		put_text(get(o, "title"));
		put_raw(", ");
		put_text(get(o, "country"));
		put_raw(" (");
		put_text(get(o, "kind"));
		put_raw(")\n");
	}
}

static void put_entry(const json_t *l)
{
	size_t i;
	json_t *a;
	style_on(STYLE_BOLD);
	put_text(get(l, "name"));
	style_off();
	put_raw("  ");
	put_text(get(l, "id"));
	put_format("  %lld articles\n", (long long)json_integer_value(json_object_get(l, "documents")));
	put_offices(json_object_get(l, "offices"));
	if (json_array_size(json_object_get(l, "aliases")))
		put_raw("     also written: ");
	json_array_foreach(json_object_get(l, "aliases"), i, a) {
		if (i == 12) {
			put_format(" … and %zu more", json_array_size(json_object_get(l, "aliases")) - 12);
			break;
		}
		put_raw(i ? "; " : "");
		put_text(json_string_value(a));
	}
	put_raw("\n\n");
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
	int rc = call_get_json(c, "/v1/leaders", &answer);
	const json_t *list = json_object_get(answer, "leaders");
	size_t i, n = json_array_size(list);
	if (rc == 0 && c->csv)
		put_raw("id,name,country,wikipedia,documents\n");
	json_array_foreach(list, i, l) {
		if (c->csv)
			csv_entry(l);
		else if (!c->json && *name && n <= 10)
			put_entry(l);
		else if (!c->json)
			put_line(l);
	}
	if (rc == 0 && n == 0 && !c->quiet)
		fputs("No leader of that name. The table and how to add to it: dossier-leaders(5)\n", stderr);
	json_decref(answer);
	free(name);
	return rc ? rc : n ? EXIT_FOUND : EXIT_NOTHING;
}
