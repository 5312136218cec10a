/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The floor: spans, strings, arena, UTF-8, folding, JSON, files. (Days have a program of their own.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/fold.h"
#include "base/io.h"
#include "base/journal.h"
#include "base/json.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void assert_str(struct str *s, const char *want) { assert_string_equal(str_cz(s), want); }

static void errors_have_codes_and_words(void **state)
{
	(void)state;
	struct err e = {0};
	assert_int_equal(err_set(&e, ERR_LOCKED, "%s is taken", "x"), ERR_LOCKED);
	assert_string_equal(e.msg, "x is taken");
	assert_string_equal(err_name(ERR_LOCKED), "locked");
	assert_int_equal(err_from_name("locked"), ERR_LOCKED);
	assert_int_equal(err_from_name("no such code"), ERR_INTERNAL);
	assert_string_equal(err_name(12345), "internal");
	assert_true(ERR_NOMEM < 0 && ERR_INTERNAL < 0);
	errno = ENOSPC;
	assert_int_equal(err_errno(&e, "/disk"), ERR_DISK_FULL);
	assert_non_null(strstr(e.msg, "/disk: No space"));
	assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
}

static void spans_are_cut_and_compared(void **state)
{
	(void)state;
	struct span rest = SPAN("a,,b"), piece;
	assert_true(span_cut(&rest, ',', &piece) && span_is(piece, "a"));
	assert_true(span_cut(&rest, ',', &piece) && piece.n == 0);
	assert_true(span_cut(&rest, ',', &piece) && span_is(piece, "b"));
	assert_false(span_cut(&rest, ',', &piece));
	assert_true(span_is(span_trim(SPAN(" \t\xc2\xa0x y\n ")), "x y"));
	assert_int_equal(span_find(SPAN("hello"), SPAN("ll")), 2);
	assert_int_equal(span_find(SPAN_NONE, SPAN("ll")), -1);
	assert_int_equal(span_ifind(SPAN("Read MORE"), "more"), 5);
	assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0 && span_cmp(SPAN("b"), SPAN("ab")) > 0);
	uint64_t v;
	assert_true(span_to_u64(SPAN("18446744073709551615"), &v) && v == UINT64_MAX);
	assert_false(span_to_u64(SPAN("18446744073709551616"), &v));
	assert_false(span_to_u64(SPAN("12a"), &v));
	assert_false(span_to_u64(SPAN(""), &v));
}

static void strings_grow(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	assert_str(&s, "");
	for (int i = 0; i < 1000; i++)
		str_printf(&s, "%03d", i);
	assert_int_equal(s.n, 3000);
	assert_memory_equal(s.p + 2997, "999", 4);
	str_drop(&s, 2997);
	assert_str(&s, "999");
}

static void arenas_hold_and_reset(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	size_t n = 0, cap = 0;
	int *v = NULL;
	for (int i = 0; i < 5000; i++)
		*arena_push(&a, v, n, cap) = i;
	for (int i = 0; i < 5000; i++)
		assert_int_equal(v[i], i);
	char *big = arena_alloc(&a, 1 << 20);
	assert_int_equal(big[(1 << 20) - 1], 0);
	assert_int_equal((uintptr_t)arena_alloc(&a, 3) % 16, 0);
	assert_true(span_is(arena_printf(&a, "%s-%d", "x", 7), "x-7"));
	arena_reset(&a);
	assert_int_equal(a.total, 0);
	assert_true(span_is(arena_span(&a, SPAN("again")), "again"));
}

static void utf8_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t valid;
	} rows[] = {{"abc", 3}, {"\xc3\xa9", 2}, {"\xf0\x9f\x98\x80", 4}, {"\xc0\xaf", 0}, {"\xed\xa0\x80", 0}, {"a\x80", 1}, {"\xf5\x80\x80\x80", 0}, {"\xe2\x82", 0}, {"12345678\xff", 8}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(utf8_valid_prefix(span_of(rows[i].bytes)), rows[i].valid);
	AUTO_STR struct str s = {0};
	assert_int_equal(utf8_repair(&s, (struct span){"a\xff\0b", 4}), 2);
	assert_str(&s, "a\xEF\xBF\xBD b");
	for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
		char buf[4];
		size_t at = 0;
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		size_t n = utf8_put(buf, c);
		assert_int_equal(utf8_next((struct span){buf, n}, &at), c);
		assert_int_equal(at, n);
	}
	assert_int_equal(utf8_floor(SPAN("a\xc3\xa9"), 2), 1);
	assert_int_equal(utf8_floor(SPAN("a\xc3\xa9"), 9), 3);
}

static void nothing_dangerous_reaches_a_terminal(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	utf8_printable(&s, SPAN("a\x1b[31mb\x07\xc2\x9b\x7f\xe2\x80\xae\xff\tc\nd"), true);
	assert_str(&s, "a[31mb\xEF\xBF\xBD\tc\nd");
	str_clear(&s);
	utf8_printable(&s, SPAN("a\tc\nd"), false);
	assert_str(&s, "a c d");
}

static void folding_makes_spellings_one(void **state)
{
	(void)state;
	static const char *const rows[][2] = {{"Erdoğan", "erdogan"}, {"STRASSE", "strasse"}, {"Straße", "strasse"}, {"Łódź", "lodz"}, {"Ærø", "aero"}, {"Путин", "путин"}, {"Ё", "е"}, {"김정은", "김정은"}, {"Ｋｉｍ", "kim"}, {"ﬁ", "fi"}, {"İstanbul", "istanbul"}, {"Đặng", "dang"}, {"Ǿ", "o"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AUTO_STR struct str s = {0};
		fold_add(&s, span_of(rows[i][0]));
		assert_str(&s, rows[i][1]);
	}
	AUTO_STR struct str n = {0};
	fold_name(&n, SPAN("  Kim\tJong-un’s \xff"));
	assert_str(&n, "kim jong un s");
	assert_int_equal(fold_class(0x91D1), CHAR_CJK);
	assert_int_equal(fold_class(0x0301), CHAR_MARK);
	assert_int_equal(fold_class(0x2003), CHAR_SPACE);
}

static void json_reads_within_limits(void **state)
{
	(void)state;
	struct err e = {0};
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_read(SPAN("{\"a\":[1,{\"b\":\"x\\\"]\"}]}"), 3, &j, &e), 0);
	assert_int_equal(json_read(SPAN("{\"a\":[1,{\"b\":2}]}"), 2, &j, &e), ERR_LIMIT);
	assert_int_equal(json_read(SPAN("{\"a\":1,\"a\":2}"), 3, &j, &e), ERR_BAD_REQUEST);
	assert_int_equal(json_read(SPAN("{} x"), 3, &j, &e), ERR_BAD_REQUEST);
	assert_int_equal(json_read(SPAN(""), 3, &j, &e), ERR_BAD_REQUEST);
	assert_int_equal(json_read(SPAN_NONE, 3, &j, &e), ERR_BAD_REQUEST);
	assert_true(json_span(j, "a").p == NULL);
}

static void json_is_written_as_it_must_be(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	struct jw w = {.out = &s};
	struct when when = {.days = interval_month(2015, 1), .how = "inferred", .sure = 60};
	jw_open(&w, '{');
	jw_key_span(&w, SPAN("q\""));
	jw_str(&w, SPAN("a\n\x01\xff\\"));
	jw_field_int(&w, "n", -5);
	jw_key(&w, "x"), jw_num(&w, 0.5);
	jw_key(&w, "l"), jw_open(&w, '['), jw_bool(&w, true), jw_null(&w), jw_close(&w, ']');
	jw_key(&w, "d"), jw_when(&w, &when);
	jw_key(&w, "none"), jw_when(&w, NULL);
	jw_close(&w, '}');
	assert_str(&s, "{\"q\\\"\":\"a\\n\\u0001\xEF\xBF\xBD\\\\\",\"n\":-5,\"x\":0.5,\"l\":[true,null],\"d\":{\"from\":\"2015-01-01\",\"to\":\"2015-01-31\","
		"\"precision\":\"month\",\"text\":\"2015-01\",\"how\":\"inferred\",\"sure\":60},\"none\":null}");
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_read(str_view(&s), 8, &j, NULL), 0);
}

static void numbers_are_written_to_the_last_digit(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	struct jw w = {.out = &s};
	jw_open(&w, '[');
	jw_int(&w, 0), jw_int(&w, 10), jw_int(&w, INT64_MAX), jw_int(&w, INT64_MIN);
	jw_close(&w, ']');
	assert_str(&s, "[0,10,9223372036854775807,-9223372036854775808]");
	str_clear(&s);
	w.comma = false;
	jw_open(&w, '[');
	jw_counted(&w, SPAN("\"count\":"), 0), jw_counted(&w, SPAN("\"id\":\"a\",\"count\":"), UINT64_MAX);
	jw_close(&w, ']');
	assert_str(&s, "[{\"count\":0},{\"id\":\"a\",\"count\":18446744073709551615}]");
	str_clear(&s);
	str_u64(&s, UINT64_MAX, 1), str_ch(&s, ' '), str_u64(&s, 7, 4), str_ch(&s, ' '), str_u64(&s, 12345, 4), str_ch(&s, ' '), str_u64(&s, 1, 30);
	assert_str(&s, "18446744073709551615 0007 12345 00000000000000000001");
	for (double v = 0.001; v < 3e6; v = v * 1.0007 + 1.0 / 64) { /* as printf would */
		char want[40];
		double x = (double)(int64_t)(v * 1048576) / 1048576;
		snprintf(want, sizeof want, "%.6g", x);
		str_clear(&s);
		w = (struct jw){.out = &s};
		jw_num(&w, x);
		assert_str(&s, want);
	}
}

static void files_are_replaced_whole(void **state)
{
	(void)state;
	char dir[] = "/tmp/test-base-XXXXXX";
	struct err e = {0};
	AUTO_STR struct str path = {0}, got = {0};
	assert_non_null(mkdtemp(dir));
	str_printf(&path, "%s/a/b", dir);
	assert_int_equal(io_make_dirs(path.p, 0750, &e), 0);
	assert_int_equal(io_make_dirs(path.p, 0750, &e), 0);
	str_z(&path, "/f");
	assert_int_equal(io_replace_file(path.p, SPAN("one"), &e), 0);
	assert_int_equal(io_replace_file(path.p, SPAN("three"), &e), 0);
	assert_int_equal(io_read_file(path.p, 5, &got, &e), 0);
	assert_str(&got, "three");
	str_clear(&got);
	assert_int_equal(io_read_file(path.p, 4, &got, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, path.p));
	struct span map;
	assert_int_equal(io_map_file(path.p, &map, &e), 0);
	assert_true(span_is(map, "three"));
	io_unmap(&map);
	assert_int_equal(io_tree_bytes(dir), 5);
	assert_int_equal(io_remove_tree(dir, &e), 0);
	assert_int_equal(io_remove_tree(dir, &e), 0);
	assert_int_equal(io_map_file(path.p, &map, &e), ERR_NOT_FOUND);
}

static void journal_fields_keep_their_bytes(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0}, big = {0};
	journal_field(&s, "DOSSIER_", "in-ms", SPAN("5"));
	assert_true(span_is(str_view(&s), "DOSSIER_IN_MS=5\n"));
	str_clear(&s);
	journal_field(&s, "DOSSIER_", "path", SPAN("a\nPRIORITY=0"));
	assert_true(span_eq(str_view(&s), SPAN("DOSSIER_PATH\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\n")));
	str_clear(&s);
	while (big.n <= JOURNAL_VALUE) /* a cut between the bytes of a letter must not be seen */
		str_z(&big, big.n ? "ä" : "x");
	journal_field(&s, "", "MESSAGE", str_view(&big));
	assert_int_equal(s.n, strlen("MESSAGE=") + JOURNAL_VALUE - 1 + strlen("…") + 1);
	assert_true(utf8_valid(str_view(&s)));
	for (int i = 0; i < 100; i++)
		journal_field(&s, "DOSSIER_", "more", str_view(&big));
	assert_in_range(s.n, JOURNAL_MOST / 2, JOURNAL_MOST);
	str_clear(&s);
	journal_field(&s, "DOSSIER_", "a name that is far too long for a field of the journal, which takes sixty-four", SPAN_NONE);
	assert_int_equal(s.n, 60 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_codes_and_words), cmocka_unit_test(spans_are_cut_and_compared), cmocka_unit_test(strings_grow),
		cmocka_unit_test(arenas_hold_and_reset), cmocka_unit_test(utf8_is_strict), cmocka_unit_test(nothing_dangerous_reaches_a_terminal),
		cmocka_unit_test(folding_makes_spellings_one), cmocka_unit_test(json_reads_within_limits), cmocka_unit_test(json_is_written_as_it_must_be), cmocka_unit_test(numbers_are_written_to_the_last_digit),
		cmocka_unit_test(files_are_replaced_whole), cmocka_unit_test(journal_fields_keep_their_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
