/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading postings. What is looked at when it is mapped: starts, blocks, the ends of sets; gaps are held against it as they are unpacked. */
#include "index/store/postings.h"

#include "base/mem.h"
#include "index/store/postings-format.h"
#include "index/store/postings-pack.h"

struct postings {
	struct sheet sheet;
	struct term_groups terms;
	struct term_writer made; /* the terms of a sheet of schema 3 or before */
	uint32_t n_rows, n_sets;
	const uint32_t *set_term;
	const struct posting_block *block;
	const unsigned char *data;
	const uint64_t *set;
};

/* ---- mapping ---- */

struct sizes {
	uint64_t groups, blocks, data, sets, words;
};

static bool find_arrays(struct postings *p, struct sizes *n)
{
	p->block = sheet_array(&p->sheet, TAG_BLOCK, sizeof *p->block, &n->blocks);
	p->data = sheet_array(&p->sheet, TAG_DATA, PACK_WORD, &n->data);
	p->set_term = sheet_array(&p->sheet, TAG_SET_TERM, 4, &n->sets);
	p->set = sheet_array(&p->sheet, TAG_SET, 8, &n->words);
	return p->block && p->data && p->set_term && p->set;
}

static bool find_terms(struct postings *p, struct sizes *n)
{
	uint64_t one = 0, n_bytes = 0;
	const uint32_t *n_terms = sheet_array(&p->sheet, TAG_TERMS, sizeof *n_terms, &one);
	p->terms.groups = sheet_array(&p->sheet, TAG_TERM_GROUP, sizeof(struct term_group), &n->groups);
	p->terms.bytes = sheet_array(&p->sheet, TAG_TERM_PACKED, 1, &n_bytes);
	if (!n_terms || one != 1 || !p->terms.groups || !p->terms.bytes || n_bytes > UINT32_MAX)
		return false;
	p->terms.n_terms = *n_terms;
	p->terms.n_bytes = (uint32_t)n_bytes;
	return true;
}

/* Terms as they were written up to schema 3, an array for each thing, are packed in memory. */
static bool pack_terms(struct postings *p, struct sizes *n)
{
	uint64_t starts = 0, bytes = 0, ns = 0, wdfs = 0;
	const uint32_t *start = sheet_array(&p->sheet, TAG_TERM_START, 4, &starts), *rows = sheet_array(&p->sheet, TAG_TERM_N, 4, &ns);
	const char *text = sheet_array(&p->sheet, TAG_TERM_BYTES, 1, &bytes);
	const uint64_t *wdf = sheet_array(&p->sheet, TAG_TERM_WDF, 8, &wdfs);
	if (!start || !rows || !text || starts == 0 || starts > UINT32_MAX || ns != starts - 1 || (wdf && wdfs != ns))
		return false;
	for (uint32_t i = 0; i < ns; i++) {
		if (start[i] > start[i + 1] || start[i + 1] > bytes || rows[i] == 0)
			return false;
		term_writer_add(&p->made, (struct span){text + start[i], start[i + 1] - start[i]}, rows[i], wdf ? wdf[i] : 0);
	}
	term_writer_view(&p->made, &p->terms);
	n->groups = p->made.groups.n / sizeof(struct term_group);
	return true;
}

static bool sizes_sound(const struct postings *p, const struct sizes *n)
{
	return n->sets <= p->terms.n_terms && n->words == n->sets * postings_set_words(p->n_rows) && term_groups_sound(&p->terms, n->groups, p->n_rows, n->blocks);
}

/* Blocks of one list ascend, and their data lies in the array with a word to spare. A list with a set has no gaps. */
static bool list_sound(const struct postings *p, const struct term_entry *e, bool has_set, uint64_t n_data)
{
	const struct posting_block *b = p->block + e->block;
	bool sound = true;
	for (uint32_t left = e->n, first = 0; left; b++) {
		uint32_t n = left < POSTING_BLOCK ? left : POSTING_BLOCK;
		uint64_t words = (uint64_t)pack_words(n, b->row_bits) + pack_words(n, b->wdf_bits);
		sound &= b->first >= first && b->first < p->n_rows && b->row_bits <= (has_set ? 0 : ROW_BITS_MAX) && b->wdf_bits <= WDF_BITS_MAX && b->at + words < n_data;
		first = b->first + 1;
		left -= n;
	}
	return sound;
}

static bool lists_sound(const struct postings *p, uint64_t n_data)
{
	bool sound = true;
	uint32_t set = 0;
	struct term_walk w;
	struct term_entry e;
	term_walk_begin(&w, &p->terms);
	while (sound && term_walk_next(&w, &e)) {
		bool has_set = set < p->n_sets && p->set_term[set] == e.i;
		sound = list_sound(p, &e, has_set, n_data);
		set += has_set;
	}
	return sound && set == p->n_sets; /* set_term ascends */
}

/* Nothing past the last row. */
static bool sets_sound(const struct postings *p)
{
	size_t words = postings_set_words(p->n_rows);
	bool sound = true;
	for (uint32_t i = 0; i < p->n_sets && p->n_rows % 64; i++)
		sound &= p->set[(i + 1) * words - 1] >> (p->n_rows % 64) == 0;
	return sound;
}

static bool read_postings(struct postings *p)
{
	struct sizes n = {0};
	if (!find_arrays(p, &n) || !(find_terms(p, &n) || pack_terms(p, &n)) || !sizes_sound(p, &n))
		return false;
	p->n_sets = (uint32_t)n.sets;
	return lists_sound(p, n.data) && sets_sound(p);
}

int postings_of_sheet(struct sheet *s, uint32_t n_rows, const char *path, struct postings **out, struct err *err)
{
	struct postings *p = mem_alloc(sizeof *p);
	p->sheet = *s;
	p->n_rows = n_rows;
	if (!read_postings(p)) {
		postings_unmap(p);
		return err_set(err, ERR_CORRUPT, "%s is damaged", path);
	}
	*out = p;
	return 0;
}

int postings_map(const char *path, uint32_t n_rows, struct postings **out, struct err *err)
{
	struct sheet s;
	int rc = sheet_map(path, POSTINGS_KIND, &s, err);
	return rc ? rc : postings_of_sheet(&s, n_rows, path, out, err);
}

void postings_unmap(struct postings *p)
{
	if (!p)
		return;
	sheet_unmap(&p->sheet);
	term_writer_done(&p->made);
	free(p);
}

/* ---- terms ---- */

uint32_t postings_n_terms(const struct postings *p) { return p->terms.n_terms; }

static const uint64_t *set_of(const struct postings *p, uint32_t term)
{
	uint32_t low = 0, high = p->n_sets;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (p->set_term[mid] < term)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->n_sets && p->set_term[low] == term ? p->set + low * postings_set_words(p->n_rows) : NULL;
}

static void list_of(const struct postings *p, const struct term_entry *e, struct posting_list *out)
{
	*out = (struct posting_list){.n = e->n, .n_blocks = (e->n - 1) / POSTING_BLOCK + 1, .n_rows = p->n_rows, .wdf = e->wdf,
		.blocks = p->block + e->block, .data = p->data, .bits = set_of(p, e->i)};
}

bool postings_find(const struct postings *p, struct span term, struct posting_list *out)
{
	struct term_entry e;
	*out = (struct posting_list){.n_rows = p->n_rows};
	if (!term_groups_find(&p->terms, term, &e))
		return false;
	list_of(p, &e, out);
	return true;
}

void postings_walk_begin(struct postings_walk *w, const struct postings *p)
{
	w->p = p;
	term_walk_begin(&w->terms, &p->terms);
}

bool postings_walk_next(struct postings_walk *w, struct span *term, struct posting_list *out)
{
	struct term_entry e;
	if (!term_walk_next(&w->terms, &e))
		return false;
	*term = w->terms.term;
	list_of(w->p, &e, out);
	return true;
}

/* ---- blocks ---- */

static const unsigned char *rows_of(const struct posting_list *l, uint32_t block) { return l->data + (size_t)l->blocks[block].at * PACK_WORD; }

static const unsigned char *wdfs_of(const struct posting_list *l, uint32_t block)
{
	return rows_of(l, block) + (size_t)pack_words(postings_in_block(l, block), l->blocks[block].row_bits) * PACK_WORD;
}

/* The first n of the set, from a row on; fewer when there are fewer. */
static uint32_t rows_of_set(const struct posting_list *l, uint32_t first, uint32_t n, uint32_t *rows)
{
	size_t w = first / 64, words = postings_set_words(l->n_rows);
	uint64_t left = l->bits[w] >> (first % 64) << (first % 64);
	for (uint32_t i = 0;;) {
		for (; left; left &= left - 1) {
			rows[i++] = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left);
			if (i == n)
				return n;
		}
		if (++w == words)
			return i;
		left = l->bits[w];
	}
}

uint32_t postings_rows(const struct posting_list *l, uint32_t block, uint32_t rows[POSTING_BLOCK])
{
	const struct posting_block *b = &l->blocks[block];
	uint32_t n = postings_in_block(l, block), end = block + 1 < l->n_blocks ? b[1].first : l->n_rows;
	if (l->bits)
		return rows_of_set(l, b->first, n, rows);
	unpack_gaps(rows_of(l, block), n, b->row_bits, b->first, rows);
	return rows[n - 1] < end ? n : 0; /* gaps of 24 bits cannot go round */
}

void postings_wdfs(const struct posting_list *l, uint32_t block, uint32_t wdf[POSTING_BLOCK])
{
	uint32_t n = postings_in_block(l, block);
	unpack(wdfs_of(l, block), n, l->blocks[block].wdf_bits, wdf);
	for (uint32_t i = n; i < POSTING_BLOCK; i++)
		wdf[i] = 0;
	for (uint32_t i = 0; i < POSTING_BLOCK; i++)
		wdf[i]++;
}

uint32_t postings_wdf(const struct posting_list *l, uint32_t block, uint32_t i)
{
	return unpack_one(wdfs_of(l, block), i, l->blocks[block].wdf_bits) + 1;
}

/* ---- sets ---- */

void postings_add(const struct posting_list *l, uint64_t *set)
{
	uint32_t rows[POSTING_BLOCK];
	size_t words = postings_set_words(l->n_rows);
	for (size_t w = 0; l->bits && w < words; w++)
		set[w] |= l->bits[w];
	for (uint32_t b = 0; !l->bits && b < l->n_blocks; b++) {
		uint32_t n = postings_rows(l, b, rows);
		for (uint32_t i = 0; i < n; i++)
			set[rows[i] / 64] |= (uint64_t)1 << (rows[i] % 64);
	}
}

/* The last block from `at` on that may hold the row. */
static uint32_t block_of(const struct posting_list *l, uint32_t at, uint32_t row)
{
	uint32_t step = 1, high;
	while (at + step < l->n_blocks && l->blocks[at + step].first <= row) {
		at += step;
		step *= 2;
	}
	high = at + step < l->n_blocks ? at + step : l->n_blocks;
	while (high - at > 1) {
		uint32_t mid = at + (high - at) / 2;
		if (l->blocks[mid].first <= row)
			at = mid;
		else
			high = mid;
	}
	return at;
}

struct keeper {
	const struct posting_list *l;
	uint32_t block, n, at, rows[POSTING_BLOCK];
};

static bool has_row(struct keeper *k, uint32_t row)
{
	uint32_t block = block_of(k->l, k->block == UINT32_MAX ? 0 : k->block, row);
	if (block != k->block) {
		k->n = postings_rows(k->l, k->block = block, k->rows);
		k->at = 0;
	}
	while (k->at < k->n && k->rows[k->at] < row)
		k->at++;
	return k->at < k->n && k->rows[k->at] == row;
}

void postings_keep(const struct posting_list *l, uint64_t *set)
{
	struct keeper k = {.l = l, .block = UINT32_MAX};
	size_t words = postings_set_words(l->n_rows);
	for (size_t w = 0; w < words; w++) {
		if (l->bits || !l->n_blocks) {
			set[w] &= l->bits ? l->bits[w] : 0;
			continue;
		}
		for (uint64_t left = set[w]; left; left &= left - 1)
			if (!has_row(&k, (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left)))
				set[w] &= ~(left & (0 - left));
	}
}

/* ---- lengths in a byte: 16 steps to an octave ---- */

uint32_t posting_length(uint8_t code)
{
	uint32_t octave = code / 16u, step = code % 16u;
	return octave == 0 ? step : (16 + step) << (octave - 1);
}

uint8_t posting_length_code(uint32_t length)
{
	uint32_t octave = length < 16 ? 0 : pack_width(length) - 4;
	if (octave > 15)
		return UINT8_MAX;
	return (uint8_t)(octave == 0 ? length : octave * 16 + (length >> (octave - 1)) - 16);
}
