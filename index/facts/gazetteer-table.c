/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: tab-separated tables with a header line, '#' comments, lists parted by '|'. A row that cannot be used is told with
 * file and line and left out; everything else is taken. The user's table comes later and may replace a leader by its id.
 */
#include "base/io.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "index/facts/gazetteer-inner.h"

#include <stdarg.h>
#include <stdio.h>

#define FILE_LIMIT  (64u << 20)
#define FIELD_LIMIT 8000

void problem_add(struct gazetteer *g, struct span file, uint32_t line, const char *fmt, ...)
{
	char buf[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (g->n_problems >= PROBLEMS_MAX)
		return;
	AUTO_STR struct str safe = {0};
	utf8_printable(&safe, span_of(buf), false);
	*arena_push(&g->arena, g->problems, g->n_problems, g->cap_problems) =
		(struct table_problem){.file = arena_span(&g->arena, file), .line = line, .what = arena_span(&g->arena, str_view(&safe))};
}

static size_t columns_count(const char *const *columns)
{
	size_t n = 0;
	while (columns[n])
		n++;
	return n;
}

static bool read_header(struct table *t, struct span line)
{
	struct span name;
	size_t found = 0, n = columns_count(t->columns);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		t->at[i] = -1;
	for (size_t i = 0; i < FIELDS_MAX && span_cut(&line, '\t', &name); i++)
		for (size_t k = 0; k < n; k++)
			if (span_is(span_trim(name), t->columns[k]))
				t->at[i] = (int)k, found++;
	if (!found || t->at[0] != 0)
		problem_add(t->g, t->file, t->line, "no header line: the first column must be \"%s\"; the table is left out", t->columns[0]);
	return found && t->at[0] == 0;
}

static bool read_fields(struct table *t, struct span line)
{
	memset(t->field, 0, sizeof t->field);
	const char *p = line.p, *end = line.p + line.n;
	for (size_t i = 0; i < FIELDS_MAX; i++) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		struct span f = span_trim((struct span){p, (size_t)((tab ? tab : end) - p)});
		if (f.n > FIELD_LIMIT) {
			problem_add(t->g, t->file, t->line, "column %zu is longer than %d bytes; the row is left out", i + 1, FIELD_LIMIT);
			return false;
		}
		if (t->at[i] >= 0)
			t->field[t->at[i]] = f;
		if (!tab)
			return true;
		p = tab + 1;
	}
	return true;
}

static bool next_line(struct span *rest, struct span *line)
{
	if (!rest->n)
		return false;
	const char *nl = memchr(rest->p, '\n', rest->n);
	size_t n = nl ? (size_t)(nl - rest->p) : rest->n;
	*line = (struct span){rest->p, n && rest->p[n - 1] == '\r' ? n - 1 : n};
	*rest = span_sub(*rest, nl ? n + 1 : n, rest->n);
	return true;
}

static bool has_control(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
			return true;
	return false;
}

static void each_row(struct table *t, struct span text, row_fn row)
{
	struct span line;
	bool header = false;
	if (span_starts(text, "\xEF\xBB\xBF"))
		text = span_sub(text, 3, text.n);
	for (t->line = 1; next_line(&text, &line); t->line++) {
		if (!span_trim(line).n || line.p[0] == '#')
			continue;
		if (!header) {
			if (!read_header(t, line))
				return;
			header = true;
		} else if (!utf8_valid(line)) {
			problem_add(t->g, t->file, t->line, "not UTF-8; the row is left out");
		} else if (has_control(line)) {
			problem_add(t->g, t->file, t->line, "a control character (NUL, escape …) is in it; the row is left out");
		} else if (read_fields(t, line)) {
			row(t);
		}
	}
}

void table_read(struct gazetteer *g, const char *dir, const char *name, const char *const *columns, row_fn row, bool users)
{
	AUTO_STR struct str path = {0}, text = {0};
	str_printf(&path, "%s/%s", dir, name);
	struct err err = {0};
	int rc = io_read_regular(str_cz(&path), FILE_LIMIT, &text, &err);
	if (rc) {
		if (!(users && rc == ERR_NOT_FOUND))
			problem_add(g, str_view(&path), 0, "%s", err.msg);
		return;
	}
	struct table t = {.g = g, .file = str_view(&path), .columns = columns, .users = users};
	struct span kept = arena_span(&g->arena, str_view(&text)); /* rows borrow from it */
	g->version = (g->version ^ span_hash(kept)) * 0x9E3779B97F4A7C15u;
	each_row(&t, kept, row);
}

/* Leaders. */

static uint32_t *id_slot(const struct gazetteer *g, struct span id)
{
	uint32_t mask = g->n_id_slots - 1;
	for (uint32_t i = (uint32_t)span_hash(id) & mask;; i = (i + 1) & mask)
		if (!g->id_slots[i] || span_eq(g->people[g->id_slots[i] - 1].pub.id, id))
			return &g->id_slots[i];
}

int32_t person_find(const struct gazetteer *g, struct span id)
{
	return g->n_id_slots && id.n ? (int32_t)*id_slot(g, id) - 1 : -1;
}

static void id_slots_grow(struct gazetteer *g)
{
	if (g->n_people * 2 < g->n_id_slots)
		return;
	g->n_id_slots = g->n_id_slots ? g->n_id_slots * 2 : 4096;
	g->id_slots = arena_array(&g->arena, uint32_t, g->n_id_slots);
	for (size_t i = 0; i < g->n_people; i++)
		*id_slot(g, g->people[i].pub.id) = (uint32_t)i + 1;
}

static bool id_usable(struct span id)
{
	if (!id.n || id.n > 100)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '0' && id.p[i] <= '9') || id.p[i] == '-'))
			return false;
	return true;
}

/* A list without the items that are too long; each of those is told. */
static struct span usable_list(struct table *t, struct span list)
{
	struct span rest = list, item;
	bool bad = false;
	while (span_cut(&rest, '|', &item))
		if (item.n > FORM_LIMIT) {
			problem_add(t->g, t->file, t->line, "a name of %zu bytes is left out (the limit is %d)", item.n, FORM_LIMIT);
			bad = true;
		}
	if (!bad)
		return list;
	AUTO_STR struct str kept = {0};
	for (rest = list; span_cut(&rest, '|', &item);)
		if (item.n <= FORM_LIMIT) {
			if (kept.n)
				str_ch(&kept, '|');
			str_span(&kept, item);
		}
	return arena_span(&t->g->arena, str_view(&kept));
}

enum { L_ID, L_NAME, L_FAMILY, L_GIVEN, L_ORDER, L_COUNTRY, L_ALIASES, L_WIKIPEDIA };
static const char *const leader_columns[] = {"id", "name", "family", "given", "order", "country", "aliases", "wikipedia", NULL};

static void leader_row(struct table *t)
{
	struct gazetteer *g = t->g;
	struct span *f = t->field;
	if (!id_usable(f[L_ID])) {
		problem_add(g, t->file, t->line, "id \"%.*s\": only a-z, 0-9 and - can be used; the row is left out", (int)(f[L_ID].n > 60 ? 60 : f[L_ID].n), f[L_ID].p);
		return;
	}
	if (!f[L_NAME].n || f[L_NAME].n > FORM_LIMIT) {
		problem_add(g, t->file, t->line, "%.*s has no usable name; the row is left out", SPAN_ARG(f[L_ID]));
		return;
	}
	struct person p = {.order = ORDER_LAST, .country = -1};
	if (span_is(f[L_ORDER], "family-first"))
		p.order = ORDER_FIRST;
	else if (span_is(f[L_ORDER], "single"))
		p.order = ORDER_SINGLE;
	else if (f[L_ORDER].n && !span_is(f[L_ORDER], "family-last"))
		problem_add(g, t->file, t->line, "order \"%.*s\" is not family-last, family-first or single; family-last is used", (int)(f[L_ORDER].n > 60 ? 60 : f[L_ORDER].n), f[L_ORDER].p);
	p.pub = (struct leader){.id = f[L_ID], .name = f[L_NAME], .country = f[L_COUNTRY], .wikipedia = f[L_WIKIPEDIA]};
	p.family_list = usable_list(t, f[L_FAMILY]);
	p.given_list = usable_list(t, f[L_GIVEN]);
	p.alias_list = usable_list(t, f[L_ALIASES]);
	int32_t old = person_find(g, p.pub.id);
	if (old >= 0 && !t->users) {
		problem_add(g, t->file, t->line, "%.*s stands in the table already; this row is left out", SPAN_ARG(f[L_ID]));
		return;
	}
	if (old >= 0) {
		g->people[old] = p;
		return;
	}
	id_slots_grow(g);
	*arena_push(&g->arena, g->people, g->n_people, g->cap_people) = p;
	*id_slot(g, p.pub.id) = (uint32_t)g->n_people;
}

/* Offices. */

enum { O_LEADER, O_COUNTRY, O_KIND, O_TITLE, O_FROM, O_TO };
static const char *const office_columns[] = {"leader", "country", "kind", "title", "from", "to", NULL};

const char *office_kind_word(enum office_kind kind)
{
	static const char *const words[] = {
#define X(name, word) word,
		OFFICE_KINDS(X)
#undef X
	};
	return kind < OFFICE_KIND_COUNT_ ? words[kind] : "";
}

static bool read_date(struct table *t, int column, struct interval *out)
{
	*out = (struct interval){.precision = PREC_NONE};
	if (!t->field[column].n || interval_parse(t->field[column], out))
		return true;
	problem_add(t->g, t->file, t->line, "date \"%.*s\" not understood (2015-01-20, 2015-01 or 2015); the row is left out",
		(int)(t->field[column].n > 60 ? 60 : t->field[column].n), t->field[column].p);
	return false;
}

static void office_row(struct table *t)
{
	struct gazetteer *g = t->g;
	struct span *f = t->field;
	struct office o = {.country = f[O_COUNTRY], .title = f[O_TITLE], .kind = OFFICE_KIND_COUNT_};
	for (enum office_kind k = 0; k < OFFICE_KIND_COUNT_; k++)
		if (span_is(f[O_KIND], office_kind_word(k)))
			o.kind = k;
	int32_t who = person_find(g, f[O_LEADER]);
	if (who < 0) {
		problem_add(g, t->file, t->line, "no leader \"%.*s\"; the row is left out", (int)(f[O_LEADER].n > 60 ? 60 : f[O_LEADER].n), f[O_LEADER].p);
		return;
	}
	if (o.kind == OFFICE_KIND_COUNT_) {
		problem_add(g, t->file, t->line, "kind \"%.*s\" is not head-of-state, head-of-government or effective-leader; the row is left out",
			(int)(f[O_KIND].n > 60 ? 60 : f[O_KIND].n), f[O_KIND].p);
		return;
	}
	o.leader = (uint32_t)who;
	if (!read_date(t, O_FROM, &o.from) || !read_date(t, O_TO, &o.to))
		return;
	if (!interval_any(o.from)) {
		problem_add(g, t->file, t->line, "no date of beginning; the row is left out");
		return;
	}
	if (interval_any(o.to) && o.to.to < o.from.from) {
		problem_add(g, t->file, t->line, "the office ends (%.*s) before it begins (%.*s); the row is left out", SPAN_ARG(f[O_TO]), SPAN_ARG(f[O_FROM]));
		return;
	}
	*arena_push(&g->arena, g->offices, g->n_offices, g->cap_offices) = o;
}

/* Countries and decoys. */

enum { C_CODE, C_NAME, C_ADJECTIVES, C_ALIASES, C_CAPITAL, C_FROM, C_TO };
static const char *const country_columns[] = {"code", "name", "adjectives", "aliases", "capital", "from", "to", NULL};

static int32_t *code_row(const struct gazetteer *g, struct span code)
{
	if (code.n != 2 || code.p[0] < 'A' || code.p[0] > 'Z' || code.p[1] < 'A' || code.p[1] > 'Z')
		return NULL;
	return (int32_t *)&g->code_rows[(code.p[0] - 'A') * 26 + code.p[1] - 'A'];
}

int32_t country_find(const struct gazetteer *g, struct span code)
{
	const int32_t *row = code_row(g, code);
	if (row)
		return *row - 1;
	for (size_t i = 0; i < g->n_countries; i++)
		if (span_eq(g->countries[i].code, code))
			return (int32_t)i;
	return -1;
}

static void country_row(struct table *t)
{
	struct gazetteer *g = t->g;
	struct span *f = t->field;
	struct country c = {.code = f[C_CODE], .name = f[C_NAME]};
	if (!c.code.n || c.code.n > 8 || !c.name.n) {
		problem_add(g, t->file, t->line, "a country needs a code and a name; the row is left out");
		return;
	}
	if (!read_date(t, C_FROM, &c.from) || !read_date(t, C_TO, &c.to))
		return;
	c.adjectives = usable_list(t, f[C_ADJECTIVES]);
	c.aliases = usable_list(t, f[C_ALIASES]);
	c.capital = usable_list(t, f[C_CAPITAL]);
	int32_t old = country_find(g, c.code);
	if (old >= 0 && !t->users)
		problem_add(g, t->file, t->line, "country %.*s stands in the table already; this row is left out", SPAN_ARG(c.code));
	else if (old >= 0)
		g->countries[old] = c;
	else {
		*arena_push(&g->arena, g->countries, g->n_countries, g->cap_countries) = c;
		if (code_row(g, c.code))
			*code_row(g, c.code) = (int32_t)g->n_countries;
	}
}

enum { D_PHRASE, D_KIND, D_LEADER };
static const char *const decoy_columns[] = {"phrase", "kind", "leader", NULL};

const char *decoy_kind_word(enum decoy_kind kind)
{
	static const char *const words[] = {
#define X(name, word) word,
		DECOY_KINDS(X)
#undef X
	};
	return kind < DECOY_KIND_COUNT_ ? words[kind] : "";
}

static void decoy_row(struct table *t)
{
	struct decoy d = {.phrase = t->field[D_PHRASE], .relative = t->field[D_LEADER].n > 0, .kind = DECOY_KIND_COUNT_};
	for (enum decoy_kind k = 0; k < DECOY_KIND_COUNT_; k++)
		if (span_is(t->field[D_KIND], decoy_kind_word(k)))
			d.kind = k;
	if (d.kind == DECOY_KIND_COUNT_)
		problem_add(t->g, t->file, t->line, "kind \"%.*s\" is unknown; the row is left out", (int)(t->field[D_KIND].n > 60 ? 60 : t->field[D_KIND].n), t->field[D_KIND].p);
	else if (!d.phrase.n || d.phrase.n > FORM_LIMIT)
		problem_add(t->g, t->file, t->line, "the phrase is empty or longer than %d bytes; the row is left out", FORM_LIMIT);
	else
		*arena_push(&t->g->arena, t->g->decoys, t->g->n_decoys, t->g->cap_decoys) = d;
}

void tables_read(struct gazetteer *g, const char *dir, bool users)
{
	table_read(g, dir, "countries.tsv", country_columns, country_row, users);
	table_read(g, dir, "leaders.tsv", leader_columns, leader_row, users);
	table_read(g, dir, "offices.tsv", office_columns, office_row, users);
	table_read(g, dir, "decoys.tsv", decoy_columns, decoy_row, users);
}
