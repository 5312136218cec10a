/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTTP parser by itself: heads at every length, decoding, parameters. What whole connections do is tested end to end. */
#include "daemon/http-parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static void heads_end_where_they_end(void **state)
{
	(void)state;
	struct span all = SPAN("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next");
	size_t want = all.n - 9;
	for (size_t n = 0; n <= all.n; n++) { /* in one piece of every length */
		size_t at = 0;
		assert_int_equal(http_head_end(span_sub(all, 0, n), &at), n >= want ? want : 0);
	}
	size_t at = 0, end = 0; /* byte by byte, looking on where it stopped */
	for (size_t n = 1; n <= all.n && !end; n++)
		end = http_head_end(span_sub(all, 0, n), &at);
	assert_int_equal(end, want);
}

static void a_head_is_taken_apart(void **state)
{
	(void)state;
	struct http_head h;
	const char *why;
	struct span head = SPAN("POST /v1/docs?a=1&b=%20 HTTP/1.1\r\nHost: x\r\ncontent-length:  12 \r\nContent-Type: application/x-ndjson\r\n"
		"Connection: keep-alive, Close\r\nIf-None-Match: \"a\", \"b\"\r\nExpect: 100-Continue\r\n\r\n");
	assert_int_equal(http_head_parse(head, &h, &why), 0);
	assert_true(span_is(h.method, "POST") && span_is(h.path, "/v1/docs") && span_is(h.query, "a=1&b=%20"));
	assert_true(h.has_length && h.length == 12 && !h.chunked && h.http11 && !h.keep_alive && h.expects_continue);
	assert_true(span_is(h.content_type, "application/x-ndjson") && span_is(h.if_none_match, "\"a\", \"b\""));
}

/* No bytes may read past the head or be taken for a good one by chance: each byte of a good head is replaced by each of 256. */
static void every_byte_replaced(void **state)
{
	(void)state;
	static const char good[] = "GET /v1/x?q=a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
	size_t n = sizeof good - 1, accepted = 0;
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < 256; c++) {
			char *copy = malloc(n); /* exactly: a sanitizer sees a byte too far */
			memcpy(copy, good, n);
			copy[i] = (char)c;
			struct http_head h;
			const char *why = NULL;
			int status = http_head_parse((struct span){copy, n}, &h, &why);
			if (status)
				assert_non_null(why);
			else {
				accepted++;
				assert_true(h.method.n && h.path.n && h.path.p[0] == '/');
				assert_true((unsigned char)copy[i] >= 32 || c == '\t' || copy[i] == good[i]);
			}
			free(copy);
		}
	}
	assert_in_range(accepted, n, n * 256 - 1);
}

static void chunk_sizes(void **state)
{
	(void)state;
	static const struct { struct span line; bool good; uint64_t size; } rows[] = {
		{SPAN("0"), true, 0}, {SPAN("1a"), true, 26}, {SPAN("FFF"), true, 4095}, {SPAN("10;a=b"), true, 16}, {SPAN("5 "), true, 5}, {SPAN("00000005"), true, 5},
		{SPAN(""), false, 0}, {SPAN(";a"), false, 0}, {SPAN("x"), false, 0}, {SPAN("-1"), false, 0}, {SPAN("0x5"), false, 0}, {SPAN("5\t"), false, 0},
		{SPAN("1234567890abc"), false, 0}, {SPAN(" 5"), false, 0}, {SPAN("5;\001"), false, 0}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t v = 0;
		assert_int_equal(http_chunk_size(rows[i].line, &v), rows[i].good);
		if (rows[i].good)
			assert_int_equal(v, rows[i].size);
	}
}

static void paths_are_decoded(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	assert_true(http_decode(SPAN("/v1/docs/a%2Fb%20c%c3%a9+d"), &s));
	assert_string_equal(s.p, "/v1/docs/a/b c\xc3\xa9+d");
	str_clear(&s);
	assert_false(http_decode(SPAN("%"), &s) || http_decode(SPAN("%4"), &s) || http_decode(SPAN("%4g"), &s) || http_decode(SPAN("%00"), &s));
}

static void parameters(void **state)
{
	(void)state;
	AUTO_STR struct str v = {0};
	struct span q = SPAN("a=1&b=two+words%21&&c&=d&e=%zz");
	assert_true(http_parameter(q, "a", &v) && span_is(str_view(&v), "1"));
	assert_true(http_parameter(q, "b", &v) && span_is(str_view(&v), "two words!"));
	assert_true(http_parameter(q, "c", &v) && v.n == 0);
	assert_true(http_parameter(q, "e", &v) && span_is(str_view(&v), "%zz"));
	assert_false(http_parameter(q, "d", &v));
	struct span named = SPAN("a=1&b=two&&c&e=%zz");
	assert_true(span_is(http_unknown_parameter(named, "a|b|c"), "e"));
	assert_int_equal(http_unknown_parameter(named, "a|b|c|e").n, 0);
	assert_true(span_is(http_unknown_parameter(q, "a|b|c|e"), "=d")); /* without a name: unknown */
	assert_true(span_is(http_unknown_parameter(q, ""), "a"));
	assert_int_equal(http_unknown_parameter(SPAN(""), NULL).n, 0);
	assert_true(span_is(http_twice_given(SPAN("a=1&b=2&c&b=2")), "b"));
	assert_int_equal(http_twice_given(SPAN("a=b&b=a&ab=&&&=&=")).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(heads_end_where_they_end), cmocka_unit_test(a_head_is_taken_apart),
		cmocka_unit_test(every_byte_replaced), cmocka_unit_test(chunk_sizes), cmocka_unit_test(paths_are_decoded), cmocka_unit_test(parameters)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
