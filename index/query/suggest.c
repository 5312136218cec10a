/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/suggest: what a word, a leader, a source … as typed may become; within a query, the values of a facet that its documents have. A
 * leader is found by the beginning of any word of any of his names.
 */
#include "index/query/pages.h"

#include "base/fold.h"
#include "index/query/facets.h"
#include "index/query/forms.h"

struct found {
	struct span id, name;
	uint64_t count;
};

struct findings {
	struct found *v;
	size_t n, cap;
};

static int by_count(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : span_cmp(a->id, b->id);
}

static void find_words(struct job *j, struct span folded, struct findings *f)
{
	enum { MOST = 2000 };
	struct names seen = {0};
	uint32_t *v = arena_raw(j->a, MOST * sizeof *v);
	for (size_t i = 0; i < j->e->n_views && folded.n; i++) {
		const struct token_streams *s = j->e->views[i]->seg->streams;
		size_t n = streams_words_with_prefix(s, folded, v, MOST);
		for (size_t k = 0; k < n && k < MOST; k++) {
			struct span word = streams_word_text(s, v[k]);
			uint32_t number = names_add(&seen, word);
			if (number == f->n)
				*arena_push(j->a, f->v, f->n, f->cap) = (struct found){word, word, 0};
			f->v[number].count += streams_word_count(s, v[k]);
		}
	}
	names_done(&seen);
}

static bool value_fits(struct job *j, enum facet field, struct span id, struct span name, struct span folded)
{
	if (!folded.n || (field == FACET_LEADER && forms_leader_has(j->e, id, folded)))
		return true;
	return forms_has(name, folded) || forms_has(id, folded);
}

static void find_values(struct job *j, const struct plan *p, enum facet field, struct span folded, struct findings *f)
{
	uint32_t n = j->e->names[field].n;
	uint64_t *counts = arena_array(j->a, uint64_t, n + 1u), missing = 0;
	count_values(j, plan_rows(j, p, SIZE_MAX, field), field, j->r.stories, counts, &missing);
	for (uint32_t i = 0; i < n; i++) {
		struct span id = names_at(&j->e->names[field], i), name = engine_value_name(j->e, field, i);
		if (counts[i] && value_fits(j, field, id, name, folded))
			*arena_push(j->a, f->v, f->n, f->cap) = (struct found){id, name, counts[i]};
	}
}

int page_suggest(struct job *j)
{
	struct plan p = {.up_to = UINT64_MAX};
	struct findings f = {0};
	struct str folded = {0};
	enum facet field = j->r.has_field ? j->r.field : FACET_WORD;
	int rc = plan_make(j, &p);
	if (rc)
		return rc;
	fold_name(&folded, j->r.prefix);
	if (field == FACET_WORD)
		find_words(j, str_view(&folded), &f);
	else
		find_values(j, &p, field, str_view(&folded), &f);
	if (f.n)
		qsort(f.v, f.n, sizeof *f.v, by_count);
	jw_field_z(&j->w, "field", facet_word(field));
	jw_field_str(&j->w, "prefix", j->r.prefix.n ? j->r.prefix : SPAN(""));
	jw_key(&j->w, "values");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < f.n && i < j->r.limit; i++) {
		jw_open(&j->w, '{');
		jw_field_str(&j->w, "id", f.v[i].id);
		jw_field_str(&j->w, "name", f.v[i].name);
		jw_field_int(&j->w, "count", f.v[i].count);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
	jw_field_int(&j->w, "distinct", f.n);
	str_done(&folded);
	truncated_write(j, &p, NULL);
	return j->err.code;
}
