/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists ─► the sheet, term after term:
 *
 *	list ─► 128 postings ─► gaps, wdf ─► DATA, straight into the file
 *	                    └─► block: widths, bounds ─┐
 *	     └─► in many rows: a set ──────────────────┴─► kept in memory, written at the end
 *
 * Where lists come from is not its business: postings-xapian.c, postings-merge.c.
 */
#include "index/store/postings-build.h"

#include "index/store/postings-format.h"
#include "index/store/postings-pack.h"

static void add_u32(struct str *s, size_t v) { str_add(s, &(uint32_t){(uint32_t)v}, sizeof(uint32_t)); }

/* ---- bounds ---- */

struct corner {
	uint32_t wdf, length;
};

/* Takes a posting in, unless another has as much; throws out those that it beats. Kept by falling wdf, and so by falling length. */
static uint32_t add_corner(struct corner *v, uint32_t n, struct corner c)
{
	uint32_t i = 0, k;
	while (i < n && v[i].wdf >= c.wdf) {
		if (v[i].length <= c.length)
			return n;
		i++;
	}
	for (k = i; k < n && v[k].length >= c.length; k++)
		;
	memmove(v + i + 1, v + k, (n - k) * sizeof *v);
	v[i] = c;
	return n - (k - i) + 1;
}

/* Two neighbours become one that bounds both: those where it is worth least. */
static uint32_t join_corners(struct corner *v, uint32_t n)
{
	uint32_t best = 0;
	double least = 0;
	for (uint32_t i = 0; i + 1 < n; i++) {
		double loss = (double)v[i].wdf / v[i + 1].wdf * (v[i].length + 1.0) / (v[i + 1].length + 1.0);
		if (i == 0 || loss < least) {
			least = loss;
			best = i;
		}
	}
	v[best].length = v[best + 1].length;
	memmove(v + best + 1, v + best + 2, (n - best - 2) * sizeof *v);
	return n - 1;
}

static void bound(const struct postings_build *b, const uint32_t *rows, const uint32_t *wdf, uint32_t n, struct posting_bound out[3])
{
	struct corner v[POSTING_BLOCK + 1];
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++)
		k = add_corner(v, k, (struct corner){wdf[i], b->lengths[rows[i]]});
	while (k > 3)
		k = join_corners(v, k);
	for (uint32_t i = 0; i < 3; i++) {
		struct corner c = v[i < k ? i : k - 1];
		out[i] = (struct posting_bound){(uint8_t)(c.wdf < UINT8_MAX ? c.wdf : UINT8_MAX), posting_length_code(c.length)};
	}
}

/* ---- blocks ---- */

static uint32_t width_of(const uint32_t *v, uint32_t n)
{
	uint32_t all = 0;
	for (uint32_t i = 0; i < n; i++)
		all |= v[i];
	return pack_width(all);
}

static uint32_t put_packed(struct postings_build *b, const uint32_t *v, uint32_t n)
{
	unsigned char out[POSTING_BLOCK * 4];
	uint32_t width = width_of(v, n), words = pack_words(n, width);
	pack(v, n, width, out);
	sheet_put(&b->sheet, out, words);
	b->at += words;
	return width;
}

static void put_block(struct postings_build *b, const uint32_t *rows, const uint32_t *wdf, uint32_t n, bool set)
{
	struct posting_block k = {.first = rows[0], .at = b->at};
	uint32_t v[POSTING_BLOCK] = {0};
	for (uint32_t i = 1; i < n && !set; i++)
		v[i] = rows[i] - rows[i - 1] - 1;
	k.row_bits = (uint8_t)put_packed(b, v, set ? 0 : n);
	for (uint32_t i = 0; i < n; i++)
		v[i] = wdf[i] - 1;
	k.wdf_bits = (uint8_t)put_packed(b, v, n);
	bound(b, rows, wdf, n, k.best);
	str_add(&b->blocks, &k, sizeof k);
}

/* ---- lists ---- */

static bool too_wide(const uint32_t *rows, uint32_t n)
{
	uint32_t all = 0;
	for (uint32_t i = 1; i < n; i++)
		all |= rows[i] - rows[i - 1] - 1;
	return pack_width(all) > ROW_BITS_MAX;
}

static void add_set(struct postings_build *b, const uint32_t *rows, uint32_t n)
{
	size_t bytes = postings_set_words(b->n_rows) * sizeof(uint64_t);
	str_room(&b->sets, bytes);
	uint64_t *set = (uint64_t *)(void *)(b->sets.p + b->sets.n);
	memset(set, 0, bytes);
	for (uint32_t i = 0; i < n; i++)
		set[rows[i] / 64] |= (uint64_t)1 << (rows[i] % 64);
	b->sets.n += bytes;
	add_u32(&b->set_term, b->terms.n_terms);
}

void postings_build_list(struct postings_build *b, struct span term, const uint32_t *rows, const uint32_t *wdf, uint32_t n)
{
	bool set = postings_wants_set(n, b->n_rows) || too_wide(rows, n);
	uint64_t sum = 0;
	if (set)
		add_set(b, rows, n);
	for (uint32_t i = 0; i < n; i += POSTING_BLOCK)
		put_block(b, rows + i, wdf + i, n - i < POSTING_BLOCK ? n - i : POSTING_BLOCK, set);
	for (uint32_t i = 0; i < n; i++)
		sum += wdf[i];
	term_writer_add(&b->terms, term, n, sum);
}

static void put_rest(struct postings_build *b)
{
	static const unsigned char spare[PACK_WORD];
	sheet_put(&b->sheet, spare, 1);
	sheet_whole(&b->sheet, TAG_TERMS, 4, &b->terms.n_terms, 1);
	sheet_whole(&b->sheet, TAG_TERM_GROUP, sizeof(struct term_group), b->terms.groups.p, b->terms.groups.n / sizeof(struct term_group));
	sheet_whole(&b->sheet, TAG_TERM_PACKED, 1, b->terms.bytes.p, b->terms.bytes.n);
	sheet_whole(&b->sheet, TAG_BLOCK, sizeof(struct posting_block), b->blocks.p, b->blocks.n / sizeof(struct posting_block));
	sheet_whole(&b->sheet, TAG_SET_TERM, 4, b->set_term.p, b->set_term.n / 4);
	sheet_whole(&b->sheet, TAG_SET, 8, b->sets.p, b->sets.n / 8);
}

/* ---- the sheet ---- */

void postings_build_begin(struct postings_build *b, const char *path, const uint32_t *lengths, uint32_t n_rows)
{
	*b = (struct postings_build){.lengths = lengths, .n_rows = n_rows};
	sheet_create(&b->sheet, path);
	sheet_begin(&b->sheet, TAG_DATA, PACK_WORD);
}

static void arrays_done(struct postings_build *b)
{
	term_writer_done(&b->terms);
	str_done(&b->blocks);
	str_done(&b->set_term);
	str_done(&b->sets);
}

void postings_build_abandon(struct postings_build *b)
{
	arrays_done(b);
	sheet_abandon(&b->sheet);
}

int postings_build_end(struct postings_build *b, struct err *err)
{
	put_rest(b);
	arrays_done(b);
	return sheet_finish(&b->sheet, POSTINGS_KIND, err);
}

int postings_build_end_mapped(struct postings_build *b, struct postings **out, struct err *err)
{
	struct sheet s;
	put_rest(b);
	arrays_done(b);
	int rc = sheet_finish_mapped(&b->sheet, POSTINGS_KIND, &s, err);
	return rc ? rc : postings_of_sheet(&s, b->n_rows, "postings", out, err);
}
