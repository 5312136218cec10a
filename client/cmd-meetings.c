/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier meetings: who met whom, when; planned, cancelled and denied ones as well. Latest first, with the sentence that tells it.
 *
 * A day that follows from the publication alone is shown so: "~ 19–25 Apr 2019 … day inferred from the publication".
 *
 *	25 Apr 2019       held       Kim Jong-un, Vladimir Putin · Vladivostok · 3 articles
 *	     On Thursday the two met for the first time, on an island off Vladivostok …
 *	     sample/wire/2019-04-25-vladivostok.txt
 *
 * A pair that is asked for gets more sentences than a list of everybody's meetings.
 */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdlib.h>

#define SENTENCES_OF_ALL  1
#define SENTENCES_OF_PAIR 3

static const char *name_of(const json_t *leader) { return json_is_string(leader) ? json_string_value(leader) : *get(leader, "name") ? get(leader, "name") : get(leader, "id"); }

static void put_evidence(const json_t *list, size_t most)
{
	size_t i;
	json_t *e;
	json_array_foreach(list, i, e) {
		if (i == most)
			break;
		put_blanks(5);
		wrap_begin(5, 5);
		wrap_text(get(e, "text"), STYLE_PLAIN);
		wrap_end();
		put_blanks(5);
		wrap_begin(5, 5);
		wrap_whole(get(e, "id"), STYLE_DIM);
		wrap_end();
	}
}

static void put_meeting(const json_t *m, size_t sentences)
{
	char when[64], count[64];
	long long documents = number(m, "documents");
	size_t i;
	json_t *l;
	put_cells(date_words(json_object_get(m, "day"), when), 17);
	put_raw(" ");
	style_on(STYLE_BOLD);
	put_cells(get(m, "status"), 11);
	style_off();
	wrap_begin(29, 5);
	json_array_foreach(json_object_get(m, "leaders"), i, l) {
		wrap_text(i ? ", " : "", STYLE_PLAIN);
		wrap_text(name_of(l), STYLE_NAME);
	}
	wrap_text(*get(m, "place") ? " · " : "", STYLE_PLAIN);
	wrap_text(get(m, "place"), STYLE_PLAIN);
	wrap_text(strcmp(get(json_object_get(m, "day"), "how"), "inferred") == 0 ? " · day inferred from the publication" : "", STYLE_DIM);
	snprintf(count, sizeof count, " · %lld articles", documents);
	wrap_text(documents > 1 ? count : "", STYLE_DIM);
	wrap_end();
	put_evidence(json_object_get(m, "evidence"), sentences);
	put_raw("\n");
}

static void csv_meeting(const json_t *m)
{
	const json_t *day = json_object_get(m, "day"), *e = json_array_get(json_object_get(m, "evidence"), 0);
	char *names = NULL;
	size_t i, n = 0;
	json_t *l;
	FILE *f = open_memstream(&names, &n);
	if (!f)
		abort();
	json_array_foreach(json_object_get(m, "leaders"), i, l) fprintf(f, "%s%s", i ? " " : "", json_is_string(l) ? json_string_value(l) : get(l, "id"));
	fclose(f);
	csv_field(get(day, "from"), false);
	csv_field(get(day, "to"), false);
	csv_field(get(day, "precision"), false);
	csv_field(get(m, "status"), false);
	csv_field(names, false);
	csv_field(get(m, "place"), false);
	csv_number(number(m, "documents"), false);
	csv_field(get(e, "id"), false);
	csv_field(get(e, "text"), false);
	csv_field(get(day, "how"), true);
	free(names);
}

int cmd_meetings(struct call *c)
{
	json_t *answer = NULL, *m;
	call_words_are_leaders(c);
	int rc = call_get_json(c, "/v1/meetings", &answer);
	size_t i, sentences = c->n_words > 1 ? SENTENCES_OF_PAIR : SENTENCES_OF_ALL;
	if (rc == 0 && c->csv)
		put_raw("from,to,precision,status,leaders,place,articles,id,sentence,how\n");
	json_array_foreach(json_object_get(answer, "meetings"), i, m) {
		if (c->csv)
			csv_meeting(m);
		else if (!c->json)
			put_meeting(m, sentences);
	}
	call_say_truncated(c, answer);
	if (rc == 0 && i == 0) {
		char *line = call_line(c, COMMAND_who, "");
		say(c, "No meetings known. Who is named together with whom:");
		hint(c, "%s", line);
		free(line);
	}
	json_decref(answer);
	return rc ? rc : i ? EXIT_FOUND : EXIT_NOTHING;
}
