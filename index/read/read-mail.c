/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail: one message (.eml) or many (mbox, parted by lines that begin with "From "). The text part is the article, else the HTML part; base64, quoted-printable and encoded
 * words in headers are undone, attachments left out. Multipart bodies are followed to a depth of 8.
 */
#include "index/read/inside.h"

#include "base/str.h"
#include "index/read/datetext.h"
#include "index/read/decode.h"
#include "index/read/http.h"

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Both write to `out`, which may be where s begins: they never overtake what they read. */
static struct span from_base64(char *out, struct span s)
{
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int v = base64_value(s.p[i]);
		if (v < 0)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8)
			out[n++] = (char)(bits >> (have -= 8));
	}
	return (struct span){out, n};
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static struct span from_quoted(char *out, struct span s, bool header)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '=' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 && hex_digit(s.p[i + 2]) >= 0)
			out[n++] = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2])), i += 2;
		else if (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '\n')
			i++;
		else if (s.p[i] == '=' && i + 2 < s.n && s.p[i + 1] == '\r' && s.p[i + 2] == '\n')
			i += 2;
		else
			out[n++] = header && s.p[i] == '_' ? ' ' : s.p[i];
	}
	return (struct span){out, n};
}

/* "=?utf-8?B?…?=" words of a header (RFC 2047). */
static struct span header_text(struct arena *a, struct span v)
{
	struct str out = {0};
	while (v.n) {
		ptrdiff_t at = span_find(v, SPAN("=?"));
		struct span word = at < 0 ? SPAN_NONE : span_sub(v, (size_t)at + 2, v.n), charset, coding;
		const char *q = word.n ? memchr(word.p, '?', word.n) : NULL;
		if (!q || (size_t)(q - word.p) + 3 >= word.n || q[2] != '?')
			break;
		charset = (struct span){word.p, (size_t)(q - word.p)};
		coding = (struct span){q + 1, 1};
		struct span body = span_sub(word, charset.n + 3, word.n);
		ptrdiff_t end = span_find(body, SPAN("?="));
		if (end < 0)
			break;
		struct span before = span_sub(v, 0, (size_t)at);
		if (span_trim(before).n) /* white space between two such words is none */
			str_span(&out, before);
		struct span text = span_sub(body, 0, (size_t)end);
		char *room = arena_raw(a, text.n + 1);
		text = span_ieq(coding, "B") ? from_base64(room, text) : from_quoted(room, text, true);
		struct decoded d;
		decode_bytes(a, text, charset, false, &d);
		str_span(&out, d.text);
		v = span_sub(body, (size_t)end + 2, body.n);
	}
	str_span(&out, v);
	struct span s = arena_span(a, str_view(&out));
	str_done(&out);
	return clean_value(a, s);
}

struct part {
	struct span text, html, text_charset, html_charset;
};

/* The message is ours: bodies are decoded where they stand. */
static void find_parts(struct arena *a, struct span headers, struct span body, struct part *p, int depth);

static void multipart(struct arena *a, struct span boundary, struct span body, struct part *p, int depth)
{
	struct span mark = arena_printf(a, "--%.*s", SPAN_ARG(boundary));
	ptrdiff_t at = span_find(body, mark);
	for (int n = 0; at >= 0 && n < 200; n++) {
		body = span_sub(body, (size_t)at + mark.n, body.n);
		if (span_starts(body, "--"))
			return;
		const char *nl = body.n ? memchr(body.p, '\n', body.n) : NULL;
		if (!nl)
			return;
		body = span_sub(body, (size_t)(nl - body.p) + 1, body.n);
		at = span_find(body, mark);
		struct span part = span_sub(body, 0, at < 0 ? body.n : (size_t)at), headers = SPAN_NONE;
		if (part.n && (part.p[0] == '\n' || part.p[0] == '\r'))
			part = span_trim(part);
		else if (!header_block(&part, &headers))
			continue;
		find_parts(a, headers, part, p, depth + 1);
	}
}

static void find_parts(struct arena *a, struct span headers, struct span body, struct part *p, int depth)
{
	struct span value = header_value(headers, "Content-Type"), type = header_main(value), coding = header_value(headers, "Content-Transfer-Encoding");
	struct span boundary = header_parameter(value, "boundary");
	if (span_istarts(type, "multipart/")) {
		if (boundary.n && boundary.n < 200 && depth < 8)
			multipart(a, boundary, body, p, depth);
		return;
	}
	if (span_istarts(header_value(headers, "Content-Disposition"), "attachment"))
		return;
	bool html = span_ieq(type, "text/html"), text = !type.n || span_ieq(type, "text/plain");
	if ((!html && !text) || (html ? p->html : p->text).n)
		return;
	if (span_ieq(coding, "base64"))
		body = from_base64((char *)(uintptr_t)body.p, body);
	else if (span_ieq(coding, "quoted-printable"))
		body = from_quoted((char *)(uintptr_t)body.p, body, false);
	*(html ? &p->html : &p->text) = body;
	*(html ? &p->html_charset : &p->text_charset) = header_parameter(value, "charset");
}

static int message(struct reader *r, struct arena *a, struct span raw, bool many, struct document *doc, struct err *err)
{
	struct span headers = SPAN_NONE, body = raw;
	if (!header_block(&body, &headers))
		return err_set(err, ERR_BAD_DOCUMENT, "message %llu: no headers", (unsigned long long)r->n);
	struct part p = {0};
	find_parts(a, headers, body, &p, 0);
	bool html = !span_trim(p.text).n;
	struct span text = html ? p.html : p.text;
	if (!span_trim(text).n)
		return err_set(err, ERR_BAD_DOCUMENT, "message %llu: there is no text in it", (unsigned long long)r->n);
	reader_begin(r, a, doc);
	struct decoded d;
	decode_own(a, text, html ? p.html_charset : p.text_charset, html, &d);
	doc->body = d.text;
	doc->replaced = d.replaced;
	doc->body_kind = html ? BODY_HTML : BODY_TEXT;
	doc->title = header_text(a, header_value(headers, "Subject"));
	if (doc->title.n)
		doc->title_how = SPAN("subject");
	doc->author = header_text(a, header_value(headers, "From"));
	struct interval day;
	if (date_value(header_value(headers, "Date"), ORDER_DMY, &day)) {
		doc->published = (struct when){day, 95, false, "mail"};
		doc->dates = arena_new(a, struct when);
		doc->dates[0] = doc->published;
		doc->n_dates = 1;
	}
	doc->id = reader_make_id(r, a, many);
	return 1;
}

int read_mail_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	struct span raw;
	if (r->n++)
		return 0;
	int rc = stream_all(r->in, a, r->limits.file_bytes, &raw, err);
	return rc ? (r->done = true, rc) : message(r, a, raw, false, doc, err);
}

int read_mbox_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	AUTO_STR struct str raw = {0};
	bool large = false, any = false;
	for (;;) {
		struct span line, have;
		int rc = stream_want(r->in, 5, &have, err);
		if (rc)
			return rc;
		if (any && have.n >= 5 && memcmp(have.p, "From ", 5) == 0 && (!raw.n || span_ends(str_view(&raw), "\n\n")))
			break;
		rc = stream_line(r->in, r->limits.line_bytes, &line, err);
		if (rc == 0)
			break;
		if (rc < 0 && rc != ERR_LIMIT)
			return rc;
		if (!any && span_starts(line, "From ")) {
			any = true;
			continue;
		}
		any = true;
		large |= rc == ERR_LIMIT || raw.n + line.n > r->limits.file_bytes;
		if (large)
			continue;
		if (span_starts(line, ">From "))
			line = span_sub(line, 1, line.n);
		str_span(&raw, line);
		str_ch(&raw, '\n');
	}
	if (!any)
		return 0;
	r->n++;
	if (large)
		return err_set(err, ERR_LIMIT, "message %llu is longer than %llu bytes (setting file-size)", (unsigned long long)r->n, (unsigned long long)r->limits.file_bytes);
	struct span whole = arena_take(a, raw.p, raw.n);
	raw = (struct str){0};
	return message(r, a, whole, true, doc, err);
}
