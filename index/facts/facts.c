/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/facts/facts.h"

#include "index/facts/meetings.h"

void facts_find(struct arena *a, const struct gazetteer *g, const struct document *d, struct facts *out)
{
	struct tokens t;
	*out = (struct facts){0};
	tokens_make(a, d->text, &t);
	out->sentences = t.sentences;
	out->n_sentences = t.n_sentences;
	leaders_find(a, g, d, &t, out);
	days_find(a, d, &t, out);
	meetings_find(a, d, &t, out);
}

static size_t slots_for(size_t n)
{
	size_t slots = 16;
	while (slots < n * 2)
		slots *= 2;
	return slots;
}

static bool comes_before(const struct leader_count *x, const struct leader_count *y)
{
	return x->mentions != y->mentions ? x->mentions > y->mentions : x->first < y->first;
}

/* Bottom-up merge sort: as many leaders as a hostile text may name. */
static void sort_counts(struct arena *a, struct leader_count *v, size_t n)
{
	struct leader_count *other = arena_array(a, struct leader_count, n);
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low < n; low += 2 * width) {
			size_t mid = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
			for (size_t i = low, j = mid, k = low; k < high; k++)
				other[k] = j >= high || (i < mid && !comes_before(&v[j], &v[i])) ? v[i++] : v[j++];
		}
		memcpy(v, other, n * sizeof *v);
	}
}

size_t facts_leaders(struct arena *a, const struct facts *f, struct leader_count **out)
{
	size_t n_slots = slots_for(f->n_mentions), n = 0;
	uint32_t *slots = arena_array(a, uint32_t, n_slots);
	struct leader_count *v = arena_array(a, struct leader_count, f->n_mentions);
	for (size_t i = 0; i < f->n_mentions; i++) {
		const struct mention *m = &f->mentions[i];
		size_t at = (size_t)span_hash(m->leader) & (n_slots - 1);
		while (slots[at] && !span_eq(v[slots[at] - 1].id, m->leader))
			at = (at + 1) & (n_slots - 1);
		if (!slots[at]) {
			v[n] = (struct leader_count){.id = m->leader, .first = m->start};
			slots[at] = (uint32_t)++n;
		}
		v[slots[at] - 1].mentions++;
	}
	sort_counts(a, v, n);
	*out = v;
	return n;
}
