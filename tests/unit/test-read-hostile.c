/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad input of the size and kind that only somebody who means it makes, under the limits that the daemon has. Each ends with documents or with a
 * reason, in time; facts are found in what is left, for they meet it next. (test-read-bad.c: what lies about by accident.)
 */
#include "tests/unit/read-fixture.h"

#include "index/facts/facts.h"

#include <iconv.h>

static const struct read_limits daemons = {.file_bytes = 64u << 20, .text_bytes = 4u << 20, .line_bytes = 64u << 20, .ratio = 100, .json_depth = 16};

static struct outcome read_taken(struct str *s, const char *name)
{
	struct outcome o = read_all(str_view(s), name, &daemons);
	str_done(s);
	return o;
}

static void sizes(void **state)
{
	(void)state;
	struct str s = repeat("", "word and word; ", (64u << 20) / 15, ""); /* one line of 64 MiB */
	struct outcome o = read_taken(&s, "a.txt");
	assert_int_equal(o.bad, 1);
	assert_non_null(strstr(o.err.msg, "text-size"));
	s = repeat("<html><body>" PARAGRAPH "<img src=\"data:image/png;base64,", "AAAAAAAA", 7000000, "\">" PARAGRAPH "</body></html>"); /* a picture of 56 MB */
	o = read_taken(&s, "a.html");
	assert_int_equal(o.good, 1);
	assert_true(o.text < 1000);
	s = repeat("<html><body>" PARAGRAPH "<img src=\"data:image/png;base64,", "AAAAAAAA", 13000000, "\"></body></html>"); /* of 104 MB */
	o = read_taken(&s, "a.html");
	assert_int_equal(o.bad, 1);
	assert_non_null(strstr(o.err.msg, "file-size"));
	s = repeat("{\"id\":\"1\",\"text\":\"", "0123456789", 10000000, "\"}\n{\"id\":\"2\",\"text\":\"The next line.\"}\n"); /* a line of 100 MB */
	o = read_taken(&s, "a.jsonl");
	assert_int_equal(o.good, 1);
	assert_int_equal(o.bad, 1);
	s = repeat("<html><head><title>", "x", 1u << 20, "</title></head><body>" PARAGRAPH "</body></html>");
	o = read_taken(&s, "a.html");
	assert_int_equal(o.good, 1);
	assert_true(strlen(o.title) < 200 || o.title[0] == 'x');
}

/* Texts that are hard on whoever counts words, days or names. */
static void many(void **state)
{
	(void)state;
	AUTO_STR struct str words = {0}, dates = {0}, long_name = {0}, seeds = {0}, marks = {0};
	for (unsigned i = 0; i < 400000; i++)
		str_printf(&words, "w%x ", i * 2654435761u);
	for (unsigned i = 0; i < 330000; i++)
		str_printf(&dates, "%u May 2%03u, ", i % 28 + 1, i % 1000);
	for (unsigned i = 0; i < 10000; i++)
		str_printf(&long_name, "%s ", i % 3 ? "Kim" : "Jong");
	while (seeds.n < 4000000)
		str_z(&seeds, "Kim Jong Un will head to Moscow in May, the Kremlin said.\n\nLeave a Reply\n\nYour email address will not be published.\n\n");
	str_z(&marks, "a");
	for (unsigned i = 0; i < 100000; i++)
		str_z(&marks, "\xCC\x81");
	struct str *const all[] = {&words, &dates, &long_name, &seeds, &marks};
	struct gazetteer *g = NULL;
	assert_int_equal(gazetteer_load(SOURCE_DIR "/data", NULL, &g, NULL), 0);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		AUTO_ARENA struct arena a = {0};
		struct document d = {.id = SPAN("x"), .body = str_view(all[i]), .body_kind = BODY_TEXT};
		struct facts f = {0};
		struct err err = {0};
		double start = now();
		assert_int_equal(clean_document(&a, &daemons, &d, &err), 0);
		facts_find(&a, g, &d, &f);
		assert_true(now() - start < 30); /* generous: sanitizers and a busy machine; a second or two otherwise */
		assert_true(utf8_valid(d.text));
		if (getenv("SHOW"))
			printf("%zu: %.2f s, %zu bytes, %zu days, %zu mentions\n", i, now() - start, d.text.n, f.n_days, f.n_mentions);
	}
	gazetteer_free(g);
}

static void in_letters(const char *charset, const char *utf8, bool marked)
{
	char bytes[2000], *in = (char *)(uintptr_t)utf8, *out = bytes;
	size_t n = strlen(utf8), room = sizeof bytes;
	iconv_t cd = iconv_open(charset, "UTF-8");
	assert_true(cd != (iconv_t)-1);
	if (marked) {
		static const char marks[4][5] = {"\xFF\xFE", "\xFE\xFF", "\xFF\xFE\0\0", "\0\0\xFE\xFF"};
		memcpy(out, marks[(strstr(charset, "32") ? 2 : 0) + (strstr(charset, "BE") ? 1 : 0)], 4);
		out += strstr(charset, "16") ? 2 : 4, room -= 4;
	}
	assert_true(iconv(cd, &in, &n, &out, &room) != (size_t)-1);
	iconv_close(cd);
	struct outcome o = read_all((struct span){bytes, (size_t)(out - bytes)}, "a.txt", &daemons);
	if (o.good != 1 || strncmp(o.first, utf8, 20) != 0)
		print_error("%s%s: %.60s\n", charset, marked ? " with a mark" : "", o.first);
	assert_int_equal(o.good, 1);
	assert_memory_equal(o.first, utf8, 20);
}

static void letters(void **state)
{
	(void)state;
	const char *english = "The ministers met in the northern town on Friday and talked for an hour about the river.";
	const char *const wide[] = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"};
	for (int i = 0; i < 8; i++)
		in_letters(wide[i / 2], english, i & 1);
	in_letters("WINDOWS-1251", "Вечером в северном городе встретились два министра и говорили о реке, сообщило агентство в пятницу.", false);
	in_letters("KOI8-R", "Вечером в северном городе встретились два министра и говорили о реке, сообщило агентство в пятницу.", false);
	in_letters("GB18030", "两国外长星期五在北方城市会晤,就边界河流问题进行了一个小时的会谈,新华社报道说。双方同意下个月在北京继续谈判。", false);
	in_letters("EUC-KR", "두 나라의 장관은 금요일 북쪽 도시에서 만나 한 시간 동안 강 문제에 대해 이야기했다고 통신이 전했다.", false);
	in_letters("SHIFT_JIS", "両国の外相は金曜日、北部の町で会談し、川の問題について一時間話し合ったと通信社が伝えた。", false);
	in_letters("BIG5", "兩國外長星期五在北方城市會晤,就邊界河流問題進行了一個小時的會談,通訊社報導說。雙方同意下個月在北京繼續談判。", false);
}

static void mixed_letters(void **state)
{
	(void)state;
	/* UTF-8 and windows-1252 in one text: the bad bytes are replaced and counted, or all of it is read as one of the two */
	struct outcome o = read_z("The caf\xC3\xA9 of M\xFCnchen, the caf\xC3\xA9 of K\xC3\xB6ln and the caf\xC3\xA9 of Z\xC3\xBCrich were closed on Friday, the owners of all the caf\xC3\xA9s said.", "a.txt");
	assert_int_equal(o.good, 1);
	assert_true(o.replaced <= 1);
	assert_non_null(strstr(o.first, "nchen"));
	o = read_all((struct span){"A zero \0 and another word in a text of many words that somebody wrote by hand on a Friday in the northern town, and one more.", 125}, "a.txt", &daemons);
	assert_int_equal(o.good, 1);
	assert_non_null(strstr(o.first, "another"));
}

static void titles(void **state)
{
	(void)state;
	static const char *const bad[] = {"\xE2\x80\xAEtxt.exe", "\x1B[2J\x1B]0;x\x07", "\x1BP0;1|17/ab\x1B\\", "\xC2\x9B" "31m", "\x1B]52;c;eA==\x07"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		AUTO_STR struct str s = {0};
		str_printf(&s, "<html><head><title>%s Title of it</title></head><body><h1>%s Title of it</h1>" PARAGRAPH "</body></html>", bad[i], bad[i]);
		struct outcome o = read_all(str_view(&s), "a.html", &daemons);
		assert_int_equal(o.good, 1);
		for (const char *p = o.title; *p; p++)
			assert_true((unsigned char)*p >= ' ');
	}
}

#define HTTP "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>" PARAGRAPH "</body></html>"

static void warc(void **state)
{
	(void)state;
	struct str s = {0};
	for (int i = 0; i < 3; i++) /* no empty lines between records */
		str_printf(&s, "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %zu\r\n\r\n%s", strlen(HTTP), HTTP);
	assert_int_equal(read_taken(&s, "a.warc").good, 3);
	str_printf(&s, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <../../etc/passwd>\r\nWARC-Target-URI: http://x.example/../../../etc/passwd\r\nContent-Type: application/http\r\nContent-Length: %zu\r\n\r\n%s\r\n\r\n", strlen(HTTP), HTTP);
	assert_int_equal(read_taken(&s, "a.warc").good, 1); /* they are only words */
	s = repeat("", "WARC/1.0\r\nWARC-Type: request\r\nContent-Length: 4\r\n\r\nGET \r\n\r\n", 1000000, "");
	struct outcome o = read_taken(&s, "a.warc"); /* a million records with nothing in them */
	assert_int_equal(o.good + o.bad, 0);
}

static void xml(void **state)
{
	(void)state;
	struct outcome o = read_z("<?xml version=\"1.0\"?><!DOCTYPE TEI SYSTEM \"http://127.0.0.1:9/evil.dtd\"><TEI><text><body><p>Words of it.</p></body></text></TEI>", "a.xml");
	assert_int_equal(o.good, 1);
	o = read_z("<?xml version=\"1.0\" encoding=\"UTF-16\"?><TEI><text><body><p>Words of it, and more.</p></body></text></TEI>", "a.xml");
	assert_true(o.good == 1 || o.end == ERR_BAD_FILE || o.bad == 1);
	o = read_z("<?xml version=\"1.0\" encoding=\"utf-8\"?><TEI><text><body><p>Words of caf\xE9 and more.</p></body></text></TEI>", "a.xml");
	assert_true(o.good == 1 || o.end == ERR_BAD_FILE || o.bad == 1);
}

/* Members of one name, names that are no text: every one comes out, under an id of its own. */
static void names_in_archives(void **state)
{
	(void)state;
	struct str tar = {0};
	static const char *const names[] = {"b/a.txt", "b/a.txt", "b/\xFF.txt", "b/\xFE.txt", "b/n\nl.txt", "b/n l.txt", "../../etc/passwd", "/etc/passwd"};
	size_t n = sizeof names / sizeof *names;
	for (size_t i = 0; i < n; i++) {
		char block[1024] = "";
		snprintf(block, 100, "%s", names[i]);
		memcpy(block + 100, "0000644\0" "0000000\0" "0000000\0" "00000000041\0" "00000000000\0" "        0", 57);
		memcpy(block + 257, "ustar\00000", 8);
		unsigned sum = 0;
		for (size_t k = 0; k < 512; k++)
			sum += (unsigned char)block[k];
		snprintf(block + 148, 8, "%06o", sum);
		snprintf(block + 512, 60, "The text of member %zu of them all.", i + 1);
		memset(block + 512 + 33, 0, 512 - 33);
		str_add(&tar, block, sizeof block);
	}
	struct read_input in = {.fd = -1, .bytes = str_view(&tar), .name = SPAN("a.tar"), .source = SPAN("s")};
	struct reader *r = NULL;
	struct span ids[16];
	struct arena a = {0};
	struct err err = {0};
	size_t got = 0;
	assert_int_equal(reader_open(&in, &daemons, &r, &err), 0);
	for (struct document d; got < 16 && reader_next(r, &a, &d, &err) == 1;)
		ids[got++] = d.id;
	assert_int_equal(got, n);
	for (size_t i = 0; i < got; i++) {
		assert_true(utf8_valid(ids[i]));
		for (size_t k = 0; k < i; k++)
			assert_false(span_eq(ids[i], ids[k]));
	}
	reader_close(r);
	arena_done(&a);
	str_done(&tar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sizes), cmocka_unit_test(many), cmocka_unit_test(letters), cmocka_unit_test(mixed_letters), cmocka_unit_test(titles),
		cmocka_unit_test(warc), cmocka_unit_test(xml), cmocka_unit_test(names_in_archives)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
