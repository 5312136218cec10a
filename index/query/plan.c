/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Request → sets. Names are resolved here: a leader by the table, a country by code or name; and match=auto is decided here:
 * all words first, any of them when no document has all.
 */
#include "index/query/plan.h"

#include "index/document.h"
#include "index/facts/gazetteer.h"
#include "index/query/rows.h"

/* ---- names ---- */

static void candidates_json(struct job *j, const struct leader *const *some, size_t n)
{
	struct jw w = {.out = &j->extra};
	str_clear(&j->extra);
	jw_key(&w, "candidates");
	jw_open(&w, '[');
	for (size_t i = 0; i < n; i++) {
		jw_open(&w, '{');
		jw_field_str(&w, "id", some[i]->id);
		jw_field_str(&w, "name", some[i]->name);
		jw_close(&w, '}');
	}
	jw_close(&w, ']');
}

static int leader_value(struct job *j, struct span asked, struct span *id)
{
	const struct leader *one = NULL, *some[32];
	size_t n = sizeof some / sizeof *some;
	*id = asked;
	if (asked.p[0] == '?' || names_find(&j->e->names[FACET_LEADER], asked) != NO_NAME)
		return 0;
	if (!j->e->g)
		return err_set(&j->err, ERR_UNKNOWN_LEADER, "there is no table of leaders");
	int rc = gazetteer_lookup(j->e->g, asked, &one, some, &n, &j->err);
	if (rc == 0)
		*id = one->id;
	else
		candidates_json(j, some, n);
	return rc;
}

int plan_value(struct job *j, enum facet field, struct span asked, struct span *id)
{
	*id = asked;
	if (field == FACET_LEADER)
		return leader_value(j, asked, id);
	if (field == FACET_LANG)
		*id = lang_primary(asked);
	if (field != FACET_COUNTRY || names_find(&j->e->names[field], asked) != NO_NAME || !j->e->g)
		return 0;
	*id = gazetteer_country_code(j->e->g, asked);
	if (!id->n)
		return err_set(&j->err, ERR_BAD_ARGUMENT, "country: no country is called \"%.*s\"; allowed is a code such as RU or a name such as Russia",
			(int)(asked.n < 60 ? asked.n : 60), asked.p);
	return 0;
}

/* ---- filters ---- */

static struct filter_rows *new_filter(struct job *j, struct plan *p, const char *name, enum facet field)
{
	struct filter_rows *f = arena_push(j->a, p->filters, p->n_filters, p->cap_filters);
	*f = (struct filter_rows){.name = name, .field = field, .rows = arena_array(j->a, const uint64_t *, j->e->n_views + 1)};
	return f;
}

static const uint64_t *group_rows(struct job *j, struct view *v, enum facet field, const struct span *ids, const struct filter *f)
{
	if (f->mode == FILTER_ALL)
		return value_rows(j, v, field, ids[0]);
	uint64_t *rows = arena_array(j->a, uint64_t, v->n_words + 1);
	for (size_t i = 0; i < f->n; i++)
		bits_or(rows, value_rows(j, v, field, ids[i]), v->n_words);
	if (f->mode == FILTER_NONE)
		bits_not(rows, v->n_rows);
	return rows;
}

static int add_filter(struct job *j, struct plan *p, const struct filter *f)
{
	struct span *ids = arena_array(j->a, struct span, f->n + 1);
	struct str as_asked = {0};
	for (size_t i = 0; i < f->n; i++) {
		int rc = plan_value(j, f->field, f->values[i], &ids[i]);
		if (rc) {
			str_done(&as_asked);
			return rc;
		}
		str_printf(&as_asked, "%s%s%.*s", i ? "," : "", f->mode == FILTER_NONE ? "-" : "", SPAN_ARG(f->values[i]));
		if (f->field == FACET_LEADER && f->mode != FILTER_NONE)
			*arena_push(j->a, p->asked_leaders, p->n_asked, p->cap_asked) = ids[i];
	}
	struct filter_rows *out = new_filter(j, p, facet_word(f->field), f->field);
	out->value = arena_span(j->a, str_view(&as_asked));
	out->any = f->mode == FILTER_ANY;
	for (size_t i = 0; i < j->e->n_views; i++)
		out->rows[i] = group_rows(j, j->e->views[i], f->field, ids, f);
	str_done(&as_asked);
	return 0;
}

static void add_dates(struct job *j, struct plan *p)
{
	const struct request *r = &j->r;
	struct filter_rows *f = new_filter(j, p, "date", N_FACETS);
	f->value = arena_printf(j->a, "%.*s..%.*s", SPAN_ARG(r->from_text), SPAN_ARG(r->to_text));
	for (size_t i = 0; i < j->e->n_views; i++)
		f->rows[i] = date_rows(j, j->e->views[i], r->bounds, r->mentioned, r->within);
}

/* Documents of the revisions after `after` and up to `up_to`. */
static void add_revisions(struct job *j, struct plan *p, const char *name, uint64_t after, uint64_t up_to)
{
	struct filter_rows *f = new_filter(j, p, name, N_FACETS);
	f->value = arena_printf(j->a, "%llu", (unsigned long long)after);
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		uint64_t *rows = arena_array(j->a, uint64_t, v->n_words + 1);
		for (uint32_t row = 0; row < v->n_rows; row++)
			if (v->c->revision[row] > after && v->c->revision[row] <= up_to)
				bits_set(rows, row);
		f->rows[i] = rows;
	}
}

static int add_filters(struct job *j, struct plan *p)
{
	for (size_t i = 0; i < j->r.n_filters; i++) {
		int rc = add_filter(j, p, &j->r.filters[i]);
		if (rc)
			return rc;
	}
	if (j->r.has_from || j->r.has_to)
		add_dates(j, p);
	if (j->r.has_since)
		add_revisions(j, p, "since", j->r.since, UINT64_MAX);
	if (p->up_to < j->e->snapshot->revision)
		add_revisions(j, p, "cursor", 0, p->up_to);
	return 0;
}

/* ---- the text part ---- */

static int parse_text(struct job *j, struct plan *p, bool any)
{
	struct str parsed = {0};
	int rc = tree_parse(j->a, j->r.q, any, &j->e->limits, &p->tree, &j->err);
	if (rc)
		return rc;
	tree_print(&parsed, &p->tree);
	p->parsed = arena_span(j->a, str_view(&parsed));
	str_done(&parsed);
	p->match = any ? MATCH_ANY : MATCH_ALL;
	p->leaves = arena_array(j->a, struct leaf_plan, p->tree.n_leaves + 1);
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		leaf_prepare(j, &p->tree.leaves[i], &p->leaves[i]);
	p->text = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	for (size_t i = 0; i < j->e->n_views; i++)
		p->text[i] = tree_rows(j, &p->tree, p->leaves, p->parsed, j->e->views[i]);
	return 0;
}

static void ask_for_leaders(struct job *j, struct plan *p)
{
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		if (p->tree.leaves[i].kind == LEAF_FIELD && p->tree.leaves[i].field == FACET_LEADER && p->tree.leaves[i].positive)
			for (size_t k = 0; k < p->leaves[i].n_ids; k++)
				*arena_push(j->a, p->asked_leaders, p->n_asked, p->cap_asked) = p->leaves[i].ids[k];
}

static void intersect(struct job *j, struct plan *p)
{
	p->match_rows = plan_rows(j, p, SIZE_MAX, N_FACETS);
	p->counts = arena_array(j->a, uint32_t, j->e->n_views + 1);
	p->total = 0;
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		p->counts[i] = p->match_rows[i] ? bits_count(p->match_rows[i], v->n_words) : v->n_alive;
		p->total += p->counts[i];
	}
}

int plan_make(struct job *j, struct plan *p)
{
	int rc;
	p->has_text = j->r.q.n > 0;
	if (p->has_text && (rc = parse_text(j, p, j->r.match == MATCH_ANY)))
		return rc;
	if ((rc = add_filters(j, p)))
		return rc;
	intersect(j, p);
	if (p->has_text && p->total == 0 && j->r.match == MATCH_AUTO && p->tree.n_loose > 1) {
		struct plan all = *p;
		if ((rc = parse_text(j, p, true)))
			return rc;
		intersect(j, p);
		p->relaxed = p->total > 0;
		if (!p->relaxed)
			*p = all;
	}
	ask_for_leaders(j, p);
	return j->err.code;
}

/* ---- sets put together ---- */

static bool left_out(const struct plan *p, size_t i, size_t without, enum facet field)
{
	return i == without || (p->filters[i].any && field < N_FIELDS && p->filters[i].field == field);
}

/* NULL for a view where nothing restricts: all its rows. */
const uint64_t **plan_rows(struct job *j, const struct plan *p, size_t without, enum facet field)
{
	const uint64_t **out = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	for (size_t i = 0; i < j->e->n_views; i++) {
		const struct view *v = j->e->views[i];
		const uint64_t *parts[MAX_FILTERS + 5];
		size_t n = 0;
		if (p->text)
			parts[n++] = p->text[i];
		if (v->alive)
			parts[n++] = v->alive;
		for (size_t f = 0; f < p->n_filters; f++)
			if (!left_out(p, f, without, field))
				parts[n++] = p->filters[f].rows[i];
		if (n <= 1) {
			out[i] = n ? parts[0] : NULL;
			continue;
		}
		uint64_t *rows = arena_raw(j->a, (v->n_words + 1) * sizeof *rows);
		for (size_t w = 0; w < v->n_words; w++)
			rows[w] = parts[0][w] & parts[1][w];
		for (size_t k = 2; k < n; k++)
			bits_and(rows, parts[k], v->n_words);
		out[i] = rows;
	}
	return out;
}

uint64_t plan_count(struct job *j, const uint64_t *const *rows)
{
	uint64_t n = 0;
	for (size_t i = 0; i < j->e->n_views; i++)
		n += rows[i] ? bits_count(rows[i], j->e->views[i]->n_words) : j->e->views[i]->n_rows;
	return n;
}

/* ---- nothing found ---- */

static struct interval widen(struct interval i, int to)
{
	int y, m, y2, m2;
	day_split(i.from, &y, &m, NULL);
	day_split(i.to, &y2, &m2, NULL);
	if (to == 0)
		return (struct interval){day_of(y, m, 1), day_of(y2, m2 + 1, 1) - 1, PREC_DAY};
	int span = to == 1 ? 1 : to == 2 ? 10 : 100;
	y -= y % span;
	y2 += span - 1 - y2 % span;
	return (struct interval){day_of(y > 0 ? y : 1, 1, 1), day_of(y2 < 9999 ? y2 : 9999, 12, 31), PREC_DAY};
}

/* The smallest widening of the dates to months, years, decades, centuries that finds something. */
static void nearest_dates(struct job *j, const struct plan *p, size_t dates)
{
	const uint64_t **rest = plan_rows(j, p, dates, N_FACETS);
	for (int to = 0; to < 4; to++) {
		struct interval wide = widen(j->r.bounds, to);
		uint64_t n = 0;
		for (size_t i = 0; i < j->e->n_views; i++) {
			struct view *v = j->e->views[i];
			const uint64_t *rows = date_rows(j, v, wide, j->r.mentioned, j->r.within);
			uint64_t *both = rows_copy(j, v, rows);
			if (rest[i])
				bits_and(both, rest[i], v->n_words);
			n += bits_count(both, v->n_words);
		}
		if (!n)
			continue;
		jw_key(&j->w, "nearest");
		jw_open(&j->w, '{');
		jw_key(&j->w, "from");
		struct str s = {0};
		day_text(&s, j->r.has_from ? wide.from : DAY_MIN);
		jw_str(&j->w, str_view(&s));
		str_clear(&s);
		day_text(&s, j->r.has_to ? wide.to : DAY_MAX);
		jw_field_str(&j->w, "to", str_view(&s));
		str_done(&s);
		jw_field_int(&j->w, "total", n);
		jw_close(&j->w, '}');
		return;
	}
}

void plan_explain_empty(struct job *j, const struct plan *p)
{
	jw_key(&j->w, "emptied");
	jw_open(&j->w, '[');
	for (size_t f = 0; f < p->n_filters; f++) {
		uint64_t n = plan_count(j, plan_rows(j, p, f, N_FACETS));
		if (!n)
			continue;
		jw_open(&j->w, '{');
		jw_field_z(&j->w, "filter", p->filters[f].name);
		jw_field_str(&j->w, "value", p->filters[f].value);
		jw_field_int(&j->w, "without", n);
		if (strcmp(p->filters[f].name, "date") == 0)
			nearest_dates(j, p, f);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
}
