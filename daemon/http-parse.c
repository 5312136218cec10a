/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See http-parse.h. Written against RFC 9110 and 9112. */
#include "daemon/http-parse.h"

#include <stdio.h>

#define MAX_HEADERS 100

size_t http_head_end(struct span s, size_t *at)
{
	for (size_t i = *at > 3 ? *at - 3 : 0; i + 4 <= s.n; i++)
		if (s.p[i] == '\r' && memcmp(s.p + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	*at = s.n;
	return 0;
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
		if (!alnum && !(c && strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return s.n > 0;
}

/* Field values: anything but control characters; a tab is allowed. */
static bool is_value(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 32 && s.p[i] != '\t') || s.p[i] == 127)
			return false;
	return true;
}

static bool cut_line(struct span *rest, struct span *line)
{
	ptrdiff_t at = span_find(*rest, SPAN("\r\n"));
	if (at < 0)
		return false;
	*line = span_sub(*rest, 0, (size_t)at);
	*rest = span_sub(*rest, (size_t)at + 2, rest->n);
	return true;
}

static int parse_target(struct http_head *h, const char **why)
{
	struct span t = h->target;
	if (span_istarts(t, "http://")) { /* as a proxy would ask */
		t = span_sub(t, 7, t.n);
		ptrdiff_t slash = span_find(t, SPAN("/"));
		t = slash < 0 ? SPAN("/") : span_sub(t, (size_t)slash, t.n);
	}
	if (!t.n || t.p[0] != '/')
		return *why = "the address does not begin with /", 400;
	ptrdiff_t fragment = span_find(t, SPAN("#"));
	if (fragment >= 0)
		t = span_sub(t, 0, (size_t)fragment);
	ptrdiff_t mark = span_find(t, SPAN("?"));
	h->path = mark < 0 ? t : span_sub(t, 0, (size_t)mark);
	h->query = mark < 0 ? SPAN("") : span_sub(t, (size_t)mark + 1, t.n);
	return 0;
}

static int parse_request_line(struct span line, struct http_head *h, const char **why)
{
	struct span rest = line;
	*why = "the first line is not METHOD ADDRESS HTTP/1.1";
	if (!span_cut(&rest, ' ', &h->method) || !span_cut(&rest, ' ', &h->target) || !is_token(h->method) || h->method.n > 16)
		return 400;
	if (!span_starts(rest, "HTTP/") || rest.n != 8 || rest.p[6] != '.')
		return 400;
	for (size_t i = 0; i < h->target.n; i++)
		if ((unsigned char)h->target.p[i] <= 32 || h->target.p[i] == 127)
			return 400;
	if (rest.p[5] != '1' || (rest.p[7] != '0' && rest.p[7] != '1'))
		return *why = "only HTTP/1.0 and HTTP/1.1 are spoken here", 505;
	h->http11 = h->keep_alive = rest.p[7] == '1';
	return parse_target(h, why);
}

static bool has_word(struct span list, const char *word)
{
	struct span one;
	while (span_cut(&list, ',', &one))
		if (span_ieq(span_trim(one), word))
			return true;
	return false;
}

/* The headers that decide where a body ends: none may be in doubt. */
static int parse_framing(struct http_head *h, struct span name, struct span value, const char **why)
{
	if (span_ieq(name, "content-length")) {
		if (h->has_length || !span_to_u64(value, &h->length))
			return *why = h->has_length ? "two Content-Length headers" : "Content-Length is not a number", 400;
		h->has_length = true;
	} else if (span_ieq(name, "transfer-encoding")) {
		if (h->chunked || !span_ieq(value, "chunked"))
			return *why = "the only transfer encoding understood is chunked", 501;
		h->chunked = true;
	}
	return 0;
}

static int parse_header(struct http_head *h, struct span name, struct span value, const char **why)
{
	if (span_ieq(name, "host")) {
		if (h->host.p)
			return *why = "two Host headers", 400;
		h->host = value;
	} else if (span_ieq(name, "content-type"))
		h->content_type = value;
	else if (span_ieq(name, "if-none-match"))
		h->if_none_match = value;
	else if (span_ieq(name, "connection")) {
		if (has_word(value, "close"))
			h->keep_alive = false;
	} else if (span_ieq(name, "expect")) {
		if (!span_ieq(value, "100-continue"))
			return *why = "the only expectation understood is 100-continue", 417;
		h->expects_continue = true;
	}
	return parse_framing(h, name, value, why);
}

int http_head_parse(struct span head, struct http_head *out, const char **why)
{
	struct span rest = head, line;
	*out = (struct http_head){0};
	*why = "the head is not ended by an empty line";
	if (!cut_line(&rest, &line))
		return 400;
	int status = parse_request_line(line, out, why);
	if (status)
		return status;
	for (int n = 0;; n++) {
		*why = "the head is not ended by an empty line";
		if (!cut_line(&rest, &line))
			return 400;
		if (!line.n)
			break;
		ptrdiff_t colon = span_find(line, SPAN(":"));
		struct span name = span_sub(line, 0, colon < 0 ? 0 : (size_t)colon);
		struct span value = colon < 0 ? SPAN_NONE : span_sub(line, (size_t)colon + 1, line.n);
		*why = "a header is not NAME: VALUE on one line";
		if (n >= MAX_HEADERS)
			return *why = "too many headers", 431;
		if (!is_token(name) || !is_value(value))
			return 400;
		status = parse_header(out, name, span_trim(value), why);
		if (status)
			return status;
	}
	if (out->http11 && !out->host.p)
		return *why = "the Host header is missing", 400;
	if (out->chunked && (out->has_length || !out->http11))
		return *why = "a length and chunks at once", 400;
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

bool http_chunk_size(struct span line, uint64_t *out)
{
	size_t i = 0;
	*out = 0;
	for (; i < line.n && hex(line.p[i]) >= 0; i++) {
		if (i >= 12)
			return false;
		*out = *out * 16 + (uint64_t)hex(line.p[i]);
	}
	return i > 0 && (i == line.n || line.p[i] == ';' || line.p[i] == ' ') && is_value(line);
}

bool http_decode(struct span s, struct str *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			if (i + 2 >= s.n || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
				return false;
			c = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		}
		if (!c)
			return false;
		str_ch(out, c);
	}
	return true;
}

bool http_parameter(struct span query, const char *name, struct str *out)
{
	struct span one;
	while (span_cut(&query, '&', &one)) {
		struct span key, value = one;
		span_cut(&value, '=', &key);
		if (!span_is(key, name))
			continue;
		str_clear(out);
		AUTO_STR struct str spaced = {0};
		str_span(&spaced, value);
		for (size_t i = 0; i < spaced.n; i++)
			if (spaced.p[i] == '+')
				spaced.p[i] = ' ';
		if (!http_decode(str_view(&spaced), out)) {
			str_clear(out);
			str_span(out, value);
		}
		return true;
	}
	return false;
}

static bool in_list(struct span word, const char *list)
{
	struct span rest = span_of(list), one;
	while (span_cut(&rest, '|', &one))
		if (span_eq(one, word))
			return true;
	return false;
}

struct span http_unknown_parameter(struct span query, const char *allowed)
{
	struct span one;
	while (span_cut(&query, '&', &one)) {
		struct span key, value = one;
		span_cut(&value, '=', &key);
		if (one.n && !in_list(key, allowed ? allowed : ""))
			return key.n ? key : one;
	}
	return SPAN_NONE;
}

struct span http_twice_given(struct span query)
{
	struct span one, other;
	while (span_cut(&query, '&', &one)) {
		struct span rest = query, key, value = one, again;
		span_cut(&value, '=', &key);
		while (span_cut(&rest, '&', &other)) {
			value = other;
			span_cut(&value, '=', &again);
			if (key.n && span_eq(key, again))
				return again;
		}
	}
	return SPAN_NONE;
}
