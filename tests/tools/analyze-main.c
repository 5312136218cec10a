/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analyze: facts of documents without a daemon, for measuring. NDJSON {"id","text","title","published"} on standard input,
 * one line of JSON for each on standard output, as POST /v1/analyze?clean=0 gives them. `analyze DATA --leaders` prints the table.
 */
#include "base/json.h"
#include "base/mem.h"
#include "index/facts/facts.h"

#include <stdio.h>
#include <stdlib.h>

static void put_mention(struct jw *w, const struct mention *m, bool with_leader)
{
	jw_open(w, '{');
	if (with_leader)
		jw_field_str(w, "leader", m->leader);
	jw_field_int(w, "start", m->start);
	jw_field_int(w, "end", m->end);
	jw_field_str(w, "surface", m->surface);
	jw_field_z(w, "how", m->how);
	jw_field_z(w, "why", m->why);
	jw_key(w, "sure");
	jw_num(w, (double)m->sure);
	if (m->office_key.n)
		jw_field_str(w, "office", m->office_key);
	if (m->n_candidates) {
		jw_key(w, "candidates");
		jw_open(w, '[');
		for (uint32_t i = 0; i < m->n_candidates; i++)
			jw_str(w, m->candidates[i]);
		jw_close(w, ']');
	}
	jw_close(w, '}');
}

static void put_list(struct jw *w, const char *key, const struct mention *v, size_t n)
{
	jw_key(w, key);
	jw_open(w, '[');
	for (size_t i = 0; i < n; i++)
		put_mention(w, &v[i], true);
	jw_close(w, ']');
}

static void put_leaders(struct jw *w, struct arena *a, const struct gazetteer *g, const struct facts *f)
{
	struct leader_count *counts;
	size_t n = facts_leaders(a, f, &counts);
	jw_key(w, "leaders");
	jw_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct leader *l = gazetteer_by_id(g, counts[i].id);
		jw_open(w, '{');
		jw_field_str(w, "id", counts[i].id);
		jw_field_str(w, "name", l ? l->name : counts[i].id);
		jw_key(w, "mentions");
		jw_open(w, '[');
		for (size_t k = 0; k < f->n_mentions; k++)
			if (span_eq(f->mentions[k].leader, counts[i].id))
				put_mention(w, &f->mentions[k], false);
		jw_close(w, ']');
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void put_days(struct jw *w, const struct facts *f)
{
	jw_key(w, "days");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_days; i++) {
		const struct timex3 *x = &f->days[i];
		jw_open(w, '{');
		jw_field_int(w, "start", x->start);
		jw_field_int(w, "end", x->end);
		jw_field_str(w, "surface", x->surface);
		jw_field_z(w, "type", x->type);
		jw_field_str(w, "value", x->value);
		jw_field_z(w, "how", x->how);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void put_meetings(struct jw *w, const struct facts *f)
{
	jw_key(w, "meetings");
	jw_open(w, '[');
	for (size_t i = 0; i < f->n_meetings; i++) {
		const struct meeting *m = &f->meetings[i];
		AUTO_STR struct str day = {0};
		if (interval_any(m->days))
			interval_text(&day, m->days);
		jw_open(w, '{');
		jw_key(w, "leaders");
		jw_open(w, '[');
		for (uint32_t k = 0; k < m->n_leaders; k++)
			jw_str(w, m->leaders[k]);
		jw_close(w, ']');
		jw_field_z(w, "status", m->status);
		jw_field_str(w, "day", str_view(&day));
		jw_field_str(w, "place", m->place);
		jw_field_int(w, "start", m->start);
		jw_field_int(w, "end", m->end);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void analyze(const struct gazetteer *g, json_t *in, struct str *out)
{
	AUTO_ARENA struct arena a = {0};
	struct document d = {.text = json_span(in, "text"), .title = json_span(in, "title"), .id = json_span(in, "id")};
	interval_parse(json_span(in, "published"), &d.published.days);
	struct facts f;
	facts_find(&a, g, &d, &f);
	struct jw w = {.out = out};
	jw_open(&w, '{');
	jw_field_str(&w, "id", d.id);
	jw_field_str(&w, "text", d.text);
	put_leaders(&w, &a, g, &f);
	put_list(&w, "ambiguous", f.ambiguous, f.n_ambiguous);
	put_list(&w, "rejected", f.rejected, f.n_rejected);
	put_days(&w, &f);
	put_meetings(&w, &f);
	jw_close(&w, '}');
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
		return fprintf(stderr, "usage: analyze DATA-DIR [--leaders | --user DIR] < documents.ndjson\n"), 64;
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
