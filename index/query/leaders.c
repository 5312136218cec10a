/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/leaders: the table a page at a time, in the table's order, with the number of documents that name each. Searched by part of
 * a name (as written, ambiguous or not), country, office and the day on which it was held. The cursor is the id of the last one.
 */
#include "index/query/pages.h"

#include "base/fold.h"
#include "index/facts/gazetteer.h"
#include "index/query/facets.h"
#include "index/query/forms.h"

static bool held(const struct office *o, struct interval days)
{
	struct interval all = {o->from.precision ? o->from.from : DAY_MIN, o->to.precision ? o->to.to : DAY_MAX, PREC_DAY};
	return interval_overlaps(all, days);
}

static bool leader_fits(const struct request *r, struct span country, const struct leader *l)
{
	bool office = r->office_kind < 0 && !r->has_day, of_country = !country.n || span_eq(l->country, country);
	for (uint32_t i = 0; i < l->n_offices && !(office && of_country); i++) {
		const struct office *o = &l->offices[i];
		bool fits = (r->office_kind < 0 || (int)o->kind == r->office_kind) && (!r->has_day || held(o, r->day));
		bool there = !country.n || span_eq(o->country, country);
		office |= fits && there;
		of_country |= there;
	}
	return office && of_country;
}

static void write_offices(struct jw *w, const struct leader *l)
{
	jw_key(w, "offices");
	jw_open(w, '[');
	for (uint32_t i = 0; i < l->n_offices; i++) {
		const struct office *o = &l->offices[i];
		AUTO_STR struct str from = {0}, to = {0};
		jw_open(w, '{');
		jw_field_str(w, "title", o->title);
		jw_field_z(w, "kind", office_kind_word(o->kind));
		jw_field_str(w, "country", o->country);
		jw_key(w, "from");
		if (interval_any(o->from))
			interval_text(&from, o->from), jw_str(w, str_view(&from));
		else
			jw_null(w);
		jw_key(w, "to");
		if (interval_any(o->to))
			interval_text(&to, o->to), jw_str(w, str_view(&to));
		else
			jw_null(w);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}

static void write_leader(struct job *j, const struct leader *l, const uint64_t *counts)
{
	struct jw *w = &j->w;
	uint32_t number = names_find(&j->e->names[FACET_LEADER], l->id);
	jw_open(w, '{');
	jw_field_str(w, "id", l->id);
	jw_field_str(w, "name", l->name);
	jw_key(w, "aliases");
	jw_open(w, '[');
	for (uint32_t i = 0; i < l->n_aliases; i++)
		jw_str(w, l->aliases[i]);
	jw_close(w, ']');
	jw_key(w, "wikipedia");
	if (l->wikipedia.n)
		jw_str(w, l->wikipedia);
	else
		jw_null(w);
	jw_field_str(w, "country", l->country);
	write_offices(w, l);
	jw_field_int(w, "documents", number == NO_NAME ? 0 : counts[number]);
	jw_close(w, '}');
}

/* The index in the table from which to go on: after the leader that the cursor names. */
static int start_at(struct job *j, size_t *from)
{
	*from = 0;
	if (!j->r.cursor.n)
		return 0;
	for (size_t i = 0; i < gazetteer_n_leaders(j->e->g); i++)
		if (span_eq(gazetteer_leader(j->e->g, i)->id, j->r.cursor)) {
			*from = i + 1;
			return 0;
		}
	return err_set(&j->err, ERR_BAD_ARGUMENT, "cursor: allowed is the \"next\" of an earlier answer to the same query");
}

static int country_asked(struct job *j, struct span *code)
{
	*code = SPAN_NONE;
	return j->r.country.n ? plan_value(j, FACET_COUNTRY, j->r.country, code) : 0;
}

int page_leaders(struct job *j)
{
	struct span country, last = SPAN_NONE;
	struct str folded = {0};
	size_t n = j->e->g ? gazetteer_n_leaders(j->e->g) : 0, i = 0;
	uint64_t *counts = arena_array(j->a, uint64_t, j->e->names[FACET_LEADER].n + 1u), missing = 0, shown = 0, total = 0;
	int rc = country_asked(j, &country);
	if (rc || (n && (rc = start_at(j, &i))))
		return rc;
	struct plan everything = {.up_to = UINT64_MAX};
	count_values(j, plan_rows(j, &everything, SIZE_MAX, N_FACETS), FACET_LEADER, false, counts, &missing);
	fold_name(&folded, j->r.name);
	jw_key(&j->w, "leaders");
	jw_open(&j->w, '[');
	bool more = false;
	for (size_t k = 0; k < n; k++) {
		const struct leader *l = gazetteer_leader(j->e->g, k);
		if (!leader_fits(&j->r, country, l) || (folded.n && !forms_leader_at_has(j->e, k, str_view(&folded))))
			continue;
		total++;
		if (k < i)
			continue;
		more |= shown == j->r.limit;
		if (shown < j->r.limit) {
			write_leader(j, l, counts);
			last = l->id;
			shown++;
		}
	}
	jw_close(&j->w, ']');
	jw_field_int(&j->w, "total", total);
	if (more && shown)
		jw_field_str(&j->w, "next", last);
	str_done(&folded);
	return 0;
}
