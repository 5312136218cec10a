/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Postings against Xapian's own lists: lists around every edge (a block, an eighth of the rows, all of them), wdf of one to five bytes,
 * what is one posting and what is a block, sets added and kept, bounds that are bounds. And any bytes in the sheet.
 */
#include "tests/unit/store-fixture.h"

#include "base/mem.h"
#include "index/store/postings-merge.h"
#include "index/store/postings-pack.h"
#include "index/store/postings.h"

#include <xapian-c.h>

/* The same packing without vector instructions. */
#define pack plain_pack
#define unpack plain_unpack
#define unpack_one plain_unpack_one
#define unpack_gaps plain_unpack_gaps
#define PACK_PLAIN
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "index/store/postings-pack.c"
#undef pack
#undef unpack
#undef unpack_one
#undef unpack_gaps

static uint64_t seed = 99;
static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((seed >> 33) % n);
}

static void numbers_are_packed(void **state)
{
	(void)state;
	for (uint32_t width = 0; width <= 32; width++)
		for (uint32_t n = 1; n <= POSTING_BLOCK; n += n < 9 ? 1 : dice(20) + 1) {
			uint32_t v[POSTING_BLOCK] = {0}, got[POSTING_BLOCK], plain[POSTING_BLOCK], sum = 7;
			size_t room = (pack_words(n, width) + 1) * (size_t)PACK_WORD;
			AUTO_FREE unsigned char *p = mem_alloc(room);
			for (uint32_t i = 0; i < n; i++)
				v[i] = width ? (dice(3) ? dice(1u << 30) * 4 + dice(4) : UINT32_MAX) >> (32 - width) : 0;
			pack(v, n, width, p);
			unpack(p, n, width, got);
			plain_unpack(p, n, width, plain);
			assert_memory_equal(got, v, n * sizeof *v);
			assert_memory_equal(plain, v, n * sizeof *v);
			for (uint32_t i = 0; i < n; i++)
				assert_int_equal(unpack_one(p, i, width), v[i]);
			if (width > 24)
				continue;
			unpack_gaps(p, n, width, sum + v[0], got);
			plain_unpack_gaps(p, n, width, sum + v[0], plain);
			assert_memory_equal(got, plain, n * sizeof *got);
			sum += v[0] + v[0];
			for (uint32_t i = 0; i < n; sum += i + 1 < n ? v[i + 1] + 1 : 0, i++)
				assert_int_equal(got[i], sum);
		}
	for (uint32_t i = 0; i <= 32; i++)
		assert_int_equal(pack_width(i < 32 ? 1u << i : UINT32_MAX), i < 32 ? i + 1 : 32);
}

static void lengths_fit_a_byte(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++) {
		assert_int_equal(posting_length_code(posting_length((uint8_t)code)), code);
		if (code)
			assert_true(posting_length((uint8_t)code) > posting_length((uint8_t)(code - 1)));
	}
	for (uint32_t n = 0; n < 100000; n += 1 + n / 50) {
		uint32_t low = posting_length(posting_length_code(n));
		assert_true(low <= n && n - low <= n / 16);
	}
	assert_true(posting_length(posting_length_code(UINT32_MAX)) > 500000);
}

/* ---- terms ---- */

#define VOCABULARY 3000u
struct known {
	char p[16];
	size_t n;
	uint32_t rows;
	uint64_t wdf;
};

static int by_bytes(const void *x, const void *y)
{
	const struct known *a = x, *b = y;
	return span_cmp((struct span){a->p, a->n}, (struct span){b->p, b->n});
}

/* Of few letters, so that much is shared, the empty word and bytes of any height among them. */
static void any_word(struct known *k)
{
	static const char letters[] = {'a', 'b', (char)0xC3, (char)0xA9};
	k->n = dice(11);
	for (size_t i = 0; i < k->n; i++)
		k->p[i] = letters[dice(sizeof letters)];
	k->rows = dice(4) ? 1 + dice(3) : 1 + dice(100000);
	k->wdf = dice(9) ? k->rows + (uint64_t)dice(1000) * dice(1u << 30) : 0;
}

static void terms_are_found(void **state)
{
	static struct known v[VOCABULARY];
	(void)state;
	for (uint32_t most = 1; most <= VOCABULARY; most = most * 3 - 1) {
		struct term_writer w = {0};
		struct term_groups g;
		struct term_entry e;
		uint32_t n = 0, blocks = 0;
		for (uint32_t i = 0; i < most; i++)
			any_word(&v[i]);
		qsort(v, most, sizeof *v, by_bytes);
		for (uint32_t i = 0; i < most; i++)
			if (n == 0 || by_bytes(&v[n - 1], &v[i]) != 0)
				v[n++] = v[i];
		for (uint32_t i = 0; i < n; i++)
			term_writer_add(&w, (struct span){v[i].p, v[i].n}, v[i].rows, v[i].wdf);
		term_writer_view(&w, &g);
		for (uint32_t i = 0; i < n; i++) {
			assert_true(term_groups_find(&g, (struct span){v[i].p, v[i].n}, &e));
			assert_int_equal(e.i, i);
			assert_int_equal(e.n, v[i].rows);
			assert_int_equal(e.block, blocks);
			assert_int_equal(e.wdf, v[i].wdf);
			blocks += (e.n - 1) / POSTING_BLOCK + 1;
		}
		assert_true(term_groups_sound(&g, w.groups.n / sizeof(struct term_group), 100000, blocks));
		assert_false(term_groups_sound(&g, w.groups.n / sizeof(struct term_group), 100000, blocks + 1));
		for (int i = 0; i < 4000; i++) {
			struct known k;
			any_word(&k);
			bool is = bsearch(&k, v, n, sizeof *v, by_bytes) != NULL;
			assert_int_equal(term_groups_find(&g, (struct span){k.p, k.n}, &e), is);
		}
		term_writer_done(&w);
	}
}

/* ---- a segment with lists of all kinds ---- */

#define ROWS 5003u
#define TERMS 40u
static const uint32_t sizes[] = {1, 2, 3, 4, 5, 127, 128, 129, 255, 256, 257, ROWS / 8 - 1, ROWS / 8, ROWS / 8 + 1, ROWS / 2, ROWS - 1, ROWS};
static uint32_t wdf_of[TERMS][ROWS], lengths[ROWS]; /* wdf 0: not in it */

static uint32_t any_wdf(void) { return dice(5) ? 1 + dice(3) : dice(20) ? 1 + dice(40) : dice(3) ? 250 + dice(10) : 1 + dice(1u << 30); }

static void make_lists(void)
{
	for (uint32_t t = 0; t < TERMS; t++) {
		uint32_t n = t < sizeof sizes / sizeof *sizes ? sizes[t] : 1 + dice(ROWS);
		bool together = t % 3 == 0; /* in a run, or anywhere */
		for (uint32_t at = dice(ROWS - n + 1); n;) {
			uint32_t row = together ? at++ : dice(ROWS);
			n -= wdf_of[t][row] == 0;
			if (wdf_of[t][row] == 0)
				wdf_of[t][row] = any_wdf();
		}
	}
	for (uint32_t row = 0; row < ROWS; row++)
		lengths[row] = dice(10) ? 20 + dice(300) : dice(1u << 25);
}

static void make_db(const char *dir, uint32_t n_rows, struct xc_db **db)
{
	struct xc_err xe = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_write_options how = {.create = XC_OVERWRITE, .flags = XC_NO_TERMLIST | XC_NO_SYNC | XC_DANGEROUS};
	assert_int_equal(xc_writer_open(dir, &how, &w, &xe), 0);
	for (uint32_t row = 0; row < n_rows; row++) {
		struct xc_term terms[TERMS];
		char names[TERMS][8];
		struct xc_doc d = {.terms = terms};
		for (uint32_t t = 0; t < TERMS; t++) {
			snprintf(names[t], sizeof names[t], "%c%02u", t % 2 ? 'S' : 'w', t);
			if (wdf_of[t][row])
				terms[d.n_terms++] = (struct xc_term){.bytes = names[t], .len = 3, .wdf = wdf_of[t][row]};
		}
		assert_int_equal(xc_writer_add(w, &d, NULL, &xe), 0);
	}
	assert_int_equal(xc_writer_close(w, &xe), 0);
	assert_int_equal(xc_open(dir, db, &xe), 0);
}

static bool bounded(const struct posting_block *b, uint32_t wdf, uint32_t length)
{
	for (int i = 0; i < 3; i++)
		if ((b->best[i].wdf >= wdf || b->best[i].wdf == UINT8_MAX) && posting_length(b->best[i].length) <= length)
			return true;
	return false;
}

static void check_list(const struct posting_list *l, const uint32_t *want, uint32_t n_rows)
{
	uint32_t rows[POSTING_BLOCK], wdf[POSTING_BLOCK], at = 0, n = 0;
	uint64_t sum = 0;
	AUTO_FREE uint64_t *set = mem_alloc((n_rows / 64 + 2) * sizeof *set), *kept = mem_alloc((n_rows / 64 + 2) * sizeof *kept);
	for (uint32_t b = 0; b < l->n_blocks; b++) {
		uint32_t have = postings_rows(l, b, rows);
		assert_int_equal(have, postings_in_block(l, b));
		postings_wdfs(l, b, wdf);
		for (uint32_t i = 0; i < have; i++, at++) {
			while (at < n_rows && !want[at])
				at++;
			assert_int_equal(rows[i], at);
			assert_int_equal(wdf[i], want[at]);
			assert_int_equal(postings_wdf(l, b, i), want[at]);
			assert_true(bounded(&l->blocks[b], want[at], lengths[at]));
			sum += wdf[i];
		}
		n += have;
	}
	assert_int_equal(n, l->n);
	assert_int_equal(sum, l->wdf);
	while (at < n_rows)
		assert_int_equal(want[at++], 0);
	postings_add(l, set);
	for (uint32_t row = 0; row < n_rows; row++) {
		assert_int_equal(set[row / 64] >> (row % 64) & 1, want[row] != 0);
		if (dice(9) == 0)
			kept[row / 64] |= (uint64_t)1 << (row % 64);
	}
	AUTO_FREE uint64_t *before = mem_dup(kept, (n_rows / 64 + 2) * sizeof *kept);
	postings_keep(l, kept);
	for (uint32_t w = 0; w < n_rows / 64 + 1; w++)
		assert_int_equal(kept[w], before[w] & set[w]);
}

static void check_all(const struct postings *p, uint32_t n_rows)
{
	struct posting_list l;
	uint32_t there = 0;
	for (uint32_t t = 0; t < TERMS; t++) {
		char name[8];
		uint32_t n = 0;
		snprintf(name, sizeof name, "%c%02u", t % 2 ? 'S' : 'w', t);
		for (uint32_t row = 0; row < n_rows; row++)
			n += wdf_of[t][row] != 0;
		assert_int_equal(postings_find(p, span_of(name), &l), n > 0);
		assert_int_equal(l.n, n);
		assert_int_equal(l.bits != NULL, n > n_rows / 8);
		check_list(&l, wdf_of[t], n_rows);
		there += n > 0;
	}
	assert_int_equal(postings_n_terms(p), there);
	assert_false(postings_find(p, SPAN("w"), &l));
	assert_false(postings_find(p, SPAN("zzz"), &l));
	assert_int_equal(l.n, 0);
}

static void like_xapian(void **state)
{
	static const uint32_t rows[] = {1, 63, 64, 65, 1000, ROWS};
	char dir[64], path[128], db_path[128];
	(void)state;
	fixture_dir(dir);
	make_lists();
	snprintf(path, sizeof path, "%s/postings", dir);
	snprintf(db_path, sizeof db_path, "%s/db", dir);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct xc_db *db = NULL;
		struct postings *p = NULL;
		make_db(db_path, rows[i], &db);
		OK(postings_write(db, lengths, rows[i], path, err));
		OK(postings_map(path, rows[i], &p, err));
		check_all(p, rows[i]);
		postings_unmap(p);
		p = NULL;
		OK(postings_make(db, lengths, rows[i], &p, err));
		check_all(p, rows[i]);
		postings_unmap(p);
		xc_close(db);
		assert_int_equal(postings_map(path, rows[i] + 64, &p, NULL), ERR_CORRUPT); /* of another segment */
	}
	fixture_remove(dir);
}

/* ---- damage ---- */

static volatile uint64_t sink;

static void walk(const struct postings *p, uint32_t n_rows)
{
	uint32_t rows[POSTING_BLOCK], wdf[POSTING_BLOCK];
	AUTO_FREE uint64_t *set = mem_alloc((n_rows + 63) / 64 * sizeof *set);
	struct posting_list l;
	struct postings_walk w;
	struct span term;
	uint32_t n_terms = 0;
	postings_walk_begin(&w, p);
	while (postings_walk_next(&w, &term, &l)) {
		struct posting_list again;
		assert_true(postings_find(p, term, &again)); /* each is found, and is the same */
		assert_ptr_equal(again.blocks, l.blocks);
		assert_int_equal(again.n, l.n);
		assert_int_equal(again.wdf, l.wdf);
		n_terms++;
		for (uint32_t b = 0; b < l.n_blocks; b++) {
			uint32_t n = postings_rows(&l, b, rows);
			postings_wdfs(&l, b, wdf);
			for (uint32_t i = 0; i < n; i++) {
				if (rows[i] >= n_rows || (i && rows[i] <= rows[i - 1]))
					fail_msg("row %u of %u", rows[i], n_rows);
				sink += wdf[i] + postings_wdf(&l, b, i);
			}
		}
		postings_keep(&l, set);
		postings_add(&l, set);
	}
	assert_int_equal(n_terms, postings_n_terms(p));
}

static void any_bytes(void **state)
{
	enum { N = 400 };
	char dir[64], path[128], db_path[128], merged_path[128];
	struct xc_db *db = NULL;
	AUTO_STR struct str whole = {0}, b = {0};
	unsigned walked = 0;
	(void)state;
	fixture_dir(dir);
	snprintf(path, sizeof path, "%s/postings", dir);
	snprintf(db_path, sizeof db_path, "%s/db", dir);
	snprintf(merged_path, sizeof merged_path, "%s/merged", dir);
	make_db(db_path, N, &db);
	OK(postings_write(db, lengths, N, path, err));
	xc_close(db);
	OK(io_read_file(path, 1 << 30, &whole, err));
	for (int i = 0; i < 4000; i++) {
		struct postings *p = NULL;
		str_clear(&b);
		str_span(&b, str_view(&whole));
		for (unsigned n = dice(4) + 1; n > 0; n--)
			b.p[dice((uint32_t)b.n)] = (char)(dice(3) ? dice(256) : 0xFF);
		if (dice(10) == 0)
			b.n = dice((uint32_t)b.n);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
		assert_int_equal(fclose(f), 0);
		if (postings_map(path, N, &p, NULL) != 0)
			continue;
		walk(p, N);
		struct postings_source twice[2] = {{p, NULL, N}, {p, NULL, N}};
		bool merged = postings_merge(twice, 2, lengths, merged_path, NULL) == 0;
		postings_unmap(p);
		walked++;
		if (!merged)
			continue;
		OK(postings_map(merged_path, 2 * N, &p, err)); /* what is made of damage is refused, or sound */
		walk(p, 2 * N);
		postings_unmap(p);
	}
	assert_true(walked > 400);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_packed), cmocka_unit_test(lengths_fit_a_byte), cmocka_unit_test(terms_are_found), cmocka_unit_test(like_xapian), cmocka_unit_test(any_bytes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
