/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Phrases found as bytes against phrases found word by word, with codes of every length; NEAR against trying every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "index/query/match.h"
#include "index/store/streams.h"

#include <stdio.h>

#define N_WORDS 230000u /* past 212,160 a code has five bytes */
#define N_ROWS  3000u
#define LONGEST 60u

static uint32_t seed = 99;
static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}

/* Mostly words whose codes look alike: few values, at the borders between lengths. */
static uint32_t some_rank(void)
{
	static const uint32_t at[] = {0, 1, 190, 191, 192, 193, 447, 448, 15551, 15552, 15553, 81088, 212159, 212160, 212161, 229999};
	return dice(4) ? at[dice(sizeof at / sizeof *at)] : dice(N_WORDS);
}

static struct token_streams *build(const char *path)
{
	struct stream_builder b = {0};
	struct token_streams *s = NULL;
	struct err err = {0};
	uint32_t *number = mem_alloc(N_WORDS * sizeof *number), row[LONGEST];
	for (uint32_t i = 0; i < N_WORDS; i++) {
		char word[16];
		snprintf(word, sizeof word, "w%06u", i);
		number[i] = stream_builder_word(&b, span_of(word));
	}
	for (uint32_t i = 0; i < N_WORDS; i++) /* the first is the most frequent */
		for (uint32_t more = i < 300 ? 100000 / (i + 1) : i < 20000 ? 3 : i < 100000; more--;) {
			char word[16];
			snprintf(word, sizeof word, "w%06u", i);
			stream_builder_word(&b, span_of(word));
		}
	for (uint32_t r = 0; r < N_ROWS; r++) {
		uint32_t n = dice(LONGEST);
		for (uint32_t i = 0; i < n; i++)
			row[i] = number[some_rank()];
		stream_builder_row(&b, row, n, n ? dice(n) : 0);
	}
	assert_int_equal(stream_builder_write(&b, path, &err), 0);
	assert_int_equal(streams_map(path, N_ROWS, &s, &err), 0);
	stream_builder_done(&b);
	free(number);
	return s;
}

static bool stands(const uint32_t *v, size_t n, const uint32_t *words, size_t k)
{
	for (size_t i = 0; i + k <= n; i++)
		if (memcmp(v + i, words, k * sizeof *v) == 0)
			return true;
	return false;
}

static void phrases(void **state)
{
	(void)state;
	char dir[] = "/tmp/test-query-phrases.XXXXXX", path[64];
	size_t found = 0;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/streams", dir);
	struct token_streams *s = build(path);
	for (int round = 0; round < 200000; round++) {
		uint32_t v[LONGEST], words[4], row = dice(N_ROWS);
		size_t n_title, n = streams_read(s, row, v, LONGEST, &n_title), k = 1 + dice(3), from = n > k ? dice((uint32_t)(n - k)) : 0;
		for (size_t i = 0; i < k; i++) /* what stands there, often with one word changed */
			words[i] = n > k && (round % 3 || i + 1 < k) ? v[from + i] : some_rank();
		bool title = stands(v, n_title, words, k), any = title || stands(v + n_title, n - n_title, words, k);
		struct stream_phrase phrase;
		streams_phrase(&phrase, words, k);
		if (streams_has_phrase(s, row, &phrase, false) != any || streams_has_phrase(s, row, &phrase, true) != title)
			fail_msg("row %u, %zu words from %u: should be %d, in the title %d", row, k, words[0], any, title);
		found += any;
	}
	assert_true(found > 10000 && found < 190000);
	streams_unmap(s);
	assert_int_equal(io_remove_tree(dir, NULL), 0);
}

static bool chain(const uint32_t *v, size_t n, size_t at, const uint32_t *words, const uint32_t *windows, size_t k)
{
	if (k == 1)
		return true;
	for (size_t i = 0; i < n; i++)
		if (i != at && v[i] == words[1] && (i > at ? i - at : at - i) <= windows[0] && chain(v, n, i, words + 1, windows + 1, k - 1))
			return true;
	return false;
}

static void nearness(void **state)
{
	(void)state;
	size_t found = 0;
	for (int round = 0; round < 100000; round++) {
		uint32_t v[20], words[4], windows[3];
		size_t n = 1 + dice(19), k = 2 + dice(3);
		bool want = false;
		for (size_t i = 0; i < n; i++)
			v[i] = dice(6);
		for (size_t i = 0; i < k; i++)
			words[i] = dice(6);
		for (size_t i = 0; i + 1 < k; i++)
			windows[i] = 1 + dice(4);
		for (size_t i = 0; i < n && !want; i++)
			want = v[i] == words[0] && chain(v, n, i, words, windows, k);
		assert_int_equal(stream_has_near(v, n, words, windows, k), want);
		found += want;
	}
	assert_true(found > 5000 && found < 95000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(phrases), cmocka_unit_test(nearness)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
