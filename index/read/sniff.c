/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is it? The first bytes decide; the name only where they do not (a CSV looks like text, Markdown too). Unknown text is text.
 */
#include "index/read/inside.h"

#include "base/utf8.h"

static const struct {
	const char *name, *endings;
} rows[] = {
#define FORMAT(id, name, endings) {name, endings},
#include "index/read/formats.def"
#undef FORMAT
};

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool sniff_binary(struct span h)
{
	size_t n = h.n < 4096 ? h.n : 4096, odd = 0, zeros = 0;
	if (n >= 2 && (memcmp(h.p, "\xFF\xFE", 2) == 0 || memcmp(h.p, "\xFE\xFF", 2) == 0))
		return false; /* UTF-16 */
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)h.p[i];
		zeros += c == 0;
		odd += c < 32 && c && c != '\n' && c != '\t' && c != '\r' && c != '\f' && c != 27 && c != 8;
	}
	if (zeros * 4 >= n && odd * 50 < n && zeros < n) /* UTF-16 or -32 without a mark? */
		return !(n >= 8 && (zeros * 5 > n * 2));
	return zeros * 100 > n || odd * 20 > n;
}

/* The last ending of the name, ".gz" and the like aside. */
static enum format_id by_name(struct span name)
{
	char key[16] = " ";
	size_t dot = name.n;
	for (int again = 0; again < 2; again++) {
		size_t end = dot;
		while (dot > 0 && name.p[dot - 1] != '.' && name.p[dot - 1] != '/')
			dot--;
		if (dot == 0 || name.p[dot - 1] != '.' || end - dot > 8)
			return FORMAT_COUNT_;
		struct span e = span_sub(name, dot, end);
		dot--;
		if (span_ieq(e, "gz") || span_ieq(e, "xz") || span_ieq(e, "zst") || span_ieq(e, "bz2") || span_ieq(e, "lz4"))
			continue;
		for (size_t i = 0; i < e.n; i++)
			key[i + 1] = (char)(e.p[i] >= 'A' && e.p[i] <= 'Z' ? e.p[i] | 32 : e.p[i]);
		key[e.n + 1] = ' ', key[e.n + 2] = 0;
		for (unsigned f = 0; f < FORMAT_COUNT_; f++)
			if (strstr(rows[f].endings, key))
				return (enum format_id)f;
		break;
	}
	return FORMAT_COUNT_;
}

static bool has_tag(struct span h, const char *const *marks)
{
	for (; *marks; marks++)
		if (span_ifind(h, *marks) >= 0)
			return true;
	return false;
}

static bool is_html(struct span h)
{
	static const char *const first[] = {"<!doctype html", "<html", "<head", "<body", "<!--", "<title", "<meta", "<script", "<div", "<p>", "<p ", "<h1", "<article", "<table", "<span", "<a ", "<br", "<link", "<section", "<main", "<style", "<font", "<center"};
	static const char *const later[] = {"<html", "<head>", "<body", "<!doctype html", NULL};
	if (h.n && h.p[0] == '<')
		for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
			if (span_istarts(h, first[i]))
				return true;
	struct span start = {h.p, h.n < 2048 ? h.n : 2048};
	return h.n && (h.p[0] == '<' || h.p[0] == '\r') && has_tag(start, later);
}

/* One whole object on the first line and (unless it is the last) something after it: JSON Lines. */
static enum format_id which_json(struct span h, enum format_id named)
{
	int rc;
	if (h.p[0] == '[')
		return FORMAT_json;
	const char *nl = memchr(h.p, '\n', h.n);
	struct span line = {h.p, nl ? (size_t)(nl - h.p) : h.n};
	if (nl && json_extent(line, 64, &rc))
		return FORMAT_jsonl;
	if (nl && named == FORMAT_jsonl)
		return FORMAT_jsonl; /* the first line is broken: that costs the line */
	if (!nl)
		return named == FORMAT_json ? FORMAT_json : FORMAT_jsonl;
	return FORMAT_json;
}

enum format_id sniff(struct span head, struct span name)
{
	enum format_id named = by_name(name);
	struct span h = head;
	if (h.n >= 3 && memcmp(h.p, "\xEF\xBB\xBF", 3) == 0)
		h = span_sub(h, 3, h.n);
	while (h.n && is_space(h.p[0]))
		h = span_sub(h, 1, h.n);
	if (!h.n)
		return named == FORMAT_COUNT_ ? FORMAT_text : named;
	bool object = h.p[0] == '{' && h.n > 1 && memchr("\"} \r\n\t", h.p[1], 6);
	bool array = h.p[0] == '[' && h.n > 1 && memchr("{ \r\n\t]", h.p[1], 6);
	if ((object || (array && named != FORMAT_text)) && named != FORMAT_html)
		return which_json(h, named);
	if (is_html(h))
		return FORMAT_html;
	if (named == FORMAT_jsonl || named == FORMAT_json || named == FORMAT_html)
		return named;
	return named == FORMAT_COUNT_ ? FORMAT_text : named;
}
