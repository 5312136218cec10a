/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/postings-terms.h"

#include "index/store/postings.h"

static uint32_t blocks_of(uint32_t n) { return (n - 1) / POSTING_BLOCK + 1; }

/* ---- writing ---- */

static void put_number(struct str *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		str_ch(out, (char)(v | 0x80));
	str_ch(out, (char)v);
}

static size_t shared_bytes(const char *a, size_t n, struct span b)
{
	size_t i = 0;
	while (i < n && i < b.n && a[i] == b.p[i])
		i++;
	return i;
}

void term_writer_add(struct term_writer *w, struct span term, uint32_t n, uint64_t wdf)
{
	size_t shared = 0;
	term.n = term.n < TERM_BYTES ? term.n : TERM_BYTES;
	if (w->n_terms % TERM_GROUP == 0)
		str_add(&w->groups, &(struct term_group){(uint32_t)w->bytes.n, w->block}, sizeof(struct term_group));
	else
		shared = shared_bytes(w->last, w->n_last, term);
	str_ch(&w->bytes, (char)shared);
	str_ch(&w->bytes, (char)(term.n - shared));
	str_add(&w->bytes, term.p + shared, term.n - shared);
	put_number(&w->bytes, n);
	put_number(&w->bytes, wdf < n ? 0 : wdf - n + 1);
	memcpy(w->last, term.p, term.n);
	w->n_last = term.n;
	w->block += blocks_of(n);
	w->n_terms++;
}

void term_writer_view(const struct term_writer *w, struct term_groups *out)
{
	*out = (struct term_groups){(const void *)w->groups.p, (const void *)w->bytes.p, w->n_terms, (uint32_t)w->bytes.n};
}

void term_writer_done(struct term_writer *w)
{
	str_done(&w->groups);
	str_done(&w->bytes);
}

/* ---- reading ---- */

/* 0 past the end, which no sound list says. */
static uint64_t get_number(const struct term_groups *g, uint32_t *at)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64 && *at < g->n_bytes; shift += 7) {
		unsigned char b = g->bytes[(*at)++];
		v |= (uint64_t)(b & 0x7F) << shift;
		if (!(b & 0x80))
			return v;
	}
	*at = g->n_bytes;
	return 0;
}

struct head {
	uint32_t shared;
	struct span rest;
};

static bool get_head(const struct term_groups *g, uint32_t *at, struct head *h)
{
	if (g->n_bytes - *at < 2)
		return false;
	uint32_t rest = g->bytes[*at + 1];
	h->shared = g->bytes[*at];
	*at += 2;
	if (g->n_bytes - *at < rest)
		return false;
	h->rest = (struct span){(const char *)g->bytes + *at, rest};
	*at += rest;
	return true;
}

/* What follows a term: its list. */
static void get_list(const struct term_groups *g, uint32_t *at, struct term_entry *out)
{
	uint64_t n = get_number(g, at), more = get_number(g, at);
	out->n = n <= UINT32_MAX ? (uint32_t)n : 0;
	out->wdf = more ? more - 1 + n : 0;
}

void term_walk_begin(struct term_walk *w, const struct term_groups *g)
{
	*w = (struct term_walk){.g = g};
	w->term.p = w->bytes;
}

static bool higher(const struct term_walk *w, const struct head *h)
{
	struct span was = {w->bytes + h->shared, w->term.n - h->shared};
	return w->i == 0 || span_cmp(was, h->rest) < 0;
}

bool term_walk_next(struct term_walk *w, struct term_entry *out)
{
	struct head h;
	if (w->i == w->g->n_terms || !get_head(w->g, &w->at, &h) || h.shared > w->term.n || h.shared + h.rest.n > TERM_BYTES)
		return false;
	w->ascends = higher(w, &h);
	memcpy(w->bytes + h.shared, h.rest.p, h.rest.n);
	w->term.n = h.shared + h.rest.n;
	*out = (struct term_entry){.i = w->i++, .block = w->block};
	get_list(w->g, &w->at, out);
	w->block += out->n ? blocks_of(out->n) : 0;
	return out->n != 0;
}

static bool group_begins(const struct term_walk *w)
{
	const struct term_group *k = &w->g->groups[w->i / TERM_GROUP];
	return k->at == w->at && k->block == w->block && w->at < w->g->n_bytes && w->g->bytes[w->at] == 0;
}

bool term_groups_sound(const struct term_groups *g, uint64_t n_groups, uint32_t n_rows, uint64_t n_blocks)
{
	struct term_walk w;
	struct term_entry e;
	uint64_t blocks = 0;
	if (n_groups != ((uint64_t)g->n_terms + TERM_GROUP - 1) / TERM_GROUP)
		return false;
	term_walk_begin(&w, g);
	while (w.i < g->n_terms) {
		if ((w.i % TERM_GROUP == 0 && !group_begins(&w)) || !term_walk_next(&w, &e) || !w.ascends || e.n > n_rows)
			return false;
		blocks += blocks_of(e.n);
	}
	return w.at == g->n_bytes && blocks == n_blocks && n_blocks <= UINT32_MAX;
}

/* ---- finding ---- */

static struct span first_of(const struct term_groups *g, uint32_t group)
{
	const unsigned char *p = g->bytes + g->groups[group].at;
	return (struct span){(const char *)p + 2, p[1]};
}

/* The group in which the term must be; UINT32_MAX: before all. */
static uint32_t group_of(const struct term_groups *g, struct span term)
{
	uint32_t low = 0, high = (g->n_terms + TERM_GROUP - 1) / TERM_GROUP;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (span_cmp(first_of(g, mid), term) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

bool term_groups_find(const struct term_groups *g, struct span term, struct term_entry *out)
{
	uint32_t group = group_of(g, term), i = group * TERM_GROUP;
	if (group == UINT32_MAX)
		return false;
	uint32_t at = g->groups[group].at, block = g->groups[group].block, end = g->n_terms - i < TERM_GROUP ? g->n_terms : i + TERM_GROUP;
	size_t match = 0; /* bytes that the term before has in common with ours; it is lower */
	struct head h;
	for (; i < end && get_head(g, &at, &h) && h.shared >= match; i++) {
		if (h.shared == match) {
			struct span ours = span_sub(term, match, term.n);
			size_t more = shared_bytes(h.rest.p, h.rest.n, ours);
			if (more == ours.n && more < h.rest.n)
				return false;
			if (more < ours.n && more < h.rest.n && (unsigned char)h.rest.p[more] > (unsigned char)ours.p[more])
				return false;
			match += more;
			if (more == ours.n) {
				*out = (struct term_entry){.i = i, .block = block};
				get_list(g, &at, out);
				return true;
			}
		}
		struct term_entry e;
		get_list(g, &at, &e);
		block += e.n ? blocks_of(e.n) : 0;
	}
	return false;
}
