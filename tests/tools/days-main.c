/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The temporal tagger on a pipe, for measuring and for looking at it alone.
 *
 *	{"id":"a","text":"…","published":"2015-01-20","lang":"en"}  →  {"id":"a","text":"…","days":[…],"published":{…}|null}
 *
 * One JSON object a line in, one a line out. "published" of the answer is what was inferred.
 */
#include "base/json.h"
#include "index/facts/facts.h"

#include <stdio.h>
#include <stdlib.h>

static void put_day(struct jw *w, const struct timex3 *x)
{
	jw_open(w, '{');
	jw_field_int(w, "start", x->start);
	jw_field_int(w, "end", x->end);
	jw_field_str(w, "surface", x->surface);
	jw_field_z(w, "type", x->type);
	jw_field_str(w, "value", x->value);
	if (interval_any(x->days))
		jw_interval(w, x->days, false);
	jw_field_z(w, "how", x->how);
	jw_field_z(w, "rule", x->rule);
	if (x->anchor != UINT32_MAX)
		jw_field_int(w, "anchor", x->anchor);
	jw_close(w, '}');
}

static void answer(struct str *out, const struct document *d, const struct facts *f)
{
	struct jw w = {.out = out};
	jw_open(&w, '{');
	jw_field_str(&w, "id", d->id);
	jw_field_str(&w, "text", d->text);
	jw_key(&w, "days");
	jw_open(&w, '[');
	for (size_t i = 0; i < f->n_days; i++)
		put_day(&w, &f->days[i]);
	jw_close(&w, ']');
	jw_key(&w, "published");
	jw_when(&w, interval_any(f->inferred.days) ? &f->inferred : NULL);
	jw_key(&w, "from");
	jw_open(&w, '[');
	for (size_t i = 0; i < f->n_inferred_from; i++)
		jw_str(&w, f->days[f->inferred_from[i]].surface);
	jw_close(&w, ']');
	jw_close(&w, '}');
	str_ch(out, '\n');
}

static bool one_line(struct span line, struct str *out)
{
	AUTO_JSON json_t *j = NULL;
	AUTO_ARENA struct arena a = {0};
	struct err err = {0};
	struct tokens t;
	struct facts f = {0};
	if (json_read(line, 8, &j, &err) < 0)
		return false;
	struct document d = {.id = json_span(j, "id"), .text = json_span(j, "text"), .lang = json_span(j, "lang")};
	if (interval_parse(json_span(j, "published"), &d.published.days))
		d.published.how = "given";
	tokens_make(&a, d.text, &t);
	days_find(&a, &d, &t, &f);
	answer(out, &d, &f);
	return true;
}

int main(void)
{
	AUTO_STR struct str out = {0};
	char *line = NULL;
	size_t cap = 0;
	int bad = 0;
	for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
		str_clear(&out);
		if (!one_line((struct span){line, (size_t)n}, &out))
			bad = 1, fprintf(stderr, "days-main: not a JSON object: %.*s\n", n > 60 ? 60 : (int)n, line);
		fwrite(out.p, 1, out.n, stdout);
	}
	free(line);
	return bad;
}
