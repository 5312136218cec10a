/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Markdown: front matter (title, date, author …) between two lines of "---", then text without its marks: headings, emphasis, links to their words,
 * pictures out. Code stays as it is. It does not understand tables or footnotes; they come through as text.
 */
#include "index/read/inside.h"

#include "base/mem.h"
#include "base/str.h"
#include "index/read/decode.h"

#define LARGE (1u << 20) /* what was read of a large file is given back on the way */

static bool cut_line(struct span *rest, struct span *line)
{
	if (!rest->n)
		return false;
	const char *nl = memchr(rest->p, '\n', rest->n);
	size_t n = nl ? (size_t)(nl - rest->p) : rest->n;
	*line = (struct span){rest->p, n - (n > 0 && rest->p[n - 1] == '\r')};
	*rest = span_sub(*rest, nl ? n + 1 : n, rest->n);
	return true;
}

/* "key: value" lines; quotes off. */
static void front_matter(struct span *text, struct member_set *set)
{
	struct span rest = *text, line;
	if (!cut_line(&rest, &line) || !span_is(line, "---"))
		return;
	struct member_set found;
	members_init(&found);
	for (int n = 0; n < 100 && cut_line(&rest, &line); n++) {
		if (span_is(line, "---") || span_is(line, "...")) {
			*set = found;
			*text = rest;
			return;
		}
		const char *colon = memchr(line.p, ':', line.n);
		if (!colon)
			continue;
		struct span value = span_trim((struct span){colon + 1, (size_t)(line.p + line.n - colon - 1)});
		if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0])
			value = span_sub(value, 1, value.n - 1);
		const struct member_name *m = member_find(span_trim((struct span){line.p, (size_t)(colon - line.p)}));
		if (m && m->field != FIELD_TEXT && m->field != FIELD_HTML)
			members_offer(&found, m, value);
	}
}

/* One look ahead for each kind of mark and line, so that no line of "[[[[" costs more than its length. */
static size_t find_char(struct span s, size_t from, char c)
{
	const char *p = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;
	return p ? (size_t)(p - s.p) : s.n;
}

static void inline_text(struct str *out, struct span s)
{
	size_t no_close = s.n; /* from here on there is no "](" left */
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '\\' && i + 1 < s.n && strchr("\\`*_{}[]()#+-.!>", s.p[i + 1])) {
			str_ch(out, s.p[++i]);
			continue;
		}
		bool picture = c == '!' && i + 1 < s.n && s.p[i + 1] == '[';
		if ((c == '[' || picture) && i < no_close) {
			size_t open = i + picture, close = find_char(s, open, ']');
			if (close + 1 < s.n && s.p[close + 1] == '(' && close - open < 1000) {
				size_t end = find_char(s, close, ')');
				if (end < s.n) {
					if (!picture)
						str_span(out, span_sub(s, open + 1, close));
					i = end;
					continue;
				}
			} else if (close >= s.n)
				no_close = i;
		}
		if (c == '*' || c == '`' || (c == '_' && (i == 0 || s.p[i - 1] == ' ' || i + 1 == s.n || s.p[i + 1] == ' ')) || (c == '~' && i + 1 < s.n && s.p[i + 1] == '~'))
			continue;
		str_ch(out, c);
	}
}

static void convert(struct arena *a, struct str *out, struct span text, struct span *title)
{
	struct span line;
	bool code = false;
	const char *done = text.p;
	while (cut_line(&text, &line)) {
		if (line.p - done > (ptrdiff_t)LARGE)
			mem_shed(done, (size_t)(line.p - done)), done = line.p;
		struct span t = span_trim(line);
		if (span_starts(t, "```") || span_starts(t, "~~~")) {
			code = !code;
			continue;
		}
		if (code) {
			str_span(out, line), str_ch(out, '\n');
			continue;
		}
		size_t hashes = 0;
		while (hashes < t.n && t.p[hashes] == '#')
			hashes++;
		bool heading = hashes > 0 && hashes <= 6 && hashes < t.n && t.p[hashes] == ' ';
		if (heading) {
			t = span_trim(span_sub(t, hashes, t.n));
			while (t.n && t.p[t.n - 1] == '#')
				t.n--;
			if (hashes == 1 && !title->n) {
				t = span_trim(t);
				*title = clean_value(a, arena_span(a, span_sub(t, 0, t.n < 16384 ? t.n : 16384)));
				continue;
			}
			str_ch(out, '\n');
		}
		while (t.n && t.p[0] == '>')
			t = span_trim(span_sub(t, 1, t.n));
		if (t.n > 2 && (t.p[0] == '-' || t.p[0] == '*' || t.p[0] == '+') && t.p[1] == ' ')
			t = span_sub(t, 2, t.n);
		bool rule = t.n >= 3 && (t.p[0] == '-' || t.p[0] == '=' || t.p[0] == '*') && t.p[1] == t.p[0] && t.p[2] == t.p[0];
		if (!rule)
			inline_text(out, t);
		str_ch(out, '\n');
		if (heading)
			str_ch(out, '\n');
	}
}

int read_markdown_next(struct reader *r, struct arena *a, struct document *doc, struct err *err)
{
	int rc = read_text_next(r, a, doc, err);
	if (rc != 1)
		return rc;
	struct decoded d;
	decode_own(a, doc->body, SPAN_NONE, false, &d);
	struct member_set set;
	members_init(&set);
	struct span text = d.text, title = SPAN_NONE, id = doc->id;
	front_matter(&text, &set);
	struct str out = {0};
	convert(a, &out, text, &title);
	members_apply(a, &set, doc);
	doc->id = id;
	doc->replaced = d.replaced;
	doc->body = arena_take(a, out.p, out.n);
	doc->body_kind = BODY_TEXT;
	if (!doc->title.n && title.n)
		doc->title = title, doc->title_how = SPAN("heading");
	return 1;
}
