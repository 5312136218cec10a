/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks come from the answer's byte offsets, sorted; the text between them is printed as it is, made safe.
 *
 *	… should [Kim = Kim Jong-un] travel to Moscow {later this year = 2015} …
 */
#include "client/view.h"

#include "client/output.h"

#include <stdlib.h>
#include <string.h>

static const char *get(const json_t *o, const char *key)
{
	const char *z = json_string_value(json_object_get(o, key));
	return z ? z : "";
}

static size_t number(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));
	return v > 0 ? (size_t)v : 0;
}

void view_head(const json_t *doc)
{
	char date[64];
	const char *title = get(json_object_get(doc, "title"), "text");
	style_on(STYLE_BOLD);
	put_text(*title ? title : get(doc, "title"));
	style_off();
	put_raw("\n");
	style_on(STYLE_DATE);
	put_raw(date_words(json_object_get(doc, "published"), date));
	style_off();
	const char *how = get(json_object_get(doc, "published"), "how");
	if (*how) {
		put_raw(" (");
		put_text(how);
		put_raw(")");
	}
	static const char *const fields[] = {"author", "source", "lang", "url", "id"};
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (*get(doc, fields[i])) {
			put_raw(" · ");
			put_text(get(doc, fields[i]));
		}
	put_raw("\n\n");
}

struct mark {
	size_t start, end;
	const char *means; /* name of the leader, or the interval */
	const char *surface;
	bool is_day;
};

struct marks {
	struct mark *v;
	size_t n, cap;
};

static void add_mark(struct marks *m, const json_t *place, const char *means, bool is_day)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		struct mark *v = realloc(m->v, m->cap * sizeof *v);
		if (!v)
			abort();
		m->v = v;
	}
	m->v[m->n++] = (struct mark){number(place, "start"), number(place, "end"), means, get(place, "surface"), is_day};
}

static int by_start(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	return x->start != y->start ? (x->start > y->start) - (x->start < y->start) : (x->end < y->end) - (x->end > y->end);
}

static void collect(struct marks *m, const json_t *doc)
{
	size_t i, k;
	json_t *l, *p;
	json_array_foreach(json_object_get(doc, "leaders"), i, l)
		json_array_foreach(json_object_get(l, "mentions"), k, p) add_mark(m, p, get(l, "name"), false);
	json_array_foreach(json_object_get(doc, "days"), i, p)
		if (*get(p, "from")) add_mark(m, p, get(p, "value"), true);
	if (m->n)
		qsort(m->v, m->n, sizeof *m->v, by_start);
}

static bool told_before(const struct marks *m, size_t i)
{
	for (size_t k = i; k-- > 0;)
		if (strcmp(m->v[k].surface, m->v[i].surface) == 0 && strcmp(m->v[k].means, m->v[i].means) == 0)
			return true;
	return strcmp(m->v[i].surface, m->v[i].means) == 0;
}

static void put_slice(const char *text, size_t from, size_t to)
{
	char *part = strndup(text + from, to - from);
	if (!part)
		abort();
	put_lines(part);
	free(part);
}

static void put_mark(const struct marks *m, size_t i, const char *text)
{
	const struct mark *k = &m->v[i];
	put_raw(k->is_day ? "{" : "[");
	style_on(k->is_day ? STYLE_DATE : STYLE_MARK);
	put_slice(text, k->start, k->end);
	style_off();
	if (!told_before(m, i)) {
		style_on(STYLE_DIM);
		put_raw(" = ");
		put_text(k->means);
		style_off();
	}
	put_raw(k->is_day ? "}" : "]");
}

void view_text(const json_t *doc)
{
	const char *text = get(doc, "text");
	size_t n = strlen(text), at = 0;
	struct marks m = {0};
	collect(&m, doc);
	for (size_t i = 0; i < m.n; i++) {
		if (m.v[i].start < at || m.v[i].end > n || m.v[i].end <= m.v[i].start)
			continue; /* inside another mark */
		put_slice(text, at, m.v[i].start);
		put_mark(&m, i, text);
		at = m.v[i].end;
	}
	put_slice(text, at, n);
	put_raw("\n\n");
	free(m.v);
}

void view_found(const json_t *doc)
{
	size_t i;
	json_t *l;
	style_on(STYLE_BOLD);
	put_raw("Leaders\n");
	style_off();
	json_array_foreach(json_object_get(doc, "leaders"), i, l) {
		put_raw("  ");
		put_cells(get(l, "name"), 30);
		put_format(" %4zu  ", json_array_size(json_object_get(l, "mentions")));
		put_text(get(l, "id"));
		put_raw("\n");
	}
	if (i == 0)
		put_raw("  none\n");
	json_array_foreach(json_object_get(doc, "ambiguous"), i, l) {
		size_t k;
		json_t *c;
		put_raw("  ");
		put_text(get(l, "surface"));
		put_raw("? could be ");
		json_array_foreach(json_object_get(l, "candidates"), k, c) {
			put_raw(k ? ", " : "");
			put_text(json_string_value(c));
		}
		put_raw("\n");
	}
	put_raw("\n");
}

void view_dropped(const json_t *doc)
{
	size_t i;
	json_t *d;
	style_on(STYLE_BOLD);
	put_raw("Left out\n");
	style_off();
	json_array_foreach(json_object_get(doc, "dropped"), i, d) {
		put_raw("  ");
		put_cells(get(d, "why"), 20);
		put_raw(" ");
		put_cells(get(d, "text"), output_width() - 24);
		put_raw("\n");
	}
	if (i == 0)
		put_raw("  nothing\n");
	put_raw("\n");
}

static void put_place(const json_t *p)
{
	put_format("  %6zu  ", number(p, "start"));
	put_cells(get(p, "surface"), 24);
	put_raw("  ");
}

static void explain_leader(const json_t *l)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(l, "mentions"), i, p) {
		put_place(p);
		put_text(get(l, "name"));
		put_raw(": ");
		put_text(get(p, "how"));
		put_format(", %.0f %% sure", json_number_value(json_object_get(p, "sure")) * 100);
		if (*get(p, "office")) {
			put_raw(", ");
			put_text(get(p, "office"));
		}
		put_raw("\n");
	}
}

static void heading(const char *words)
{
	style_on(STYLE_BOLD);
	put_raw(words);
	style_off();
	put_raw("\n");
}

static void explain_rejected(const json_t *doc)
{
	size_t i;
	json_t *r;
	heading("Set aside");
	json_array_foreach(json_object_get(doc, "rejected"), i, r) {
		put_place(r);
		put_raw("not ");
		put_text(get(r, "not"));
		put_raw(": ");
		put_text(get(r, "why"));
		put_raw("\n");
	}
	if (i == 0)
		put_raw("  nobody\n");
	put_raw("\n");
}

static void explain_days(const json_t *doc)
{
	size_t i;
	json_t *d;
	heading("Days (byte, words, value, interval, rule)");
	json_array_foreach(json_object_get(doc, "days"), i, d) {
		put_place(d);
		put_cells(get(d, "value"), 14);
		put_raw(" ");
		if (*get(d, "from")) {
			put_text(get(d, "from"));
			put_raw(" to ");
			put_text(get(d, "to"));
			put_raw("  ");
		}
		put_text(get(d, "how"));
		put_raw(*get(d, "rule") ? ", " : "");
		put_text(get(d, "rule"));
		put_raw("\n");
	}
	if (i == 0)
		put_raw("  none\n");
	put_raw("\n");
}

void view_reasons(const json_t *doc)
{
	size_t i;
	json_t *l;
	heading("Leaders (byte, words, who, why)");
	json_array_foreach(json_object_get(doc, "leaders"), i, l) explain_leader(l);
	if (i == 0)
		put_raw("  none\n");
	put_raw("\n");
	explain_rejected(doc);
	explain_days(doc);
}
