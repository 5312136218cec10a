/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of documents without a daemon, for measuring: NDJSON {"id","text","title","published","lang"} on standard input, one line of JSON
 * for each on standard output, as POST /v1/analyze?clean=0 gives them. `analyze-main DATA --leaders` prints the table.
 */
#include "base/json.h"
#include "base/mem.h"
#include "index/facts/facts.h"
#include "index/query/answer.h"

#include <stdio.h>
#include <stdlib.h>

static void analyze(const struct gazetteer *g, json_t *in, struct str *out)
{
	AUTO_ARENA struct arena a = {0};
	struct document d = {.text = json_span(in, "text"), .title = json_span(in, "title"), .id = json_span(in, "id"), .lang = json_span(in, "lang")};
	if (interval_parse(json_span(in, "published"), &d.published.days))
		d.published.how = "given";
	struct facts f;
	facts_find(&a, g, &d, &f);
	struct jw w = {.out = out};
	present_analysis(&w, &a, g, &d, &f);
	str_ch(out, '\n');
}

static void print_table(const struct gazetteer *g)
{
	AUTO_STR struct str out = {0};
	struct jw w = {.out = &out};
	jw_open(&w, '[');
	for (size_t i = 0; i < gazetteer_n_leaders(g); i++) {
		const struct leader *l = gazetteer_leader(g, i);
		jw_open(&w, '{');
		jw_field_str(&w, "id", l->id);
		jw_field_str(&w, "name", l->name);
		jw_field_str(&w, "wikipedia", l->wikipedia);
		jw_key(&w, "aliases");
		jw_open(&w, '[');
		for (uint32_t k = 0; k < l->n_aliases; k++)
			jw_str(&w, l->aliases[k]);
		jw_close(&w, ']');
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
	puts(str_cz(&out));
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct gazetteer *g = NULL;
	const struct table_problem *problems;
	if (argc < 2)
		return fprintf(stderr, "usage: analyze-main DATA-DIR [--leaders | --user DIR] < documents.ndjson\n"), 64;
	bool table = argc > 2 && strcmp(argv[2], "--leaders") == 0;
	if (gazetteer_load(argv[1], argc > 3 && !table ? argv[3] : NULL, &g, &err))
		fprintf(stderr, "%s\n", err.msg);
	for (size_t i = 0, n = gazetteer_problems(g, &problems); i < n; i++)
		fprintf(stderr, "%.*s:%u: %.*s\n", SPAN_ARG(problems[i].file), problems[i].line, SPAN_ARG(problems[i].what));
	if (table)
		print_table(g);
	char *line = NULL;
	size_t cap = 0;
	AUTO_STR struct str out = {0};
	for (ssize_t n; !table && (n = getline(&line, &cap, stdin)) > 0;) {
		json_t *in = NULL;
		if (json_read((struct span){line, (size_t)n}, 8, &in, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			continue;
		}
		str_clear(&out);
		analyze(g, in, &out);
		fwrite(out.p, 1, out.n, stdout);
		json_decref(in);
	}
	free(line);
	gazetteer_free(g);
	return 0;
}
