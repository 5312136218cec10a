/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier count: how many. With --batch each line of a file is asked by itself, and a table comes out:
 *
 *	articles  query
 *	      31  putin
 *	       0  nobody at all
 *
 * A line that is refused (an unknown leader) is told on standard error and counts as "-"; the others go on.
 */
#include "client/output.h"
#include "client/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ask_total(struct call *c, const char *key, const char *value, json_t **answer)
{
	if (value && *value)
		call_param(c, key, value);
	call_param(c, "limit", "0");
	int rc = dossier_json(c->daemon, "GET", "/v1/search", c->params, answer);
	c->n_params -= value && *value ? 4 : 2;
	if (c->params)
		c->params[c->n_params] = NULL;
	return rc;
}

static void put_line(const struct call *c, const char *line, const json_t *answer)
{
	long long total = json_integer_value(json_object_get(answer, "total"));
	if (c->json)
		return;
	if (c->csv) {
		csv_field(line, false);
		if (answer)
			csv_number(total, true);
		else
			csv_field("", true);
		return;
	}
	if (answer)
		put_count(total, 8);
	else
		put_cells_right("-", 8);
	put_raw("  ");
	put_text(line);
	put_raw("\n");
}

/* JSON: one object a line, the line that was asked with its answer. */
static void put_json_line(const char *line, const json_t *answer)
{
	json_t *o = json_pack("{s:s?, s:O?}", "line", line, "total", json_object_get(answer, "total"));
	char *z = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (z)
		put_json(z, strlen(z));
	free(z);
	json_decref(o);
}

/* 0, or the exit status of a failure that ends the batch: only a daemon that is gone does. */
static int count_line(struct call *c, const char *line, int *worst, bool *found)
{
	json_t *answer = NULL;
	int rc = ask_total(c, c->leaders ? "leader" : "q", line, &answer);
	if (rc != 0) {
		bool json = c->json;
		c->json = false;
		*worst = call_failed(c);
		c->json = json;
		if (rc != DOSSIER_REFUSED)
			return *worst;
	}
	*found = *found || json_integer_value(json_object_get(answer, "total")) > 0;
	put_line(c, line, answer);
	if (c->json)
		put_json_line(line, answer);
	json_decref(answer);
	return 0;
}

static int count_batch(struct call *c)
{
	FILE *f = strcmp(c->batch, "-") == 0 ? stdin : fopen(c->batch, "r");
	char *line = NULL;
	size_t cap = 0;
	int worst = 0, rc = 0;
	bool found = false;
	if (!f) {
		complain(c, "%s: %s", c->batch, strerror(errno));
		return advise(EXIT_REFUSED, "a text file is meant, a query or a leader on each line; - is standard input");
	}
	if (c->csv)
		put_raw(c->leaders ? "leader,articles\n" : "query,articles\n");
	while (rc == 0 && getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\r\n")] = 0;
		if (*line)
			rc = count_line(c, line, &worst, &found);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return rc ? rc : worst ? worst : found ? EXIT_FOUND : EXIT_NOTHING;
}

int cmd_count(struct call *c)
{
	if (c->batch)
		return count_batch(c);
	char *q = call_query(c);
	json_t *answer = NULL;
	int rc = ask_total(c, "q", q, &answer) ? call_failed(c) : 0;
	long long total = json_integer_value(json_object_get(answer, "total"));
	if (rc == 0 && c->json) {
		char *z = json_dumps(answer, JSON_COMPACT);
		put_json(z ? z : "", z ? strlen(z) : 0);
		free(z);
	} else if (rc == 0) {
		put_format("%lld\n", total);
	}
	json_decref(answer);
	free(q);
	return rc ? rc : total ? EXIT_FOUND : EXIT_NOTHING;
}
