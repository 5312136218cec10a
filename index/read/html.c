/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the page, one stack of open elements (at most 256: deeper ones are seen through, as browsers do at 512).
 * Linear: the scanner never goes back, and each end tag looks at a bounded stack.
 */
#include "index/read/html.h"

#include "base/utf8.h"

#include <libxml/HTMLparser.h>

enum kind { V = 1, R, B, I };

static const struct tag_row {
	const char *name;
	uint8_t len, kind;
} tags[] = {
#define X(name, word, kind) {word, sizeof(word) - 1, kind},
	HTML_TAGS(X)
#undef X
};

static const struct attr_row {
	const char *name;
	size_t len;
} attr_rows[] = {
#define X(name, word) {word, sizeof(word) - 1},
	HTML_ATTRS(X)
#undef X
};

struct scan {
	struct arena *arena;
	struct html *h;
	const char *p, *end;
	size_t node_cap, attr_cap;
	uint32_t open[HTML_MAX_DEPTH]; /* nodes */
	uint32_t depth, beyond;        /* open elements; start tags below the deepest that count */
};

static enum kind kind_of(unsigned tag) { return tag >= TAG_OTHER + 1 ? (enum kind)tags[tag - TAG_OTHER - 1].kind : I; }
bool html_is_block(enum html_tag tag) { return tag > TAG_OTHER && kind_of(tag) == B; }
static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_alpha(char c) { return (unsigned)((c | 32) - 'a') < 26; }

static unsigned find_tag(const char *p, size_t n)
{
	char low[12];
	if (n > 10)
		return TAG_OTHER;
	for (size_t i = 0; i < n; i++)
		low[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 32 : p[i]);
	size_t lo = 0, hi = sizeof tags / sizeof tags[0];
	while (lo < hi) {
		size_t mid = (lo + hi) / 2, m = tags[mid].len < n ? tags[mid].len : n;
		int c = memcmp(low, tags[mid].name, m);
		if (c == 0)
			c = (n > tags[mid].len) - (n < tags[mid].len);
		if (c == 0)
			return (unsigned)mid + TAG_OTHER + 1;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return TAG_OTHER;
}

static int find_attr(struct span name)
{
	for (int i = 0; i < ATTR_COUNT_; i++)
		if (attr_rows[i].len == name.n && (name.p[0] | 32) == attr_rows[i].name[0] && span_ieq(name, attr_rows[i].name))
			return i;
	return -1;
}

static uint32_t add_node(struct scan *s, unsigned tag, struct span text)
{
	struct html *h = s->h;
	if (h->n_nodes >= HTML_MAX_NODES) {
		h->cut = true;
		return UINT32_MAX;
	}
	size_t n = h->n_nodes;
	struct html_node *x = arena_push(s->arena, h->nodes, n, s->node_cap);
	*x = (struct html_node){.end = (uint32_t)n, .parent = s->depth ? s->open[s->depth - 1] : 0, .tag = (uint16_t)tag, .text = text};
	h->n_nodes = (uint32_t)n;
	return (uint32_t)n - 1;
}

static void add_text(struct scan *s, const char *from, const char *to)
{
	if (to > from)
		(void)add_node(s, TAG_TEXT, (struct span){from, (size_t)(to - from)});
}

static void pop_to(struct scan *s, uint32_t depth)
{
	while (s->depth > depth)
		s->h->nodes[s->open[--s->depth]].end = s->h->n_nodes;
}

static unsigned open_tag_at(const struct scan *s, uint32_t i) { return s->h->nodes[s->open[i]].tag; }

/* Closes the nearest open element for which is(tag) holds, unless stop(tag) comes first. */
static void close_nearest(struct scan *s, bool (*is)(unsigned), bool (*stop)(unsigned))
{
	for (uint32_t i = s->depth; i-- > 1;) {
		unsigned t = open_tag_at(s, i);
		if (is(t)) {
			pop_to(s, i);
			return;
		}
		if (stop(t))
			return;
	}
}

static bool is_p(unsigned t) { return t == TAG_P; }
static bool is_li(unsigned t) { return t == TAG_LI; }
static bool is_dt(unsigned t) { return t == TAG_DT || t == TAG_DD; }
static bool is_option(unsigned t) { return t == TAG_OPTION || t == TAG_OPTGROUP; }
static bool is_cell(unsigned t) { return t == TAG_TD || t == TAG_TH; }
static bool is_row(unsigned t) { return t == TAG_TR; }
static bool is_rows(unsigned t) { return t == TAG_TBODY || t == TAG_THEAD || t == TAG_TFOOT; }
static bool is_head(unsigned t) { return t == TAG_HEAD; }
static bool stop_block(unsigned t) { return kind_of(t) == B || t == TAG_BUTTON; }
static bool stop_list(unsigned t) { return t == TAG_UL || t == TAG_OL || t == TAG_MENU || t == TAG_TD || t == TAG_TH || t == TAG_TABLE; }
static bool stop_dl(unsigned t) { return t == TAG_DL || t == TAG_TABLE; }
static bool stop_select(unsigned t) { return t == TAG_SELECT; }
static bool stop_row(unsigned t) { return t == TAG_TR || t == TAG_TABLE; }
static bool stop_table(unsigned t) { return t == TAG_TABLE; }
static bool stop_never(unsigned t) { return t == TAG_BODY; }

static bool closes_head(unsigned t)
{
	return kind_of(t) == B && t != TAG_NOSCRIPT && t != TAG_TEMPLATE && t != TAG_OBJECT && t != TAG_HEAD;
}

static void imply_ends(struct scan *s, unsigned tag)
{
	if (closes_head(tag))
		close_nearest(s, is_head, stop_never);
	if (kind_of(tag) == B)
		close_nearest(s, is_p, stop_block);
	switch (tag) {
	case TAG_LI: close_nearest(s, is_li, stop_list); break;
	case TAG_DT:
	case TAG_DD: close_nearest(s, is_dt, stop_dl); break;
	case TAG_OPTION:
	case TAG_OPTGROUP: close_nearest(s, is_option, stop_select); break;
	case TAG_TBODY:
	case TAG_THEAD:
	case TAG_TFOOT: close_nearest(s, is_rows, stop_table); break;
	case TAG_TR: close_nearest(s, is_row, stop_table); break;
	case TAG_TD:
	case TAG_TH: close_nearest(s, is_cell, stop_row); break;
	default: break;
	}
}

static void end_tag(struct scan *s, unsigned tag)
{
	if (s->beyond && kind_of(tag) != V) {
		s->beyond--;
		return;
	}
	if (tag == TAG_HTML || tag == TAG_BODY)
		return; /* what comes after them is still the page */
	bool block = tag != TAG_OTHER && kind_of(tag) == B;
	for (uint32_t i = s->depth; i-- > 1;) {
		unsigned t = open_tag_at(s, i);
		if (t == tag) {
			pop_to(s, i);
			return;
		}
		if ((!block && kind_of(t) == B) || (is_cell(t) && tag != TAG_TR && tag != TAG_TABLE && !is_rows(tag)))
			return; /* </b> does not close the <div> inside it */
	}
}

static const char *skip_spaces(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

static struct span attr_value(struct scan *s)
{
	const char *p = skip_spaces(s->p, s->end), *from;
	if (p < s->end && (*p == '"' || *p == '\'')) {
		from = p + 1;
		const char *q = memchr(from, *p, (size_t)(s->end - from));
		s->p = q ? q + 1 : s->end;
		return (struct span){from, (size_t)((q ? q : s->end) - from)};
	}
	for (from = p; p < s->end && !is_space(*p) && *p != '>';)
		p++;
	s->p = p;
	return (struct span){from, (size_t)(p - from)};
}

static void keep_attr(struct scan *s, uint32_t node, struct span name, struct span value)
{
	int attr = name.n && name.n <= 12 ? find_attr(name) : -1;
	if (attr < 0 || node == UINT32_MAX || s->h->n_attrs >= HTML_MAX_NODES || value.n > UINT32_MAX)
		return;
	struct html_node *x = &s->h->nodes[node];
	for (uint32_t i = 0; i < x->n_attrs; i++)
		if (s->h->attrs[x->attrs + i].attr == attr)
			return;
	if (!x->n_attrs)
		x->attrs = (uint32_t)s->h->n_attrs;
	*arena_push(s->arena, s->h->attrs, s->h->n_attrs, s->attr_cap) = (struct html_attribute){value.p, (uint32_t)value.n, (uint8_t)attr};
	x->n_attrs++;
}

/* From behind the tag's name to behind its '>'. Returns true for "/>". */
static bool attributes(struct scan *s, uint32_t node)
{
	bool slash = false;
	for (;;) {
		s->p = skip_spaces(s->p, s->end);
		if (s->p >= s->end)
			return slash;
		if (*s->p == '>')
			return s->p++, slash;
		if (*s->p == '/') {
			s->p++, slash = true;
			continue;
		}
		const char *from = s->p++;
		while (s->p < s->end && !is_space(*s->p) && *s->p != '=' && *s->p != '>' && *s->p != '/')
			s->p++;
		struct span name = {from, (size_t)(s->p - from)}, value = {from, 0};
		const char *q = skip_spaces(s->p, s->end);
		if (q < s->end && *q == '=')
			s->p = q + 1, value = attr_value(s);
		keep_attr(s, node, name, value);
		slash = false;
	}
}

/* Raw text runs to its own end tag, or to the end of the page. */
static void raw_text(struct scan *s, uint32_t node, unsigned tag)
{
	const struct tag_row *row = &tags[tag - TAG_OTHER - 1];
	const char *from = s->p, *p = s->p;
	for (;;) {
		p = memchr(p, '<', (size_t)(s->end - p));
		if (!p || s->end - p < row->len + 2) {
			p = s->end;
			break;
		}
		struct span name = {p + 2, row->len};
		if (p[1] == '/' && span_ieq(name, row->name))
			break;
		p++;
	}
	if (node != UINT32_MAX) {
		s->h->nodes[node].text = (struct span){from, (size_t)(p - from)};
		s->h->nodes[node].end = s->h->n_nodes;
	}
	s->p = p;
	if (p < s->end) {
		const char *gt = memchr(p, '>', (size_t)(s->end - p));
		s->p = gt ? gt + 1 : s->end;
	}
}

static void start_tag(struct scan *s, unsigned tag)
{
	if ((tag == TAG_HTML || tag == TAG_BODY) && s->depth) { /* their attributes go to the root */
		uint32_t root = s->h->n_nodes == 1 ? 0 : UINT32_MAX;
		if (tag == TAG_BODY)
			close_nearest(s, is_head, stop_never);
		(void)attributes(s, root);
		return;
	}
	imply_ends(s, tag);
	bool seen_through = s->depth >= HTML_MAX_DEPTH && kind_of(tag) != V && kind_of(tag) != R && tag != TAG_P && tag != TAG_LI;
	uint32_t node = seen_through ? UINT32_MAX : add_node(s, tag, SPAN_NONE);
	bool closed = attributes(s, node);
	if (seen_through)
		s->beyond += !closed;
	if (node == UINT32_MAX)
		return;
	s->h->nodes[node].end = s->h->n_nodes;
	enum kind kind = kind_of(tag);
	if (kind == R)
		raw_text(s, node, tag);
	else if (kind != V && !(closed && (tag == TAG_OTHER || tag == TAG_SVG))) {
		if (s->depth < HTML_MAX_DEPTH)
			s->open[s->depth++] = node;
		else
			s->beyond++;
	}
}

/* <!-- …, <!doctype …>, <?…>, </…: returns where it ends. */
static const char *skip_declaration(const char *p, const char *end)
{
	if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
		const char *q = end - p >= 5 && p[4] == '>' ? p + 2 : memmem(p + 4, (size_t)(end - p - 4), "-->", 3);
		return q ? q + 3 : end;
	}
	if (end - p >= 9 && memcmp(p, "<![CDATA[", 9) == 0) {
		const char *q = memmem(p + 9, (size_t)(end - p - 9), "]]>", 3);
		return q ? q + 3 : end;
	}
	const char *q = memchr(p, '>', (size_t)(end - p));
	return q ? q + 1 : end;
}

static void markup(struct scan *s) /* at a '<' that begins some */
{
	bool ends = s->p[1] == '/';
	const char *name = s->p + 1 + ends, *p = name;
	while (p < s->end && !is_space(*p) && *p != '>' && *p != '/')
		p++;
	unsigned tag = find_tag(name, (size_t)(p - name));
	s->p = p;
	if (ends) {
		const char *gt = memchr(p, '>', (size_t)(s->end - p));
		s->p = gt ? gt + 1 : s->end;
		end_tag(s, tag);
	} else
		start_tag(s, tag);
}

void html_parse(struct arena *a, struct span page, struct html *out)
{
	*out = (struct html){0};
	if (!page.n)
		page = SPAN(" ");
	struct scan s = {.arena = a, .h = out, .p = page.p, .end = page.p + page.n, .node_cap = page.n / 48 + 64, .attr_cap = page.n / 96 + 64};
	if (s.node_cap > HTML_MAX_NODES)
		s.node_cap = HTML_MAX_NODES;
	if (s.attr_cap > HTML_MAX_NODES)
		s.attr_cap = HTML_MAX_NODES;
	out->nodes = arena_raw(a, s.node_cap * sizeof *out->nodes);
	out->attrs = arena_raw(a, s.attr_cap * sizeof *out->attrs);
	s.open[0] = add_node(&s, TAG_HTML, SPAN_NONE);
	s.depth = 1;
	while (s.p < s.end && !out->cut) {
		const char *from = s.p, *lt = s.p;
		for (;; lt++) {
			lt = lt < s.end ? memchr(lt, '<', (size_t)(s.end - lt)) : NULL;
			if (!lt || s.end - lt < 2) {
				lt = s.end;
				break;
			}
			if (is_alpha(lt[1]) || lt[1] == '!' || lt[1] == '?' || (lt[1] == '/' && s.end - lt > 2 && is_alpha(lt[2])))
				break;
		}
		add_text(&s, from, lt);
		s.p = lt;
		if (lt >= s.end)
			break;
		if (lt[1] == '!' || lt[1] == '?')
			s.p = skip_declaration(lt, s.end);
		else
			markup(&s);
	}
	pop_to(&s, 0);
	out->seen = (size_t)(s.p - page.p);
}

struct span html_attr(const struct html *h, uint32_t node, enum html_attr attr)
{
	const struct html_node *x = &h->nodes[node];
	for (const struct html_attribute *v = h->attrs + x->attrs, *end = v + x->n_attrs; v < end; v++)
		if (v->attr == attr)
			return (struct span){v->value, v->len};
	return SPAN_NONE;
}

/* "&#8217;" and its kin at p; the code point, and *used; 0 if it is none. */
static uint32_t numeric_entity(const char *p, const char *end, size_t *used)
{
	const char *from = p;
	bool hex = p + 2 < end && (p[2] | 32) == 'x';
	uint32_t c = 0;
	const char *digits = p += hex ? 3 : 2;
	for (; p < end && p - digits < 8; p++) {
		unsigned d = (unsigned)(*p - '0');
		if (d > 9) {
			d = hex ? (unsigned)((*p | 32) - 'a') + 10 : 99;
			if (d < 10 || d > 15)
				break;
		}
		c = c * (hex ? 16 : 10) + d;
	}
	if (p == digits)
		return 0;
	*used = (size_t)(p - from) + (p < end && *p == ';');
	static const uint16_t cp1252[32] = {0x20AC, 0x20, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x20,
					    0x17D, 0x20, 0x20, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
					    0x153, 0x20, 0x17E, 0x178};
	if (c >= 0x80 && c < 0xA0)
		return cp1252[c - 0x80];
	return c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0xFFFD : c;
}

static uint32_t entity(const char *p, const char *end, size_t *used)
{
	if (end - p >= 3 && p[1] == '#')
		return numeric_entity(p, end, used);
	char name[12];
	size_t n = 0;
	while (n < sizeof name - 1 && p + 1 + n < end && (is_alpha(p[1 + n]) || (p[1 + n] >= '0' && p[1 + n] <= '9')))
		name[n] = p[1 + n], n++;
	name[n] = 0;
	if (!n)
		return 0;
	bool semicolon = p + 1 + n < end && p[1 + n] == ';';
	const htmlEntityDesc *d = htmlEntityLookup((const xmlChar *)name);
	if (!d)
		return strcmp(name, "apos") == 0 ? (*used = n + 1 + semicolon, (uint32_t)'\'') : 0;
	if (!semicolon && d->value > 255)
		return 0; /* "&sub=1" in an address is none */
	*used = n + 1 + semicolon;
	return d->value;
}

static bool put_char(struct str *out, uint32_t c, bool keep_space)
{
	if (c == 0xAD || c == 0x200B || c == 0xFEFF)
		return false; /* soft hyphen and invisible joints */
	if (c == 0xA0 || c < 0x20) {
		if (!keep_space && out->n && out->p[out->n - 1] != ' ' && out->p[out->n - 1] != '\n')
			str_ch(out, ' ');
		else if (keep_space)
			str_ch(out, ' ');
		return false;
	}
	char buf[4];
	str_add(out, buf, utf8_put(buf, c));
	return true;
}

/* Multi-byte white space and invisible characters at p (its length), else 0. */
static size_t odd_space(const char *p, const char *end)
{
	if (end - p >= 2 && p[0] == '\xC2' && (p[1] == '\xA0' || p[1] == '\xAD'))
		return 2;
	if (end - p >= 3 && ((p[0] == '\xE2' && p[1] == '\x80' && (p[2] == '\x8B' || p[2] == '\xA8' || p[2] == '\xA9')) || memcmp(p, "\xEF\xBB\xBF", 3) == 0))
		return 3;
	return 0;
}

static void one_space(struct str *out, bool keep)
{
	if (keep || (out->n && out->p[out->n - 1] != ' ' && out->p[out->n - 1] != '\n'))
		str_ch(out, ' ');
}

bool html_text_add(struct str *out, struct span raw, bool keep_space)
{
	if (!raw.n)
		return false;
	const char *p = raw.p, *end = raw.p + raw.n;
	bool any = false;
	while (p < end) {
		const char *from = p;
		while (p < end && *p != '&' && !is_space(*p) && *p != '\xC2' && *p != '\xE2' && *p != '\xEF' && *p != 0)
			p++;
		if (p > from)
			str_add(out, from, (size_t)(p - from)), any = true;
		if (p >= end)
			break;
		size_t used = 0;
		uint32_t c;
		if (is_space(*p) || *p == 0) {
			if (keep_space && *p == '\n')
				str_ch(out, '\n');
			else
				one_space(out, keep_space);
			p++;
		} else if (*p == '&') {
			if ((c = entity(p, end, &used)) != 0)
				any |= put_char(out, c, keep_space), p += used;
			else
				str_ch(out, *p++), any = true;
		} else if ((used = odd_space(p, end)) != 0) {
			if (used == 2 ? p[1] == '\xA0' : p[0] == '\xE2' && p[2] != '\x8B')
				one_space(out, keep_space);
			p += used;
		} else
			str_ch(out, *p++), any = true;
	}
	return any;
}

struct span html_value(struct arena *a, struct span raw)
{
	struct str s = {0};
	if (raw.n > 4096)
		raw.n = utf8_floor(raw, 4096);
	html_text_add(&s, raw, false);
	struct span v = arena_span(a, span_trim(str_view(&s)));
	str_done(&s);
	return v;
}

struct span html_subtree_text(struct arena *a, const struct html *h, uint32_t node)
{
	struct str s = {0};
	if (h->nodes[node].text.n)
		html_text_add(&s, h->nodes[node].text, false);
	uint32_t block = node; /* the block that the last text stood in */
	for (uint32_t i = node + 1; i < h->nodes[node].end && s.n < 65536; i++) {
		unsigned tag = h->nodes[i].tag;
		if (tag == TAG_TEXT) {
			uint32_t up = h->nodes[i].parent;
			while (up > node && kind_of(h->nodes[up].tag) != B)
				up = h->nodes[up].parent;
			if (up != block)
				one_space(&s, false);
			block = up;
			html_text_add(&s, h->nodes[i].text, false);
		}
		else if (tag == TAG_SVG)
			i = h->nodes[i].end - 1;
		else if (kind_of(tag) == B || tag == TAG_BR)
			one_space(&s, false);
	}
	struct span v = arena_span(a, span_trim(str_view(&s)));
	str_done(&s);
	return v;
}
