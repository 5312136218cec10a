/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad input, made here: each file must be read to its end without a crash, within a second or so, with documents where something
 * readable is in it and a reason in words where not. Run under the sanitizers it is a memory test, too.
 */
#include "tests/unit/read-fixture.h"

static void tiny_and_binary(void **state)
{
	(void)state;
	assert_int_equal(read_z("", "a.txt").bad, 1);
	assert_int_equal(read_z("x", "a.txt").good, 1);
	assert_int_equal(read_z("\n\n \t\r\n", "a.html").bad, 1);
	assert_int_equal(read_all((struct span){"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16}, "a.txt", NULL).end, ERR_UNSUPPORTED);
	assert_int_equal(read_all((struct span){"\0", 1}, "a", NULL).good, 0);
	char bytes[4096];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 131 >> 3);
	struct outcome o = read_all((struct span){bytes, sizeof bytes}, "a.dat", NULL);
	assert_int_equal(o.end, ERR_UNSUPPORTED);
	assert_non_null(strstr(o.err.msg, "binary"));
}

static void too_large(void **state)
{
	(void)state;
	struct read_limits l = reader_default_limits();
	l.file_bytes = 1000;
	struct str s = repeat("", "Some words of a long text. ", 100, "");
	struct outcome o = read_all(str_view(&s), "a.txt", &l);
	assert_int_equal(o.bad, 1);
	assert_non_null(strstr(o.err.msg, "1000 bytes"));
	l = reader_default_limits();
	l.text_bytes = 1000;
	o = read_all(str_view(&s), "a.txt", &l);
	assert_non_null(strstr(o.err.msg, "text-size"));
	str_done(&s);
	s = repeat("", "x", 12 << 20, ""); /* one word of 12 MB */
	o = read_str(&s, "a.txt");
	assert_int_equal(o.good + o.bad, 1);
	s = repeat("", "word ", 1 << 20, ""); /* one line of 5 MB */
	assert_int_equal(read_str(&s, "a.txt").good, 1);
	s = repeat("", "a\n", 1 << 20, ""); /* a million lines */
	assert_int_equal(read_str(&s, "a.txt").good, 1);
}

static void hostile_html(void **state)
{
	(void)state;
	struct str s = repeat("<html><body>", "<div>", 1000000, PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH, "<div></b></i></p>", 500000, PARAGRAPH); /* end tags that match nothing, under deep nesting */
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body><p ", "a=b ", 1000000, ">" PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body><p ", "class=x ", 1000000, ">" PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<!--", "x", 1000000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<script>", "if (a < b) </scrip", 100000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH, "<", 2000000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH, "&", 2000000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH, "<a><b><i>", 300000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<table>", "<tr><td><table>", 200000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<ul>", "<li>x", 300000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<select>", "<option>x", 300000, "");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<img src=\"data:image/png;base64,", "AAAA", 3000000, "\">");
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><head><title>", "long title ", 100000, "</title></head><body>" PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><head><script type=\"application/ld+json\">", "[", 100000, "</script></head><body>" PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>", "<time datetime=\"2019-04-26\">26 April 2019</time> ", 100000, PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body><p>", "1 ", 1000000, "</p>" PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>", "<div class=\"article-body\"><p class=\"related\">x</p>", 60000, PARAGRAPH);
	assert_int_equal(read_str(&s, "a.html").good, 1);
	s = repeat("<html><body>" PARAGRAPH "<p>a", "\xCC\x81", 100000, "</p>"); /* combining marks */
	assert_int_equal(read_str(&s, "a.html").good, 1);
	assert_int_equal(read_z("<html><body><p", "a.html").good, 0);
	assert_int_equal(read_z("<html><body>" PARAGRAPH "<p title=\"never closed", "a.html").good, 1);
	assert_int_equal(read_z("<html><body>" PARAGRAPH "&#", "a.html").good, 1);
	assert_int_equal(read_z("<html><body>" PARAGRAPH "<p>&#x110000;&#xD800;&#0;&#99999999999;</p>", "a.html").good, 1);
}

static void encodings(void **state)
{
	(void)state;
	struct outcome o = read_z("<html><head><meta charset=\"utf-16\"></head><body>" PARAGRAPH "</body></html>", "a.html");
	assert_int_equal(o.good, 1);
	assert_non_null(strstr(o.first, "northern town"));
	o = read_z("<html><head><meta charset=\"windows-1251\"></head><body><p>Stra\xC3\x9F" "enverkehr wird am Montag f\xC3\xBCr drei Tage gesperrt, wie die Stadt mitteilte.</p></body></html>", "a.html");
	assert_non_null(strstr(o.first, "Straßenverkehr"));
	o = read_z("Overlong \xC0\xAF and surrogate \xED\xA0\x80 and lone \xFF bytes, in a text with \xC3\xA9 and \xC3\xA8 and \xC3\xA0 and \xC3\xBC and \xC3\xB6 and \xC3\xA4 and more of \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9 \xC3\xA9.", "a.txt");
	assert_int_equal(o.good, 1);
	assert_true(o.replaced >= 6);
	char wide[400];
	const char *words = "The ministers met in the northern town on Friday.";
	for (int kind = 0; kind < 4; kind++) { /* UTF-16LE, BE, UTF-32LE, BE, without a mark */
		size_t unit = kind < 2 ? 2 : 4, n = strlen(words);
		memset(wide, 0, sizeof wide);
		for (size_t i = 0; i < n; i++)
			wide[i * unit + (kind & 1 ? unit - 1 : 0)] = words[i];
		o = read_all((struct span){wide, n * unit}, "a.txt", NULL);
		assert_int_equal(o.good, 1);
		assert_non_null(strstr(o.first, "northern town"));
	}
	o = read_z("\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"With a mark.\"}\n", "a.jsonl");
	assert_int_equal(o.good, 1);
	o = read_z("\xC2\xE5\xF7\xE5\xF0\xEE\xEC \xE2 \xD1\xE5\xE2\xE5\xF0\xED\xEE\xEC \xE3\xEE\xF0\xEE\xE4\xE5 \xE2\xF1\xF2\xF0\xE5\xF2\xE8\xEB\xE8\xF1\xFC \xE4\xE2\xE0 \xEC\xE8\xED\xE8\xF1\xF2\xF0\xE0 \xE8 \xE3\xEE\xE2\xEE\xF0\xE8\xEB\xE8 \xEE \xF0\xE5\xEA\xE5.", "a.txt"); /* windows-1251 */
	assert_non_null(strstr(o.first, "Вечером"));
}

static void titles_stay_plain(void **state)
{
	(void)state;
	struct outcome o = read_z("{\"id\":\"1\",\"title\":\"A\\u001b]52;c;eA\\u0007\\nB\\u0000C\",\"text\":\"Words of the text.\"}", "a.jsonl");
	assert_int_equal(o.good, 1);
	for (const char *p = o.title; *p; p++)
		assert_true((unsigned char)*p >= ' ');
	o = read_z("{\"id\":\"\\n\\n\",\"text\":\"Words of the text.\"}", "a.jsonl");
	assert_int_equal(o.good, 1);
}

static void broken_json(void **state)
{
	(void)state;
	struct outcome o = read_z("{\"text\":\"one\"}\n{\"text\":\n{\"text\":\"a\",\"text\":\"b\"}\r\n\n{\"text\":\"two\"} x\n[1]\nnull\n{\"text\":\"\\ud800 \\uZZZZ\"}\n{\"text\":\"three\\ud83d\"}", "a.jsonl");
	assert_int_equal(o.good, 2);
	assert_int_equal(o.bad, 6);
	struct str s = repeat("{\"text\":\"ok\",\"x\":", "[", 2049, "");
	for (int i = 0; i < 2049; i++)
		str_ch(&s, ']');
	str_z(&s, "}\n{\"text\":\"next\"}\n");
	o = read_str(&s, "a.jsonl");
	assert_int_equal(o.good, 1);
	assert_int_equal(o.bad, 1);
	s = repeat("{\"text\":\"", "x", 20 << 20, "\"}\n{\"text\":\"next one\"}\n"); /* longer than line_bytes */
	o = read_str(&s, "a.jsonl");
	assert_int_equal(o.good, 1);
	assert_int_equal(o.bad, 1);
	assert_non_null(strstr(o.err.msg, "line-size"));
	s = repeat("{\"text\":\"a\"}\n", "{\"a\":1,", 1000000, "");
	assert_int_equal(read_str(&s, "a.jsonl").good, 1);
	assert_int_equal(read_z("[{\"text\":\"one\"},{\"text\":\"two\"", "a.json").good, 1);
	assert_int_equal(read_z("[{\"text\":\"one\"},{\"text\":\"two\"", "a.json").end, ERR_BAD_FILE);
	s = repeat("", "[", 1000000, "");
	assert_int_equal(read_str(&s, "a.json").good, 0);
	s = repeat("[{\"text\":\"", "\\u00e9", 1000000, "\"}]");
	assert_int_equal(read_str(&s, "a.json").good, 1);
}

/* Pushed JSON that is no UTF-8 is refused, with the place; a file's is decoded as a whole, so that title and text come from the same letters. */
static void json_in_other_letters(void **state)
{
	(void)state;
	struct arena a = {0};
	struct document d;
	struct err err = {0};
	struct read_limits limits = reader_default_limits();
	assert_int_equal(reader_from_json(&a, SPAN("{\"text\":\"caf\xE9 au lait\"}"), &limits, &d, &err), ERR_BAD_DOCUMENT);
	assert_non_null(strstr(err.msg, "byte 12 is 0xE9"));
	assert_int_equal(reader_from_json(&a, SPAN("{\"text\":\"x\",\"other\":\"\xED\xA0\x80\"}"), &limits, &d, &err), ERR_BAD_DOCUMENT);
	assert_int_equal(reader_from_json(&a, SPAN("{\"text\":\"caf\xC3\xA9\"}"), &limits, &d, &err), 0);
	arena_done(&a);
	struct outcome o = read_z("{\"id\":\"1\",\"title\":\"Stra\xDF" "e in M\xFCnchen\",\"text\":\"Die Stra\xDF" "e in M\xFCnchen wird f\xFCr drei Tage gesperrt, wie die B\xFCrgermeisterin sagte.\"}\n{\"id\":\"2\",\"text\":\"sound\"}\n", "a.jsonl");
	assert_int_equal(o.good, 2);
	assert_non_null(strstr(o.first, "Straße in München"));
	assert_string_equal(o.title, "Straße in München");
	o = read_z("[{\"text\":\"\xC2\xE5\xF7\xE5\xF0\xEE\xEC \xE2 \xD1\xE5\xE2\xE5\xF0\xED\xEE\xEC \xE3\xEE\xF0\xEE\xE4\xE5 \xE2\xF1\xF2\xF0\xE5\xF2\xE8\xEB\xE8\xF1\xFC \xE4\xE2\xE0 \xEC\xE8\xED\xE8\xF1\xF2\xF0\xE0\"}]", "a.json");
	assert_int_equal(o.good, 1);
	assert_non_null(strstr(o.first, "Вечером"));
}

static struct str gzip(struct span s)
{
	struct str out = {0};
	z_stream z = {.next_in = (Bytef *)(uintptr_t)s.p, .avail_in = (uInt)s.n};
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	str_room(&out, deflateBound(&z, s.n));
	z.next_out = (Bytef *)out.p;
	z.avail_out = (uInt)out.cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.n = z.total_out;
	deflateEnd(&z);
	return out;
}

static void compressed(void **state)
{
	(void)state;
	struct str zeros = repeat("", "\n", 64 << 20, ""), bomb = gzip(str_view(&zeros));
	str_done(&zeros);
	struct outcome o = read_all(str_view(&bomb), "a.txt.gz", NULL);
	assert_int_equal(o.good, 0);
	assert_non_null(strstr(o.err.msg, "setting compression-ratio"));
	o = read_all(str_view(&bomb), "a.jsonl.gz", NULL); /* as a container it is not stopped by file_bytes, but by the ratio */
	assert_int_equal(o.good, 0);
	str_done(&bomb);

	struct str one = gzip(SPAN("{\"id\":\"1\",\"text\":\"The first of two members.\"}\n")), two = gzip(SPAN("{\"id\":\"2\",\"text\":\"The second of two members.\"}\n")), both = {0};
	str_span(&both, str_view(&one));
	str_span(&both, str_view(&two));
	assert_int_equal(read_all(str_view(&both), "a.jsonl.gz", NULL).good, 2);
	o = read_all(span_sub(str_view(&both), 0, both.n - 12), "a.jsonl.gz", NULL); /* cut off */
	assert_int_equal(o.good >= 1, 1);
	assert_int_equal(o.bad >= 1, 1);
	one.p[one.n - 6] ^= 1; /* wrong CRC: said, and the rest is read */
	str_clear(&both);
	str_span(&both, str_view(&one));
	str_span(&both, str_view(&two));
	o = read_all(str_view(&both), "a.jsonl.gz", NULL);
	assert_int_equal(o.good, 2);
	assert_int_equal(o.bad, 1);

	struct str nested = gzip(SPAN("Words of a text that was packed again and again."));
	for (int i = 0; i < 2; i++) {
		struct str next = gzip(str_view(&nested));
		str_done(&nested);
		nested = next;
	}
	assert_int_equal(read_all(str_view(&nested), "a.txt.gz", NULL).good, 1);
	struct str fourth = gzip(str_view(&nested));
	assert_int_equal(read_all(str_view(&fourth), "a.txt.gz", NULL).end, ERR_UNSUPPORTED);
	str_done(&fourth);
	str_done(&nested);
	str_done(&one);
	str_done(&two);
	str_done(&both);
	assert_true(read_all((struct span){"\x1f\x8b\x08\0\0\0\0\0", 8}, "a.gz", NULL).good == 0);
	assert_true(read_all((struct span){"\x28\xb5\x2f\xfd\0\0\0\0", 8}, "a.zst", NULL).good == 0);
	assert_true(read_all((struct span){"\xfd" "7zXZ\0\0\0\0\0", 10}, "a.xz", NULL).good == 0);
	assert_true(read_z("PK\3\4 and nothing behind it that would be an archive", "a.zip").good == 0);
}

#define RECORD(length, body) \
	"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x.example/a\r\nWARC-Date: 2019-04-26T10:00:00Z\r\nContent-Type: application/http\r\nContent-Length: " length "\r\n\r\n" body "\r\n\r\n"
#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>" PARAGRAPH "</body></html>"
/* RESPONSE has this many bytes: */
#define RIGHT "169"

static void warc(void **state)
{
	(void)state;
	char right[16];
	snprintf(right, sizeof right, "%zu", strlen(RESPONSE));
	assert_string_equal(right, RIGHT);
	assert_int_equal(read_z(RECORD(RIGHT, RESPONSE) RECORD(RIGHT, RESPONSE), "a.warc").good, 2);
	const char *lengths[] = {"10", "60", "300", "99999999", "-5", "9223372036854775808", "18446744073709551616", "abc", ""};
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		AUTO_STR struct str s = {0};
		str_printf(&s, "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %s\r\n\r\n" RESPONSE "\r\n\r\n%s%s", lengths[i], RECORD(RIGHT, RESPONSE), RECORD(RIGHT, RESPONSE));
		struct outcome o = read_all(str_view(&s), "a.warc", NULL);
		if (strcmp(lengths[i], "99999999") != 0) /* beyond all limits: what follows cannot be trusted */
			assert_true(o.good >= 2); /* the two behind it are whole */
		assert_true(o.good >= 3 || o.bad >= 1);
	}
	assert_int_equal(read_z(RECORD(RIGHT, RESPONSE) "rubbish\r\nmore rubbish\r\n" RECORD(RIGHT, RESPONSE), "a.warc").good, 2);
	assert_int_equal(read_z("WARC/1.0\r\nWARC-Type: request\r\nContent-Length: 4\r\n\r\nGET \r\n\r\nWARC/1.0\r\nWARC-Type: revisit\r\nContent-Length: 0\r\n\r\n\r\n\r\n", "a.warc").good, 0);
	struct str many = repeat("", "WARC/1.0\r\nWARC-Type: request\r\nContent-Length: 4\r\n\r\nGET \r\n\r\n", 300000, RECORD(RIGHT, RESPONSE));
	assert_int_equal(read_str(&many, "a.warc").good, 1);
	struct str chunked = {0};
	str_z(&chunked, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n<html><body>" PARAGRAPH "</body></html>");
	struct str s = {0};
	str_printf(&s, "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: file:///etc/passwd\r\nContent-Type: application/http\r\nContent-Length: %zu\r\n\r\n%s\r\n\r\n", chunked.n, chunked.p);
	assert_int_equal(read_str(&s, "a.warc").good, 1); /* an address is only words */
	str_done(&chunked);
	assert_int_equal(read_z("filedesc://a.arc 0.0.0.0 20080101000000 text/plain 5\n1 0 X\n\nhttp://x.example/ 1.2.3.4 20080101000000 text/html 99999999999999999999\nx\n", "a.arc").good, 0);
}

static void xml(void **state)
{
	(void)state;
	struct outcome o = read_z("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
			       "<!ENTITY e SYSTEM \"file:///etc/passwd\">]><TEI><text><body><p>Laughs: &d;&d;&d; and &e; are not here.</p></body></text></TEI>", "a.xml");
	assert_true(o.good == 1 || o.end == ERR_BAD_FILE); /* read without its entities, or refused */
	assert_null(strstr(o.first, "lollol"));
	assert_null(strstr(o.first, "root:"));
	o = read_z("<TEI xmlns:xi=\"http://www.w3.org/2001/XInclude\"><text><body><p>Before.</p><xi:include href=\"/etc/passwd\" parse=\"text\"/><?php evil ?><p>After.</p>", "a.xml");
	assert_int_equal(o.good, 1); /* not closed either */
	assert_null(strstr(o.first, "root:"));
	struct str s = repeat("<TEI><text><body>", "<div>", 100000, "<p>deep</p>");
	(void)read_str(&s, "a.xml");
	s = repeat("<rss><channel>", "<item><title>T</title><description>Words of an entry.</description></item>", 20000, "");
	assert_int_equal(read_str(&s, "a.rss").good, 20000);
	assert_int_equal(read_z("<?xml version=\"1.0\" encoding=\"x-unknown\"?><rss><channel><item><title>T</title></item></channel></rss>", "a.rss").good <= 1, 1);
	assert_int_equal(read_z("<rss><channel><item/><item><link/></item></channel></rss>", "a.rss").good, 0);
}

static void tables_and_mail(void **state)
{
	(void)state;
	assert_int_equal(read_z("a,b,c\n1,2,3\n", "a.csv").end, ERR_BAD_FILE);
	struct outcome o = read_z("id,text\n1,\"never closed\n2,two\n", "a.csv");
	assert_int_equal(o.good, 1);
	struct str s = repeat("id,text", ",x", 100000, "\n1,Words of the text\n");
	assert_int_equal(read_str(&s, "a.csv").good, 1);
	assert_int_equal(read_z("From: a\nSubject: =?utf-8?B?@@@?=\nDate: never\n\n", "a.eml").bad, 1);
	s = repeat("From: a\nTo: b\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n", "--a\nContent-Type: multipart/mixed; boundary=a\n\n", 50000, "--a\n\nWords of the mail that stand at its end.\n--a--\n");
	o = read_str(&s, "a.eml");
	assert_int_equal(o.good + o.bad, 1);
	s = repeat("# T\n", "[[[[![(", 200000, "\nWords of the text.\n");
	assert_int_equal(read_str(&s, "a.md").good, 1);
}

static void dates(void **state)
{
	(void)state;
	const char *bad[] = {"99999-99-99", "Feb 30 2019", "0000-00-00", "2019-02-30", "31.02.2019", "00/00/0000", "yesterday", "4294967296", "-1", "2019-13-01"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		AUTO_STR struct str s = {0};
		str_printf(&s, "{\"text\":\"Words of the text.\",\"published\":\"%s\"}", bad[i]);
		struct arena a = {0};
		struct document d;
		struct read_limits limits = reader_default_limits();
		assert_int_equal(reader_from_json(&a, str_view(&s), &limits, &d, NULL), 0);
		assert_int_equal(d.published.days.precision, PREC_NONE);
		assert_int_equal(d.n_dates, 0);
		arena_done(&a);
	}
	struct str s = repeat("", "On 26 April 2019 and 1/2/2003 and 99999-99-99 it rained. ", 50000, "");
	assert_int_equal(read_str(&s, "a.txt").good, 1);
}

/* Bytes turned, cut and spliced in samples of every kind: nothing but documents and reasons may come out. Deterministic. */
static void mutated(void **state)
{
	(void)state;
	const char *seeds[] = {
		"<html><head><title>T | S</title><meta name=date content=2019-04-26></head><body><h1>Headline of it</h1>" PARAGRAPH "<ul><li>a<li>b</ul><table><tr><td>x</table>" PARAGRAPH "</body></html>",
		"{\"id\":\"1\",\"text\":\"Words \\u00e9\\n of it.\",\"authors\":[\"A\",{\"name\":\"B\"}],\"published\":\"2019-04-26\"}\n{\"id\":\"2\",\"html\":\"<p>Words of another.</p>\"}\n",
		RECORD(RIGHT, RESPONSE) RECORD(RIGHT, RESPONSE),
		"<?xml version=\"1.0\"?><rss><channel><item><title>T</title><link>http://x</link><description>&lt;p&gt;Words&lt;/p&gt;</description></item></channel></rss>",
		"<TEI><text><body><div type=\"document\" xml:id=\"d1\"><head>H<note>n</note></head><p>Words <date when=\"1961-01-20\">x</date>.</p></div></body></text></TEI>",
		"id,title,text\n1,\"a \"\"b\"\"\",\"Words, of\nit\"\n2,c,d\n",
		"From: a@b\nTo: c\nSubject: =?utf-8?Q?x=C3=A9?=\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"B\"\n\n--B\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nV29yZHMgb2YgaXQu\n--B--\n",
		"Site line\n\nHeadline of the saved page is here\n\nBy Ann Lee\n\nThe two ministers met in the northern town on Friday, and talked for an hour.\n\nLeave a Reply\n\nYour email address will not be published.\n",
	};
	const char *names[] = {"a.html", "a.jsonl", "a.warc", "a.rss", "a.tei", "a.csv", "a.eml", "a.txt"};
	uint64_t x = 88172645463325252u;
	for (size_t k = 0; k < sizeof seeds / sizeof seeds[0]; k++)
		for (int round = 0; round < 300; round++) {
			size_t n = strlen(seeds[k]);
			char *copy = mem_dup(seeds[k], n);
			for (int m = 0; m < 1 + round % 6; m++) {
				x ^= x << 13, x ^= x >> 7, x ^= x << 17;
				size_t at = (size_t)(x >> 8) % n, to = (size_t)(x >> 32) % n, len = (size_t)(x & 15);
				if ((x & 3) == 0)
					copy[at] = (char)(x >> 40);
				else if ((x & 3) == 1 && at + len < n && to + len < n)
					memmove(copy + at, copy + to, len);
				else if ((x & 3) == 2)
					copy[at] ^= (char)(1 << (x >> 16 & 7));
				else if (round % 3 == 0)
					n = n - at > 8 ? n - (size_t)(x >> 20) % 8 : n;
			}
			(void)read_all((struct span){copy, n}, names[k], NULL);
			free(copy);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiny_and_binary), cmocka_unit_test(too_large), cmocka_unit_test(hostile_html), cmocka_unit_test(encodings), cmocka_unit_test(titles_stay_plain), cmocka_unit_test(broken_json), cmocka_unit_test(json_in_other_letters),
		cmocka_unit_test(compressed), cmocka_unit_test(warc), cmocka_unit_test(xml), cmocka_unit_test(tables_and_mail), cmocka_unit_test(dates), cmocka_unit_test(mutated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
