/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Postings of several segments become those of one: their terms are walked side by side in bytewise order, and what a term has in
 * each is put in a row.
 *
 *	source 0   a b   d ┐ heap: whose term     ┌ rows shifted by what came before,
 *	source 1   a   c d ┤ is first now     ──► ┤ dead ones left out                ──► postings-build.c
 *	source 2     b   d ┘                      └ bounds and sets chosen anew
 *
 * In memory lies one list at a time, and what the sheet in the making keeps.
 */
#include "index/store/postings-merge.h"

#include "base/mem.h"
#include "index/store/postings-build.h"

struct walk { /* of one source */
	struct postings_walk terms;
	struct span term; /* the present one, and */
	struct posting_list list;
	uint32_t base;
	uint64_t *dead; /* a bit a row; NULL: none */
};

struct merging {
	struct walk *walk;
	struct walk **heap; /* the first term of all on top; of the same term the earlier source */
	size_t n;
	uint32_t *rows, *wdf, n_list; /* of the term at hand; room for a block more */
	size_t cap_rows, cap_wdf;
};

/* ---- whose turn it is ---- */

static bool before(const struct walk *a, const struct walk *b)
{
	int order = span_cmp(a->term, b->term);
	return order ? order < 0 : a->base < b->base;
}

static void sink(struct merging *m, size_t i)
{
	for (size_t k; (k = 2 * i + 1) < m->n; i = k) {
		if (k + 1 < m->n && before(m->heap[k + 1], m->heap[k]))
			k++;
		if (!before(m->heap[k], m->heap[i]))
			return;
		struct walk *w = m->heap[i];
		m->heap[i] = m->heap[k];
		m->heap[k] = w;
	}
}

static void next_term(struct merging *m)
{
	struct walk *w = m->heap[0];
	if (!postings_walk_next(&w->terms, &w->term, &w->list))
		m->heap[0] = m->heap[--m->n];
	sink(m, 0);
}

/* ---- lists ---- */

static bool is_dead(const struct walk *w, uint32_t row) { return w->dead && w->dead[row / 64] >> (row % 64) & 1; }

static int add_list(struct merging *m, const struct walk *w, struct err *err)
{
	const struct posting_list *l = &w->list;
	uint32_t next = 0;
	m->rows = mem_grow(m->rows, &m->cap_rows, (size_t)m->n_list + l->n + POSTING_BLOCK, sizeof *m->rows);
	m->wdf = mem_grow(m->wdf, &m->cap_wdf, (size_t)m->n_list + l->n + POSTING_BLOCK, sizeof *m->wdf);
	for (uint32_t b = 0; b < l->n_blocks; b++) {
		uint32_t *rows = m->rows + m->n_list, *wdf = m->wdf + m->n_list, kept = 0;
		uint32_t n = postings_rows(l, b, rows);
		if (n != postings_in_block(l, b) || rows[0] < next)
			return err_set(err, ERR_CORRUPT, "a posting list is damaged");
		next = rows[n - 1] + 1;
		postings_wdfs(l, b, wdf);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t row = rows[i];
			rows[kept] = w->base + row;
			wdf[kept] = wdf[i];
			kept += !is_dead(w, row);
		}
		m->n_list += kept;
	}
	return 0;
}

static int merge_terms(struct merging *m, struct postings_build *b, struct err *err)
{
	while (m->n) {
		char bytes[TERM_BYTES];
		struct span term = {bytes, m->heap[0]->term.n};
		memcpy(bytes, m->heap[0]->term.p, term.n);
		m->n_list = 0;
		while (m->n && span_eq(m->heap[0]->term, term)) {
			int rc = add_list(m, m->heap[0], err);
			if (rc)
				return rc;
			next_term(m);
		}
		if (m->n_list)
			postings_build_list(b, term, m->rows, m->wdf, m->n_list);
	}
	return 0;
}

/* ---- the whole ---- */

static uint64_t *dead_bits(const struct postings_source *s)
{
	if (!s->dead)
		return NULL;
	uint64_t *bits = mem_alloc(((size_t)s->n_rows / 64 + 1) * sizeof *bits);
	roaring_uint32_iterator_t *it = roaring_create_iterator(s->dead);
	for (; it->has_value && it->current_value < s->n_rows; roaring_advance_uint32_iterator(it))
		bits[it->current_value / 64] |= (uint64_t)1 << (it->current_value % 64);
	roaring_free_uint32_iterator(it);
	return bits;
}

static void begin(struct merging *m, const struct postings_source *v, size_t n)
{
	uint32_t base = 0;
	m->walk = mem_alloc((n + 1) * sizeof *m->walk);
	m->heap = mem_alloc((n + 1) * sizeof(struct walk *));
	for (size_t i = 0; i < n; base += v[i++].n_rows) {
		struct walk *w = &m->walk[i];
		*w = (struct walk){.base = base, .dead = dead_bits(&v[i])};
		postings_walk_begin(&w->terms, v[i].p);
		if (postings_walk_next(&w->terms, &w->term, &w->list))
			m->heap[m->n++] = w;
	}
	for (size_t i = m->n / 2; i-- > 0;)
		sink(m, i);
}

static void end(struct merging *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(m->walk[i].dead);
	free(m->walk);
	free(m->heap);
	free(m->rows);
	free(m->wdf);
}

int postings_merge(const struct postings_source *v, size_t n, const uint32_t *lengths, const char *path, struct err *err)
{
	struct merging m = {0};
	struct postings_build b;
	uint32_t n_rows = 0;
	for (size_t i = 0; i < n; i++)
		n_rows += v[i].n_rows;
	begin(&m, v, n);
	postings_build_begin(&b, path, lengths, n_rows);
	int rc = merge_terms(&m, &b, err);
	end(&m, n);
	if (rc == 0)
		return postings_build_end(&b, err);
	postings_build_abandon(&b);
	return rc;
}
