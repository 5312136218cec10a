/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dossier who --matrix: the leaders named most in what was asked for, each with each. One facet request a row, so every number
 * equals a search for the two.
 *
 *	                             1      2      3
 *	 1 Ronald Reagan           562     45     17
 *	 2 Yasuhiro Nakasone        45    114     22
 *	 3 Kiichi Miyazawa          17     22    104
 */
#include "client/matrix.h"

#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

#include <stdlib.h>
#include <string.h>

#define MOST 40
#define CELL 7

struct matrix {
	json_t *leaders; /* values of the leader facet */
	long long count[MOST][MOST];
	size_t n;
};

static const json_t *values_of(const json_t *answer) { return json_object_get(json_object_get(json_object_get(answer, "facets"), "leader"), "values"); }

static long long count_of(const json_t *values, const char *id)
{
	size_t i;
	json_t *v;
	json_array_foreach(values, i, v) if (strcmp(get(v, "id"), id) == 0) return number(v, "count");
	return 0;
}

static int ask(struct call *c, const char *leader, const char *facets, json_t **answer)
{
	size_t before = c->n_params;
	if (leader)
		call_param(c, "leader", leader);
	call_param(c, "facets", facets);
	int rc = call_get_json(c, "/v1/facets", answer);
	c->n_params = before;
	c->params[before] = NULL;
	return rc;
}

static int fill(struct call *c, struct matrix *m, size_t n)
{
	char facets[32];
	json_t *answer = NULL;
	snprintf(facets, sizeof facets, "leader:%zu", n);
	int rc = ask(c, NULL, facets, &answer);
	m->leaders = json_incref((json_t *)values_of(answer));
	m->n = json_array_size(m->leaders) < n ? json_array_size(m->leaders) : n;
	json_decref(answer);
	for (size_t i = 0; rc == 0 && i < m->n; i++) {
		answer = NULL;
		rc = ask(c, get(json_array_get(m->leaders, i), "id"), "leader:10000", &answer);
		for (size_t k = 0; rc == 0 && k < m->n; k++)
			m->count[i][k] = count_of(values_of(answer), get(json_array_get(m->leaders, k), "id"));
		json_decref(answer);
	}
	return rc;
}

static void put_matrix(const struct matrix *m, size_t name)
{
	put_blanks(4 + name);
	for (size_t k = 0; k < m->n; k++)
		put_count((long long)k + 1, CELL);
	put_raw("\n");
	for (size_t i = 0; i < m->n; i++) {
		put_format("%3zu ", i + 1);
		style_on(STYLE_NAME);
		put_cells(get(json_array_get(m->leaders, i), "name"), name);
		style_off();
		for (size_t k = 0; k < m->n; k++) {
			style_on(i == k ? STYLE_DIM : STYLE_PLAIN);
			put_count(m->count[i][k], CELL);
			style_off();
		}
		put_raw("\n");
	}
}

static void csv_matrix(const struct matrix *m)
{
	put_raw("leader,with,articles\n");
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->n; k++) {
			csv_field(get(json_array_get(m->leaders, i), "id"), false);
			csv_field(get(json_array_get(m->leaders, k), "id"), false);
			csv_number(m->count[i][k], true);
		}
}

int who_matrix(struct call *c)
{
	struct matrix *m = calloc(1, sizeof *m);
	const char *limit = call_get(c, "limit");
	size_t width = output_width(), name = width < 60 ? 16 : 24, fits = (width - name - 4) / CELL, n = limit ? strtoul(limit, NULL, 10) : c->csv || c->json ? 20 : fits;
	if (!m)
		abort();
	n = n > MOST ? MOST : n;
	n = !c->csv && !c->json && n > fits ? fits : n;
	int rc = fill(c, m, n ? n : 1);
	size_t found = m->n;
	if (rc == 0 && c->csv)
		csv_matrix(m);
	else if (rc == 0 && !c->json && found)
		put_matrix(m, name);
	if (rc == 0 && !found)
		say_nothing(c);
	json_decref(m->leaders);
	free(m);
	return rc ? rc : found ? EXIT_FOUND : EXIT_NOTHING;
}
