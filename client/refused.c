/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon refused, or found nothing for: its words as the client's own options and commands, and what to do. */
#include "client/help.h"
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The option of a command that sets this parameter. */
static const struct option_row *option_of(enum command c, const char *parameter)
{
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].parameter && (option_rows[i].where & (1u << c)) && strcmp(option_rows[i].parameter, parameter) == 0)
			return &option_rows[i];
	return NULL;
}

char *call_line(const struct call *c, enum command command, const char *query)
{
	char *line = NULL, word[1200];
	size_t n = 0;
	FILE *f = open_memstream(&line, &n);
	if (!f)
		abort();
	fprintf(f, "dossier %s", command_rows[command].name);
	for (size_t i = 0; i + 1 < c->n_params; i += 2) {
		const struct option_row *o = option_of(command, c->params[i]);
		if (o && o->argument)
			fprintf(f, " --%s %s", o->long_name, quoted(word, sizeof word, c->params[i + 1]));
		else if (o)
			fprintf(f, " --%s", o->long_name);
	}
	if (*query)
		fprintf(f, *query == '-' ? " -- %s" : " %s", quoted(word, sizeof word, query));
	fclose(f);
	return line;
}

#define NEAREST 8 /* are enough where the name is unknown; of an ambiguous one all are told */

static void say_candidates(const json_t *problem)
{
	const json_t *list = json_object_get(problem, "candidates");
	bool unknown = strcmp(get(problem, "code"), "unknown-leader") == 0;
	size_t i, widest = 0;
	json_t *one;
	char id[128], name[256];
	if (json_array_size(list))
		fputs("Did you mean:\n", stderr);
	json_array_foreach(list, i, one) widest = strlen(get(one, "id")) > widest ? strlen(get(one, "id")) : widest;
	json_array_foreach(list, i, one) {
		if (i == NEAREST && unknown) {
			fprintf(stderr, "  … and %zu more\n", json_array_size(list) - i);
			break;
		}
		printable_z(id, sizeof id, *get(one, "id") ? get(one, "id") : "?");
		printable_z(name, sizeof name, get(one, "name"));
		fprintf(stderr, "  %-*s  %s\n", (int)(widest < 40 ? widest : 40), id, name);
	}
}

static void print_problem(const struct call *c)
{
	char *z = c->json && dossier_problem(c->daemon) ? json_dumps(dossier_problem(c->daemon), JSON_COMPACT) : NULL;
	if (z)
		put_json(z, strlen(z));
	free(z);
}

/* A complaint about a parameter ("date_match=x: allowed is …") names the option that set it. */
static void complain_of(const struct call *c)
{
	const char *words = dossier_error(c->daemon), *eq = strchr(words, '=');
	char parameter[64] = "";
	if (eq && dossier_status(c->daemon) == 400 && eq - words < 63)
		snprintf(parameter, sizeof parameter, "%.*s", (int)(eq - words), words);
	const struct option_row *o = option_of(c->command, parameter);
	if (o)
		complain(c, "--%s %s", o->long_name, eq + 1);
	else
		complain(c, "%s", words);
}

int call_failed(const struct call *c)
{
	const json_t *problem = dossier_problem(c->daemon);
	const char *socket = dossier_socket(c->daemon), *code = get(problem, "code");
	complain_of(c);
	print_problem(c);
	if (dossier_last_code(c->daemon) == DOSSIER_UNREACHABLE)
		return advise_unreachable(c);
	if (dossier_last_code(c->daemon) != DOSSIER_REFUSED) {
		fputs("  try: dossier status\n", stderr);
		return advise(EXIT_REFUSED, "its log says more: %s", journal_of(socket));
	}
	say_candidates(problem);
	if (strcmp(code, "bad-parameter") == 0 && c->command != COMMAND_api)
		return advise(EXIT_USAGE, "try: dossier %s --help", command_rows[c->command].name);
	if (!json_array_size(json_object_get(problem, "candidates")))
		advise(0, "%s", *get(problem, "advice") ? get(problem, "advice") : "is this a dossierd of the same version? dossier status tells");
	return dossier_status(c->daemon) == 400 ? EXIT_USAGE : EXIT_REFUSED;
}

/* A filter whose values are few enough to look through. */
static bool is_listed(const char *filter) { return strcmp(filter, "lang") == 0 || strcmp(filter, "source") == 0 || strcmp(filter, "office") == 0; }

bool call_say_empty(const struct call *c, const json_t *query)
{
	const json_t *list = json_object_get(query, "emptied");
	size_t i;
	json_t *e;
	if (json_array_size(list))
		say(c, "Nothing is left of what was found:");
	json_array_foreach(list, i, e) {
		const json_t *near = json_object_get(e, "nearest");
		if (*get(near, "from") && *get(near, "to"))
			say(c, "  without %s %s: %lld; nearest dates with any: %s to %s", get(e, "filter"), get(e, "value"), number(e, "without"), get(near, "from"), get(near, "to"));
		else
			say(c, "  without %s %s: %lld", get(e, "filter"), get(e, "value"), number(e, "without"));
		if (json_array_size(list) == 1 && is_listed(get(e, "filter")))
			hint(c, "dossier facets --facets %s  # those that there are", get(e, "filter"));
	}
	return json_array_size(list) > 0;
}

/* "top 20 of 113" stands over the list already. */
void call_say_truncated(const struct call *c, const json_t *answer)
{
	const char *what;
	json_t *words;
	json_object_foreach(json_object_get(answer, "truncated"), what, words)
		if (json_is_string(words) && strncmp(json_string_value(words), "top ", 4) != 0) say(c, "Not all of it: %s: %s", what, json_string_value(words));
	if (json_is_true(json_object_get(answer, "partial")))
		say(c, "Not all of it: the time for a question was over (the setting soft-deadline); ask for a shorter span of days.");
}

void say_nothing(const struct call *c)
{
	const char *home = getenv("HOME");
	char articles[4096];
	json_t *status = NULL;
	if (c->quiet)
		return;
	bool told = dossier_json(c->daemon, "GET", "/v1/status", NULL, &status) == 0;
	long long documents = number(status, "documents");
	snprintf(articles, sizeof articles, "%s/articles", home ? home : "");
	if (told && documents == 0 && strcmp(get(status, "state"), "reading") == 0) {
		say(c, "Nothing found yet: the first articles are being read.");
		hint(c, "dossier status");
	} else if (told && documents == 0) {
		say(c, "Nothing is indexed yet.");
		hint(c, access(articles, F_OK) == 0 ? "dossier add ~/articles" : "dossier add .  # or the folder where your articles are");
	} else {
		say(c, "Nothing found. What there is:");
		hint(c, "dossier facets");
	}
	json_decref(status);
}
