/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier facets: counts alone. */
#include "client/facets.h"
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The usual ones; -n says how many values of each. */
static void ask_for(struct call *c, char list[160], const char *granularity)
{
	const char *n = call_get(c, "limit");
	snprintf(list, 160, "leader:%.9s,date%s%s,country:%.9s,source:%.9s", n ? n : "20", granularity ? ":" : "", granularity ? granularity : "", n ? n : "10", n ? n : "10");
	call_param(c, "facets", list);
}

/* What was asked for, with -n behind each facet of values that names no number of its own. New. */
static char *with_limit(const char *list, const char *n)
{
	char *out = NULL;
	size_t size = 0, k;
	FILE *f = open_memstream(&out, &size);
	if (!f)
		abort();
	for (; *list; list += k + (list[k] == ',')) {
		k = strcspn(list, ",");
		bool whole = memchr(list, ':', k) || (k == 4 && strncmp(list, "date", 4) == 0);
		fprintf(f, "%s%.*s%s%s", ftell(f) > 0 ? "," : "", (int)k, list, whole ? "" : ":", whole ? "" : n);
	}
	fclose(f);
	return out;
}

/* Where nobody chose the granularity, dates are asked for again, coarser, until they fit on a screen. */
static int ask_until_it_fits(struct call *c, json_t **answer)
{
	char list[160];
	for (const char *granularity = NULL;;) {
		ask_for(c, list, granularity);
		int rc = call_get_json(c, "/v1/facets", answer);
		c->n_params -= 2;
		c->params[c->n_params] = NULL;
		const json_t *date = json_object_get(json_object_get(*answer, "facets"), "date");
		const char *now = json_string_value(json_object_get(date, "granularity"));
		granularity = rc == 0 && now && !c->json && !c->csv ? coarser_granularity(now, date_rows(json_object_get(date, "buckets"))) : NULL;
		if (!granularity)
			return rc;
		json_decref(*answer);
	}
}

static void put_answer(const struct call *c, const json_t *answer)
{
	long long total = json_integer_value(json_object_get(answer, "total"));
	if (c->csv) {
		csv_facets(json_object_get(answer, "facets"));
	} else if (!c->json) {
		put_number(total);
		put_raw(total == 1 ? " article\n\n" : " articles\n\n");
		put_facets(json_object_get(answer, "facets"), total);
	}
	call_say_truncated(c, answer);
	if (!call_say_empty(c, json_object_get(answer, "query")) && total == 0)
		say_nothing(c);
}

/* ---- --named: the values of a facet by the beginning of a word, also those that no list of the most frequent reaches ---- */

#define NAMED "20"

static int no_names(const struct call *c, const char *name, size_t n)
{
	complain(c, "--named looks among leader, country, source, lang and office, not among %.*s", (int)n, name);
	return advise(EXIT_USAGE, "try: dossier facets --named kim --facets leader,country");
}

/* One facet's values, as /v1/facets would give them, into `facets`. */
static int ask_named(struct call *c, const char *name, size_t n, json_t *facets)
{
	static const char *const fields[] = {"leader", "country", "source", "lang", "office"};
	size_t i = 0;
	json_t *answer = NULL;
	while (i < sizeof fields / sizeof fields[0] && (strlen(fields[i]) != n || strncmp(fields[i], name, n) != 0))
		i++;
	if (i == sizeof fields / sizeof fields[0])
		return no_names(c, name, n);
	call_param_again(c, "field", fields[i], false);
	int rc = call_get_json(c, "/v1/suggest", &answer);
	if (rc == 0)
		json_object_set(facets, fields[i], answer);
	json_decref(answer);
	return rc;
}

static int facets_named(struct call *c)
{
	const char *list = call_get(c, "facets");
	json_t *facets = json_object(), *f;
	const char *key;
	size_t n, found = 0;
	int rc = 0;
	call_param_drop(c, "facets");
	call_param(c, "prefix", c->named);
	if (!call_get(c, "limit"))
		call_param(c, "limit", NAMED);
	for (list = list ? list : "leader"; rc == 0 && *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		rc = ask_named(c, list, strcspn(list, ":,"), facets);
	}
	json_object_foreach(facets, key, f) found += json_array_size(json_object_get(f, "values"));
	if (rc == 0 && c->csv)
		csv_facets(facets);
	else if (rc == 0 && !c->json)
		put_facets(facets, 0);
	if (rc == 0 && !found) {
		char word[256];
		say(c, "Nothing of that name in these articles.");
		hint(c, "dossier leaders -- %s", quoted(word, sizeof word, c->named));
	}
	json_decref(facets);
	return rc ? rc : found ? EXIT_FOUND : EXIT_NOTHING;
}

int cmd_facets(struct call *c)
{
	char *q = call_query(c);
	char *list = call_get(c, "facets") && call_get(c, "limit") ? with_limit(call_get(c, "facets"), call_get(c, "limit")) : NULL;
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	if (list)
		call_param_again(c, "facets", list, false);
	if (c->named) {
		int named = facets_named(c);
		free(list);
		free(q);
		return named;
	}
	int rc = call_get(c, "facets") ? call_get_json(c, "/v1/facets", &answer) : ask_until_it_fits(c, &answer);
	if (rc == 0) {
		put_answer(c, answer);
		rc = json_integer_value(json_object_get(answer, "total")) > 0 ? EXIT_FOUND : EXIT_NOTHING;
	}
	json_decref(answer);
	free(list);
	free(q);
	return rc;
}
