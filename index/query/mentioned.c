/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at every day of a document that is shown, once; keeps the few best by insertion. */
#include "index/query/mentioned.h"

static bool days_leaf(const struct leaf *l) { return l->kind == LEAF_DATE && l->mentioned && l->positive; }

static bool bounded(const struct request *r) { return r->mentioned && (r->has_from || r->has_to); }

bool mentioned_asked(const struct request *r, const struct plan *p)
{
	bool any = bounded(r);
	for (size_t i = 0; p && !any && i < p->tree.n_leaves; i++)
		any = days_leaf(&p->tree.leaves[i]);
	return p && any;
}

static bool answers(const struct request *r, const struct plan *p, struct interval days)
{
	if (!interval_any(days))
		return false;
	if (bounded(r) && (r->within ? interval_within(days, r->bounds) : interval_overlaps(days, r->bounds)))
		return true;
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		if (days_leaf(&p->tree.leaves[i]) && interval_overlaps(days, p->tree.leaves[i].range))
			return true;
	return false;
}

static int32_t length(const struct timex3 *t) { return t->days.to - t->days.from; }

/* By length, then by place; what says the same as one that is kept adds nothing. */
static void keep(struct mentioned *m, const struct timex3 *t)
{
	size_t at = m->n;
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i]->days.from == t->days.from && m->v[i]->days.to == t->days.to)
			return;
	while (at > 0 && length(t) < length(m->v[at - 1]))
		at--;
	if (at == MENTIONED_SHOWN)
		return;
	m->n += m->n < MENTIONED_SHOWN;
	for (size_t i = m->n - 1; i > at; i--)
		m->v[i] = m->v[i - 1];
	m->v[at] = t;
}

static void in_order(struct mentioned *m)
{
	for (size_t i = 1; i < m->n; i++)
		for (size_t k = i; k > 0 && m->v[k]->start < m->v[k - 1]->start; k--) {
			const struct timex3 *t = m->v[k];
			m->v[k] = m->v[k - 1];
			m->v[k - 1] = t;
		}
}

void mentioned_find(const struct request *r, const struct plan *p, const struct facts *f, struct mentioned *out)
{
	*out = (struct mentioned){0};
	if (!mentioned_asked(r, p))
		return;
	for (size_t i = 0; i < f->n_days; i++)
		if (answers(r, p, f->days[i].days))
			keep(out, &f->days[i]);
	in_order(out);
}

bool mentioned_exact(const struct mentioned *m, size_t i)
{
	for (size_t k = 0; k < m->n; k++)
		if (length(m->v[k]) < length(m->v[i]))
			return false;
	return true;
}

void mentioned_write(struct jw *w, const struct mentioned *m)
{
	if (!m->n)
		return;
	jw_key(w, "mentioned");
	jw_open(w, '[');
	for (size_t i = 0; i < m->n; i++) {
		const struct timex3 *t = m->v[i];
		jw_open(w, '{');
		jw_field_int(w, "start", t->start);
		jw_field_int(w, "end", t->end);
		jw_field_str(w, "surface", t->surface);
		jw_field_str(w, "value", t->value);
		jw_interval(w, t->days, false);
		jw_close(w, '}');
	}
	jw_close(w, ']');
}
