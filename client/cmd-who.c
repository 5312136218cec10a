/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier who: who is named together with whom. */
#include "client/matrix.h"
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *words_of(const json_t *date, char buf[64]) { return json_is_null(date) ? "" : span_words(date, buf); }

/* Where the terminal is narrow: the name, the counts, the busiest month. */
static void put_narrow(const json_t *o)
{
	put_cells(get(o, "name"), output_width() - 20);
	put_count(number(o, "documents"), 6);
	put_count(number(o, "sentences"), 5);
	put_raw("  ");
	put_cells(get(json_object_get(o, "busiest"), "text"), 7);
	put_raw("\n");
}

static void put_names_of_columns(void)
{
	style_on(STYLE_BOLD);
	if (output_width() < 80) {
		put_cells("together with", output_width() - 20);
		put_raw("  arts sent  busiest\n");
	} else {
		put_raw("together with            articles  sentences  first        last         busiest\n");
	}
	style_off();
}

static void put_other(const json_t *o, double most, size_t bar)
{
	char first[64], last[64];
	if (output_width() < 80)
		return put_narrow(o);
	put_cells(get(o, "name"), 24);
	put_count(number(o, "documents"), 9);
	put_count(number(o, "sentences"), 11);
	put_raw("  ");
	put_cells(words_of(json_object_get(o, "first"), first), 13);
	if (bar) {
		put_cells(words_of(json_object_get(o, "last"), last), 13);
		put_cells(get(json_object_get(o, "busiest"), "text"), 9);
		put_bar((double)number(o, "documents"), most, bar, false);
	} else {
		put_cells(words_of(json_object_get(o, "last"), last), 13);
		put_text(get(json_object_get(o, "busiest"), "text"));
	}
	put_raw("\n");
}

static void csv_other(const json_t *o)
{
	csv_field(get(o, "id"), false);
	csv_field(get(o, "name"), false);
	csv_number(number(o, "documents"), false);
	csv_number(number(o, "sentences"), false);
	csv_field(get(json_object_get(o, "first"), "from"), false);
	csv_field(get(json_object_get(o, "last"), "to"), false);
	csv_field(get(json_object_get(o, "busiest"), "text"), true);
}

int cmd_who(struct call *c)
{
	json_t *answer = NULL, *o;
	call_words_are_leaders(c);
	if (c->matrix)
		return who_matrix(c);
	int rc = call_get_json(c, "/v1/who", &answer);
	const json_t *list = json_object_get(answer, "leaders");
	double most = (double)number(json_array_get(list, 0), "documents");
	size_t i, bar = output_width() > 90 ? output_width() - 82 : 0;
	if (rc == 0 && c->csv)
		put_raw("id,name,documents,sentences,first,last,busiest\n");
	if (rc == 0 && !c->csv && !c->json && json_array_size(list))
		put_names_of_columns();
	json_array_foreach(list, i, o) {
		if (c->csv)
			csv_other(o);
		else if (!c->json)
			put_other(o, most, bar > 30 ? 30 : bar);
	}
	call_say_truncated(c, answer);
	if (rc == 0 && i == 0)
		say(c, "Nobody is named together with them.");
	json_decref(answer);
	return rc ? rc : i ? EXIT_FOUND : EXIT_NOTHING;
}
