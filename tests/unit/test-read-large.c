/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is large is read in place and given back on the way: it must say the same as what is small and copied. */
#include "base/mem.h"
#include "index/read/decode.h"
#include "index/read/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void repeat(struct str *out, struct span s, size_t n)
{
	while (out->n < n)
		str_span(out, s);
}

static void arena_gives_back(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	char *one = mem_alloc(3 << 20), *two = mem_alloc(100);
	memset(one, 'x', 3 << 20);
	memcpy(two, "stays", 6);
	struct span s = arena_take(&a, one, 3 << 20), t = arena_take(&a, two, 5);
	assert_true(arena_holds(&a, s.p + 1000) && arena_holds(&a, t.p) && !arena_holds(&a, &a));
	mem_shed(s.p + 5, 1 << 20); /* the whole pages in it, and nothing beside them */
	assert_int_equal(s.p[4], 'x');
	assert_int_equal(s.p[(1 << 20) + 4096 + 5], 'x');
	arena_drop(&a, s.p + 77);
	arena_drop(&a, &a);
	assert_false(arena_holds(&a, s.p));
	assert_true(span_is(t, "stays"));
}

/* Pieces of a megabyte are cut anywhere: in the middle of letters too. */
static void decoded_alike(void **state)
{
	(void)state;
	static const struct {
		const char *declared, *unit;
		size_t n;
	} kinds[] = {
		{"iso-8859-1", "caf\xE9 au lait, ", 14}, {"gb18030", "\xD6\xD0\xB9\xFA \xC8\xCB.", 8}, {"utf-16le", "a\0\xE9\0,\0", 6}, {"utf-8", "caf\xC3\xA9 \xE2\x82\xAC", 9}, {"utf-8", "bad \xFF caf\xC3\xA9 \xE2\x82\xAC \xC3\xA9\xC3\xA9", 18},
		{"shift_jis", "\x93\xFA\x96{ x", 6}, {"iso-2022-jp", "\x1B$BF|K\\\x1B(B. ", 12}, {"euc-kr", "\xC7\xD1\xB1\xDB\xFF.", 6},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		AUTO_ARENA struct arena a = {0};
		struct str big = {0};
		if (i == 2)
			str_add(&big, "\xFF\xFE", 2);
		repeat(&big, (struct span){kinds[i].unit, kinds[i].n}, 3500000);
		AUTO_STR struct str copy = {0};
		str_span(&copy, str_view(&big));
		struct decoded own, plain;
		decode_own(&a, arena_take(&a, big.p, big.n), span_of(kinds[i].declared), false, &own);
		decode_bytes(&a, str_view(&copy), span_of(kinds[i].declared), false, &plain);
		assert_true(span_eq(own.text, plain.text));
		assert_int_equal(own.replaced, plain.replaced);
		assert_string_equal(own.encoding, plain.encoding);
		struct decoded unit, again; /* and the same as one small piece after another */
		size_t at = 0;
		struct span from = span_sub(str_view(&copy), i == 2 ? 2 : 0, copy.n);
		for (size_t k = 0; k < 100; k++) {
			decode_bytes(&a, span_sub(from, 0, kinds[i].n), span_of(kinds[i].declared), false, &unit);
			if (i == 2 || !unit.text.n)
				break; /* (without its mark it is something else) */
			again.text = span_sub(own.text, own.text.n / 2 / unit.text.n * unit.text.n, own.text.n);
			assert_true(span_eq(span_sub(again.text, at, at + unit.text.n), unit.text));
			at += unit.text.n;
		}
	}
}

static void same_document(const struct document *x, const struct document *y)
{
	assert_true(span_eq(x->text, y->text));
	assert_true(span_eq(x->title, y->title) && span_eq(x->author, y->author) && span_eq(x->lang, y->lang) && span_eq(x->site, y->site));
	assert_int_equal(x->published.days.from, y->published.days.from);
	assert_int_equal(x->n_dates, y->n_dates);
	assert_int_equal(x->n_dropped, y->n_dropped);
	for (size_t i = 0; i < x->n_dropped; i++)
		assert_true(span_eq(x->dropped[i].text, y->dropped[i].text) && x->dropped[i].why == y->dropped[i].why);
}

/* A page with a picture of two megabytes in it is the page without it. */
static void page_alike(void **state)
{
	(void)state;
	static const char head[] = "<!doctype html><html lang=en><head><title>Talks go on in Berlin - Herald</title><meta property='article:published_time' content='2019-03-04T10:00:00Z'>"
				   "<meta name=author content='Ann Lee'></head><body><nav><a href=/>Home</a> <a href=/w>World</a></nav><article><h1>Talks go on in Berlin</h1>"
				   "<p>The ministers met for three hours on Monday, and nobody who came out of the room wanted to say what had been agreed in it.</p>";
	static const char tail[] = "<p>They will meet again in &quot;a week or two&quot;, said D\xC3\xBCnya \xC3\x96zt\xC3\xBCrk, who speaks for the ministry of foreign affairs.</p>"
				   "<div class=comments><p>I do not believe a word of it, and neither does anybody else in this street.</p></div></article></body></html>";
	AUTO_ARENA struct arena a = {0}, b = {0};
	struct read_limits limits = reader_default_limits();
	struct document d[2];
	for (int i = 0; i < 2; i++) {
		AUTO_STR struct str page = {0};
		str_z(&page, head);
		if (i) {
			str_z(&page, "<img src='data:image/png;base64,");
			repeat(&page, SPAN("QUJDREVGRw"), 2500000);
			str_z(&page, "'>");
		}
		str_z(&page, tail);
		struct read_input in = {.fd = -1, .bytes = str_view(&page), .name = SPAN("a.html"), .source = SPAN("s")};
		struct reader *r = NULL;
		struct err err = {0};
		assert_int_equal(reader_open(&in, &limits, &r, &err), 0);
		assert_int_equal(reader_next(r, i ? &a : &b, &d[i], &err), 1);
		reader_close(r);
		assert_int_equal(clean_document(i ? &a : &b, &limits, &d[i], &err), 0);
	}
	assert_true(d[0].n_dropped > 0 && span_is(d[0].author, "Ann Lee") && interval_any(d[0].published.days));
	same_document(&d[0], &d[1]);
	assert_true(a.total < 1000000); /* the picture is gone */
}

static void one_line(struct str *out, int i, size_t n)
{
	str_printf(out, "{\"id\":\"l%d\",\"title\":\"\\u00dcber %d\",\"text\":\"", i, i);
	for (size_t k = 0; k * 40 < n; k++)
		str_printf(out, "Line %d, \\\"word\\\" %zu \\u6771 \\ud83d\\ude00.\\n", i, k);
	str_z(out, "\"}");
}

/* Lines of all sizes, one after another, in a file and pushed. */
static void lines_alike(void **state)
{
	(void)state;
	static const size_t sizes[] = {10, 70000, 300, 1500000, 65536, 40, 3000000, 100000, 100000, 20};
	AUTO_STR struct str all = {0};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		one_line(&all, (int)i, sizes[i]), str_ch(&all, '\n');
	AUTO_ARENA struct arena a = {0}, b = {0};
	struct read_limits limits = reader_default_limits();
	struct read_input in = {.fd = -1, .bytes = str_view(&all), .name = SPAN("a.jsonl"), .source = SPAN("s")};
	struct reader *r = NULL;
	struct err err = {0};
	assert_int_equal(reader_open(&in, &limits, &r, &err), 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct document d, plain = {0}, own = {0};
		AUTO_STR struct str line = {0};
		one_line(&line, (int)i, sizes[i]);
		assert_int_equal(reader_from_json(&b, str_view(&line), &limits, &plain, &err), 0);
		assert_int_equal(reader_next(r, &a, &d, &err), 1);
		assert_true(span_eq(d.id, plain.id) && span_eq(d.title, plain.title) && span_eq(d.body, plain.body));
		assert_int_equal(clean_document(&b, &limits, &plain, &err), 0);
		assert_int_equal(reader_from_own_json(&a, str_view(&line), &limits, &own, &err), 0);
		assert_int_equal(clean_document(&a, &limits, &own, &err), 0);
		assert_int_equal(clean_document(&a, &limits, &d, &err), 0);
		same_document(&plain, &own);
		same_document(&plain, &d);
		arena_reset(&a), arena_reset(&b);
	}
	struct document d;
	assert_int_equal(reader_next(r, &a, &d, &err), 0);
	reader_close(r);
}

/* What is dropped is kept up to the limit of a text, what is kept must be below it. */
static void dropped_is_bounded(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str page = {0};
	struct read_limits limits = reader_default_limits();
	limits.text_bytes = 20000;
	str_z(&page, "<html><body><article>");
	for (int i = 0; i < 100; i++)
		str_printf(&page, "<p>Paragraph %d of the article says that the talks between the two sides go on and on and on, whatever the papers say of them.</p>", i);
	str_z(&page, "<div class='comments' id='comments'>");
	for (int i = 0; i < 90; i++)
		str_printf(&page, "<section><p>Comment %d says that none of it is true and that somebody should do something.</p></section><hr>", i);
	str_z(&page, "</div><aside class='related'>");
	for (int i = 0; i < 2000; i++)
		str_printf(&page, "<li><a href=/x>Another story %d of which this is the title</a>", i);
	str_z(&page, "</aside></article></body></html>");
	struct document d = {.id = SPAN("x"), .body = str_view(&page), .body_kind = BODY_HTML};
	struct err err = {0};
	assert_int_equal(clean_document(&a, &limits, &d, &err), 0);
	assert_true(span_find(d.text, SPAN("Paragraph 99 of")) > 0 && d.text.n < limits.text_bytes);
	size_t dropped = 0;
	for (size_t i = 0; i < d.n_dropped; i++)
		dropped += d.dropped[i].text.n;
	assert_true(dropped > 3000 && dropped <= limits.text_bytes);
	limits.text_bytes = 3000;
	d = (struct document){.id = SPAN("x"), .body = str_view(&page), .body_kind = BODY_HTML};
	assert_int_equal(clean_document(&a, &limits, &d, &err), ERR_LIMIT);
	assert_non_null(strstr(err.msg, "text-size"));
}

int main(void)
{
	reader_prepare();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_back), cmocka_unit_test(decoded_alike), cmocka_unit_test(page_alike), cmocka_unit_test(lines_alike), cmocka_unit_test(dropped_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
