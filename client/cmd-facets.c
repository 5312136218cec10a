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

int cmd_facets(struct call *c)
{
	char *q = call_query(c);
	char *list = call_get(c, "facets") && call_get(c, "limit") ? with_limit(call_get(c, "facets"), call_get(c, "limit")) : NULL;
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	if (list)
		call_param_again(c, "facets", list, false);
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
