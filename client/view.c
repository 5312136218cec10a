/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks come from the answer's byte offsets, sorted; the text between them is printed as it is, made safe.
 *
 *	… should [Kim = Kim Jong-un] travel to Moscow {later this year = 2015} …
 */
#include "client/view.h"

#include "client/member.h"
#include "client/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t offset(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));
	return v > 0 ? (size_t)v : 0;
}

static void heading(const char *words)
{
	style_on(STYLE_BOLD);
	put_raw(words);
	style_off();
	put_raw("\n");
}

void view_head(const json_t *doc)
{
	char date[64];
	const char *title = get(json_object_get(doc, "title"), "text");
	wrap_begin(0, 0);
	wrap_text(*title ? title : get(doc, "title"), STYLE_BOLD);
	wrap_end();
	wrap_begin(0, 0);
	wrap_text(date_words(json_object_get(doc, "published"), date), STYLE_DATE);
	const char *how = get(json_object_get(doc, "published"), "how");
	if (*how) {
		wrap_text(" (", STYLE_PLAIN);
		wrap_text(how, STYLE_PLAIN);
		wrap_text(")", STYLE_PLAIN);
	}
	static const char *const fields[] = {"author", "source", "lang", "url", "id"};
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (*get(doc, fields[i])) {
			wrap_text(" · ", STYLE_PLAIN);
			wrap_text(get(doc, fields[i]), STYLE_PLAIN);
		}
	wrap_end();
	put_raw("\n");
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
	m->v[m->n++] = (struct mark){offset(place, "start"), offset(place, "end"), means, get(place, "surface"), is_day};
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

/* Whether this spelling with this meaning has been explained; says yes from then on. A name that is its own meaning needs no word. */
static bool told_before(json_t *told, const struct mark *k)
{
	char *key = NULL;
	if (strcmp(k->surface, k->means) == 0)
		return true;
	if (asprintf(&key, "%s\037%s", k->surface, k->means) < 0)
		abort();
	bool before = json_object_get(told, key) != NULL;
	json_object_set_new(told, key, json_true());
	free(key);
	return before;
}

static void wrap_slice(const char *text, size_t from, size_t to, enum style s)
{
	char *part = strndup(text + from, to - from);
	if (!part)
		abort();
	wrap_lines(part, s);
	free(part);
}

static void put_mark(const struct mark *k, json_t *told, const char *text)
{
	wrap_text(k->is_day ? "{" : "[", STYLE_PLAIN);
	wrap_slice(text, k->start, k->end, k->is_day ? STYLE_DATE : STYLE_MARK);
	if (!told_before(told, k)) {
		wrap_text(" = ", STYLE_DIM);
		wrap_text(k->means, STYLE_DIM);
	}
	wrap_text(k->is_day ? "}" : "]", STYLE_PLAIN);
}

/* Lines are broken at the width on a terminal alone: what goes into a file or a pipe keeps the article's own. */
void view_text(const json_t *doc)
{
	const char *text = get(doc, "text");
	size_t n = strlen(text), at = 0;
	struct marks m = {0};
	json_t *told = json_object();
	collect(&m, doc);
	wrap_begin(0, 0);
	if (!output_is_terminal())
		wrap_unbounded();
	for (size_t i = 0; i < m.n; i++) {
		if (m.v[i].start < at || m.v[i].end > n || m.v[i].end <= m.v[i].start)
			continue; /* inside another mark */
		wrap_slice(text, at, m.v[i].start, STYLE_PLAIN);
		put_mark(&m.v[i], told, text);
		at = m.v[i].end;
	}
	wrap_slice(text, at, n, STYLE_PLAIN);
	wrap_end();
	put_raw("\n");
	json_decref(told);
	free(m.v);
}

void view_found(const json_t *doc)
{
	size_t i;
	json_t *l;
	heading("Leaders");
	json_array_foreach(json_object_get(doc, "leaders"), i, l) {
		put_raw("  ");
		put_cells(get(l, "name"), output_width() > 60 ? 30 : output_width() / 3);
		put_format(" %4zu  ", json_array_size(json_object_get(l, "mentions")));
		put_text(get(l, "id"));
		put_raw("\n");
	}
	if (i == 0)
		put_raw("  none\n");
	json_array_foreach(json_object_get(doc, "ambiguous"), i, l) {
		size_t k;
		json_t *c;
		put_blanks(2);
		wrap_begin(2, 4);
		wrap_text(get(l, "surface"), STYLE_PLAIN);
		wrap_text("? could be ", STYLE_PLAIN);
		json_array_foreach(json_object_get(l, "candidates"), k, c) {
			wrap_text(k ? ", " : "", STYLE_PLAIN);
			wrap_text(json_string_value(c), STYLE_PLAIN);
		}
		wrap_end();
	}
	put_raw("\n");
}

void view_dropped(const json_t *doc)
{
	size_t i;
	json_t *d;
	heading("Left out");
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

/* The byte and the words; what follows goes on as running text, below itself where there is room. */
static void begin_place(const json_t *p)
{
	bool narrow = output_width() < 70;
	size_t cells = narrow ? 16 : 24;
	put_format("  %6zu  ", offset(p, "start"));
	put_cells(get(p, "surface"), cells);
	put_raw("  ");
	wrap_begin(12 + cells, narrow ? 10 : 36);
}

static void add(const char *words) { wrap_text(words, STYLE_PLAIN); }

static void add_number(const char *fmt, size_t n)
{
	char words[64];
	snprintf(words, sizeof words, fmt, n);
	add(words);
}

static void explain_leader(const json_t *l)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(l, "mentions"), i, p) {
		double sure = json_number_value(json_object_get(p, "sure")) * 100;
		begin_place(p);
		add(get(l, "name"));
		add(": ");
		add(get(p, "how"));
		add_number(", %zu %% sure", sure > 0 && sure <= 100 ? (size_t)(sure + 0.5) : 0);
		add(*get(p, "office") ? ", " : "");
		add(get(p, "office"));
		wrap_end();
	}
}

static void explain_rejected(const json_t *doc)
{
	size_t i;
	json_t *r;
	heading("Set aside");
	json_array_foreach(json_object_get(doc, "rejected"), i, r) {
		begin_place(r);
		add("not ");
		add(get(r, "not"));
		add(": ");
		add(get(r, "why"));
		wrap_end();
	}
	if (i == 0)
		put_raw("  nobody\n");
	put_raw("\n");
}

/* The expression that begins at a byte; days come in the order of the text. */
static const json_t *day_at(const json_t *days, size_t start)
{
	size_t lo = 0, hi = json_array_size(days);
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, at = offset(json_array_get(days, mid), "start");
		if (at == start)
			return json_array_get(days, mid);
		if (at < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* What a day was told from: another expression, or the publication day. */
static void put_anchor(const json_t *doc, const json_t *day)
{
	const char *published = get(json_object_get(doc, "published"), "text");
	if (json_object_get(day, "anchor")) {
		const json_t *from = day_at(json_object_get(doc, "days"), offset(day, "anchor"));
		add(" to ");
		if (from) {
			add("\"");
			add(get(from, "surface"));
			add("\" ");
		}
		add_number("at %zu", offset(day, "anchor"));
	} else if (strcmp(get(day, "how"), "relative") == 0 && *get(day, "from") && *published) {
		add(" to publication, ");
		add(published);
	}
}

/* On which words of the text an inferred publication rests, or why there is none. */
static void explain_inferred(const json_t *doc)
{
	const json_t *from = json_object_get(doc, "inferred_from");
	size_t i;
	json_t *d;
	if (!json_array_size(from))
		return;
	heading(json_is_true(json_object_get(doc, "contradictory")) ? "Publication: unknown, for these contradict one another" : "Publication: inferred from");
	json_array_foreach(from, i, d) {
		begin_place(d);
		wrap_end();
		json_t *sentence = json_pack("[s]", get(d, "sentence"));
		put_wrapped(sentence, 8);
		json_decref(sentence);
	}
	put_raw("\n");
}

static void explain_days(const json_t *doc)
{
	size_t i;
	json_t *d;
	heading("Days (byte, words, value, why)");
	json_array_foreach(json_object_get(doc, "days"), i, d) {
		begin_place(d);
		add(get(d, "value"));
		if (*get(d, "from")) {
			add(", ");
			add(get(d, "from"));
			add(" to ");
			add(get(d, "to"));
		}
		add("; ");
		add(get(d, "how"));
		put_anchor(doc, d);
		add(*get(d, "rule") ? "; rule " : "");
		add(get(d, "rule"));
		wrap_end();
	}
	if (i == 0)
		put_raw("  none\n");
	put_raw("\n");
}

static void explain_meetings(const json_t *doc)
{
	const json_t *list = json_object_get(doc, "meetings");
	size_t i, k;
	json_t *m, *l;
	if (!json_array_size(list))
		return;
	heading("Meetings (byte, status, who, when, where)");
	json_array_foreach(list, i, m) {
		char when[64];
		put_format("  %6zu  ", offset(m, "start"));
		wrap_begin(10, 10);
		wrap_text(get(m, "status"), STYLE_BOLD);
		json_array_foreach(json_object_get(m, "leaders"), k, l) {
			add(k ? ", " : " ");
			add(json_is_string(l) ? json_string_value(l) : get(l, "name"));
		}
		add(json_is_object(json_object_get(m, "day")) ? "; " : "");
		add(json_is_object(json_object_get(m, "day")) ? date_words(json_object_get(m, "day"), when) : "");
		add(*get(m, "place") ? "; " : "");
		add(get(m, "place"));
		wrap_end();
	}
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
	explain_inferred(doc);
	explain_meetings(doc);
	explain_days(doc);
}
