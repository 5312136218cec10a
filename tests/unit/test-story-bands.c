/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bands packed in a file against the plain list: each entry, every seek, and any bytes in the file. */
#include "tests/unit/store-fixture.h"

#include "base/mem.h"
#include "index/store/story-bands.h"

#define KIND 7u
#define TAG  5u

static uint64_t seed = 3;
static uint32_t dice(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((seed >> 33) % n);
}

static int by_band(const void *x, const void *y)
{
	const struct story_band *a = x, *b = y;
	return a->band < b->band ? -1 : a->band > b->band;
}

/* Bands anywhere, or crowded: many rows share one. */
static struct story_band *make_list(uint32_t n, uint32_t n_rows, uint32_t different)
{
	struct story_band *v = mem_alloc((n + 1) * sizeof *v);
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct story_band){dice(9) ? dice(different) * (UINT32_MAX / different) + 1 : dice(2) ? 1 : UINT32_MAX, dice(n_rows)};
	qsort(v, n, sizeof *v, by_band);
	return v;
}

static void write_list(const char *path, const struct story_band *v, uint32_t n, uint32_t n_rows)
{
	struct sheet_writer s;
	struct band_writer w;
	sheet_create(&s, path);
	band_writer_begin(&w, &s, TAG, n_rows);
	for (uint32_t i = 0; i < n; i++)
		band_writer_add(&w, v[i]);
	band_writer_end(&w);
	OK(sheet_finish(&s, KIND, err));
}

static void check_seeks(const struct story_bands *packed, const struct story_bands *plain)
{
	struct band_reader a, b;
	band_reader_begin(&a, packed);
	band_reader_begin(&b, plain);
	for (uint64_t i = 0; i < plain->n; i++) {
		assert_int_equal(band_at(&a, i), plain->plain[i].band);
		assert_int_equal(band_row(packed, i), plain->plain[i].row);
	}
	for (int i = 0; i < 3000; i++) {
		uint64_t at = dice((uint32_t)plain->n + 1), want = at;
		uint64_t band = plain->n && dice(3) ? plain->plain[dice((uint32_t)plain->n)].band + (uint64_t)dice(3) : dice(UINT32_MAX);
		while (want < plain->n && plain->plain[want].band < band)
			want++;
		assert_int_equal(band_seek(&b, at, band), want);
		assert_int_equal(band_seek(&a, at, band), want);
	}
}

static void like_the_plain_list(void **state)
{
	static const uint32_t sizes[] = {0, 1, 25, 127, 128, 129, 255, 256, 257, 3000}, rows[] = {1, 2, 300, 70000, 1u << 31};
	char dir[64], path[128];
	(void)state;
	fixture_dir(dir);
	snprintf(path, sizeof path, "%s/bands", dir);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
			uint32_t n = sizes[i];
			AUTO_FREE struct story_band *v = make_list(n, rows[k], k % 2 ? 5 : 1u << 30);
			struct story_bands plain = {.n = n, .n_rows = rows[k], .plain = v}, packed;
			struct sheet s;
			write_list(path, v, n, rows[k]);
			OK(sheet_map(path, KIND, &s, err));
			assert_true(story_bands_find(&s, TAG, rows[k], &packed));
			check_seeks(&packed, &plain);
			sheet_unmap(&s);
		}
	fixture_remove(dir);
}

static void any_bytes(void **state)
{
	enum { N = 1000, ROWS = 400 };
	char dir[64], path[128];
	AUTO_STR struct str whole = {0};
	AUTO_FREE struct story_band *v = make_list(N, ROWS, 300);
	unsigned walked = 0;
	(void)state;
	fixture_dir(dir);
	snprintf(path, sizeof path, "%s/bands", dir);
	write_list(path, v, N, ROWS);
	OK(io_read_file(path, 1 << 30, &whole, err));
	for (int i = 0; i < 3000; i++) {
		AUTO_STR struct str b = {0};
		struct sheet s;
		struct story_bands bands;
		struct band_reader r;
		str_span(&b, str_view(&whole));
		for (unsigned n = dice(6) + 1; n > 0; n--)
			b.p[dice((uint32_t)b.n)] = (char)(dice(3) ? dice(256) : 0xFF);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
		assert_int_equal(fclose(f), 0);
		if (sheet_map(path, KIND, &s, NULL) != 0)
			continue;
		if (story_bands_find(&s, TAG, ROWS, &bands)) {
			band_reader_begin(&r, &bands);
			for (uint64_t at = 0, n; at < bands.n && (n = band_seek(&r, at, dice(UINT32_MAX))) <= bands.n; at = n + 1)
				if (n < bands.n)
					assert_true(n >= at && band_row(&bands, n) < ROWS);
			walked++;
		}
		sheet_unmap(&s);
	}
	assert_true(walked > 300);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(like_the_plain_list), cmocka_unit_test(any_bytes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
