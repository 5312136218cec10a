/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client prints: safe characters, columns, wrapping, bars, CSV, dates, JSON at a terminal. */
#include "client/help.c"
#include "client/output.c"
#include "client/say.c"
#include "client/safe.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static FILE *real;
static char *printed;
static size_t n_printed;

static void catch_output(void)
{
	real = stdout;
	stdout = open_memstream(&printed, &n_printed);
	assert_non_null(stdout);
}

static void expect_output(const char *want)
{
	fclose(stdout);
	stdout = real;
	assert_string_equal(printed, want);
	free(printed);
}

static int setup(void **state)
{
	(void)state;
	begin_locale();
	return 0;
}

static void expect_safe(const char *in, const char *want)
{
	char buf[256];
	printable_z(buf, sizeof buf, in);
	assert_string_equal(buf, want);
}

static void control_characters_go(void **state)
{
	(void)state;
	expect_safe("plain, añb, 김, 𝄞", "plain, añb, 김, 𝄞");
	expect_safe("a\033[31mb\007\010c\177d", "a[31mbcd");
	expect_safe("a\xC2\x9B" "2Jb\xC2\x90q", "a2Jbq");          /* C1 in UTF-8 */
	expect_safe("a\x9B" "2J\xFF\xC3(", "a\uFFFD2J\uFFFD\uFFFD("); /* raw C1, bytes that are no UTF-8 */
	expect_safe("a\u202Eb\u2066c\u200Fd\u061C\uFEFF", "abcd"); /* directions */
	expect_safe("a\U000E0041\u00AD\u200B\uFFF9z", "az");       /* tags and other invisible ones */
	expect_safe("\u0645\u06CC\u200C\u062E", "\u0645\u06CC\u200C\u062E"); /* Persian needs its joiner */
	expect_safe("a\r\n\tb", "a   b");
}

static void every_byte_pair_is_safe(void **state)
{
	char in[3] = {0}, out[64];
	(void)state;
	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			in[0] = (char)a, in[1] = (char)b;
			printable_z(out, sizeof out, in);
			assert_true(utf8_valid(span_of(out)));
			for (const char *p = out; *p; p++)
				assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
		}
}

static void printable_cuts_between_characters(void **state)
{
	char buf[6];
	(void)state;
	assert_string_equal(printable_z(buf, sizeof buf, "aé김b"), "aé");
	assert_string_equal(printable_z(buf, 1, "abc"), "");
}

static void cells_are_counted(void **state)
{
	(void)state;
	assert_int_equal(cells_of("abc"), 3);
	assert_int_equal(cells_of("김정은"), 6);
	assert_int_equal(cells_of("Си"), 2);
	assert_int_equal(cells_of("e\u0301"), 1); /* a combining accent takes none */
	assert_int_equal(cells_of("بوتين"), 5);
	assert_int_equal(cells_of("a\033[31mb"), 6);
	assert_int_equal(cells_of(NULL), 0);
}

static void cells_are_filled_and_cut(void **state)
{
	(void)state;
	catch_output();
	put_cells("abc", 5);
	put_raw("|");
	put_cells("abcdef", 5);
	put_raw("|");
	put_cells("abcde", 5);
	put_raw("|");
	put_cells("김정은", 5);
	put_raw("|");
	put_cells("김정은", 4);
	put_raw("|");
	put_cells_right("ab", 4);
	put_raw("|");
	put_cells("", 2);
	put_raw("|");
	expect_output("abc  |abcd…|abcde|김정…|김… |  ab|  |");
}

static json_t *segments(const char *a, const char *b, const char *c) { return json_pack("[s,s,s]", a, b, c); }

static void text_wraps_between_words(void **state)
{
	(void)state;
	width = 20;
	json_t *s = segments("one two three ", "four", "teen five six");
	catch_output();
	put_wrapped(s, 2);
	expect_output("  one two three\n  fourteen five six\n");
	json_decref(s);
	s = segments("a  b\n", "", "\tc");
	catch_output();
	put_wrapped(s, 0);
	expect_output("a b c\n");
	json_decref(s);
	catch_output();
	wrap_begin(0, 1);
	wrap_text("0123456789012345678901234567890 x", STYLE_PLAIN); /* longer than the line: stays whole */
	wrap_end();
	expect_output("0123456789012345678901234567890\n x\n");
	width = 80;
}

static void wide_text_wraps_anywhere(void **state)
{
	(void)state;
	width = 10;
	catch_output();
	wrap_begin(0, 2);
	wrap_text("国家主席习近平", STYLE_PLAIN);
	wrap_end();
	expect_output("国家主席习\n  近平\n");
	catch_output();
	wrap_begin(0, 0);
	wrap_whole("国家主席习近平", STYLE_PLAIN);
	wrap_end();
	expect_output("国家主席习近平\n");
	width = 80;
}

static void styles_go_round_the_word_alone(void **state)
{
	(void)state;
	width = 12;
	coloured = true;
	json_t *s = segments("see ", "Moscow now", "'s end");
	catch_output();
	put_wrapped(s, 0);
	expect_output("see \033[1;33mMoscow\nnow\033[0m's end\n");
	json_decref(s);
	catch_output();
	style_on(STYLE_NAME);
	put_text("x\033[0m");
	style_off();
	expect_output("\033[36mx[0m\033[0m");
	coloured = false;
	width = 80;
}

static void lines_stay_where_they_are_wanted(void **state)
{
	(void)state;
	width = 10;
	catch_output();
	wrap_begin(0, 0);
	wrap_lines("one\n\ntwo three four", STYLE_PLAIN);
	wrap_end();
	wrap_begin(0, 0);
	wrap_unbounded();
	wrap_lines("two three four five", STYLE_PLAIN);
	wrap_end();
	expect_output("one\n\ntwo three\nfour\ntwo three four five\n");
	width = 80;
}

static void bars(void **state)
{
	(void)state;
	catch_output();
	assert_int_equal(put_bar(10, 10, 4, false), 4);
	put_raw("|");
	assert_int_equal(put_bar(5, 16, 4, false), 2);
	put_raw("|");
	assert_int_equal(put_bar(0.0001, 10, 4, false), 1); /* something is never nothing */
	put_raw("|");
	assert_int_equal(put_bar(0, 10, 4, false), 0);
	put_raw("|");
	assert_int_equal(put_bar(99, 10, 4, true), 4);
	put_raw("|");
	assert_int_equal(put_bar(1, 0, 4, true), 1);
	expect_output("████|█▎|▏||░░░░|░");
}

static void numbers(void **state)
{
	(void)state;
	catch_output();
	put_number(0);
	put_raw("|");
	put_number(999);
	put_raw("|");
	put_number(1000);
	put_raw("|");
	put_number(-1234567);
	put_raw("|");
	put_count(1234, 8);
	put_raw("|");
	put_count(7, 3);
	expect_output("0|999|1,000|-1,234,567|   1,234|  7");
}

static void csv(void **state)
{
	(void)state;
	catch_output();
	csv_field("plain", false);
	csv_field("a,b", false);
	csv_field("say \"hi\"", false);
	csv_field("two\nlines", false);
	csv_field("=1+1", false);
	csv_field("-kim", false);
	csv_field("@x", false);
	csv_field("\033[1mx", false);
	csv_field(NULL, false);
	csv_number(12, true);
	expect_output("plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"'=1+1\",\"'-kim\",\"'@x\",[1mx,,12\n");
}

static void expect_date(const char *from, const char *to, const char *precision, const char *text, const char *how, const char *want)
{
	char buf[64];
	json_t *d = json_pack("{s:s,s:s,s:s,s:s,s:s}", "from", from, "to", to, "precision", precision, "text", text, "how", how);
	assert_string_equal(date_words(d, buf), want);
	json_decref(d);
}

static void dates(void **state)
{
	char buf[64];
	(void)state;
	expect_date("2018-06-12", "2018-06-12", "day", "2018-06-12", "meta", "12 Jun 2018");
	expect_date("2018-06-12", "2018-06-12", "day", "2018-06-12", "file-time", "~ 12 Jun 2018");
	expect_date("2018-11-01", "2018-11-30", "month", "2018-11", "meta", "~ Nov 2018");
	expect_date("2018-01-01", "2018-12-31", "year", "2018", "inferred", "~ 2018");
	expect_date("1990-01-01", "1999-12-31", "decade", "1990s", "text", "~ 1990s");
	expect_date("2015-01-01", "2015-05-31", "year", "2015-01-01..2015-05-31", "inferred", "~ Jan–May 2015");
	expect_date("2015-06-03", "2015-06-09", "week", "2015-06-03..2015-06-09", "text", "~ 3–9 Jun 2015");
	expect_date("2014-11-05", "2015-02-28", "part-of-year", "2014-11-05..2015-02-28", "text", "~ Nov 2014–Feb 2015");
	expect_date("2014-01-01", "2016-12-31", "years", "2014-01-01..2016-12-31", "text", "~ 2014–2016");
	expect_date("1848-03-01", "1848-03-01", "day", "1848-03-01", "text", "1 Mar 1848");
	expect_date("\033[1m", "x", "day", "\033[2J", "text", "undated");
	assert_string_equal(date_words(NULL, buf), "undated");
	json_t *null = json_null();
	assert_string_equal(date_words(null, buf), "undated");
}

static void json_is_harmless_at_a_terminal(void **state)
{
	static const char json[] = "{\"a\":\"x\xC2\x9B" "2J\u202e\177 \U000E0041 é\"}";
	(void)state;
	catch_output();
	put_json(json, strlen(json));
	expect_output("{\"a\":\"x\xC2\x9B" "2J\u202e\177 \U000E0041 é\"}\n");
	terminal = true;
	catch_output();
	put_json(json, strlen(json));
	terminal = false;
	fclose(stdout);
	stdout = real;
	assert_string_equal(printed, "{\"a\":\"x\\u009b2J\\u202e\\u007f \\udb40\\udc41 é\"}\n");
	json_t *a = json_loads(json, 0, NULL), *b = json_loads(printed, 0, NULL);
	assert_true(a && b && json_equal(a, b)); /* and means the same */
	json_decref(a);
	json_decref(b);
	free(printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_go),
		cmocka_unit_test(every_byte_pair_is_safe),
		cmocka_unit_test(printable_cuts_between_characters),
		cmocka_unit_test(cells_are_counted),
		cmocka_unit_test(cells_are_filled_and_cut),
		cmocka_unit_test(text_wraps_between_words),
		cmocka_unit_test(wide_text_wraps_anywhere),
		cmocka_unit_test(styles_go_round_the_word_alone),
		cmocka_unit_test(lines_stay_where_they_are_wanted),
		cmocka_unit_test(bars),
		cmocka_unit_test(numbers),
		cmocka_unit_test(csv),
		cmocka_unit_test(dates),
		cmocka_unit_test(json_is_harmless_at_a_terminal),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
