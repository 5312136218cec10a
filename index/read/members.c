/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields by the many names that dumps give them (members.def), and how their values become parts of a document. */
#include "index/read/datetext.h"
#include "index/read/inside.h"

#include "base/str.h"
#include "base/utf8.h"
#include "index/read/lang.h"

static const struct member_name names[] = {
#define MEMBER(field, rank, name) {FIELD_##field, rank, name},
#include "index/read/members.def"
#undef MEMBER
};

const struct member_name *member_find(struct span name)
{
	char key[24];
	size_t n = 0;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c == '_' || c == '-' || c == ' ' || c == ':')
			continue;
		if (n == sizeof key)
			return NULL;
		key[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_eq((struct span){key, n}, span_of(names[i].name)))
			return &names[i];
	return NULL;
}

void members_init(struct member_set *m)
{
	*m = (struct member_set){0};
	memset(m->rank, 255, sizeof m->rank);
}

void members_offer(struct member_set *m, const struct member_name *name, struct span value)
{
	if (!value.n && value.p && !m->value[name->field].p)
		m->value[name->field] = value; /* given, and empty: any other name for it goes before */
	if (!value.n || name->rank >= m->rank[name->field])
		return;
	m->value[name->field] = value;
	m->rank[name->field] = name->rank;
}

struct span clean_value(struct arena *a, struct span s)
{
	bool plain = s.n <= 4096;
	for (size_t i = 0; i < s.n && plain; i++)
		plain = s.p[i] >= ' ' && s.p[i] < 0x7F;
	if (plain)
		return span_trim(s);
	if (s.n > 16384)
		s.n = utf8_floor(s, 16384);
	struct str t = {0};
	utf8_repair(&t, s);
	for (size_t i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] < ' ' || t.p[i] == 0x7F)
			t.p[i] = ' ';
		else if (t.p[i] == '\xC2' && i + 1 < t.n && (unsigned char)t.p[i + 1] < 0xA0)
			t.p[i] = t.p[i + 1] = ' ';
	struct span v = span_trim(str_view(&t));
	if (v.n > 4096)
		v.n = utf8_floor(v, 4096);
	v = arena_span(a, v);
	str_done(&t);
	return v;
}

bool looks_like_html(struct span t)
{
	static const char *const marks[] = {"<p>", "<p ", "</p>", "<br", "<div", "<html", "<!doctype html", "<body", "<a href", "</a>", "<span", "<ul>", "<h1", "<h2", "<strong>", "<em>", "<img ", "<article", "<table"};
	struct span head = {t.p, t.n < 20000 ? t.n : 20000};
	for (size_t i = 0; i < head.n;) {
		const char *lt = memchr(head.p + i, '<', head.n - i);
		if (!lt)
			return false;
		i = (size_t)(lt - head.p);
		for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++)
			if (span_istarts(span_sub(head, i, head.n), marks[k]))
				return true;
		i++;
	}
	return false;
}

/* Seconds since 1970, as some dumps have it; milliseconds too. */
static bool epoch_day(struct span v, struct interval *out)
{
	uint64_t t;
	struct span whole = v;
	const char *dot = memchr(v.p, '.', v.n);
	if (dot)
		whole.n = (size_t)(dot - v.p);
	if (whole.n < 9 || whole.n > 13 || !span_to_u64(whole, &t))
		return false;
	if (whole.n >= 12)
		t /= 1000;
	if (t > 4102444800u) /* 2100 */
		return false;
	day_t d = (day_t)(t / 86400);
	*out = (struct interval){d, d, PREC_DAY};
	return true;
}

static void apply_date(struct arena *a, struct span value, struct document *doc)
{
	struct interval i;
	if (!value.n || (!epoch_day(value, &i) && !date_value(value, ORDER_MDY, &i)))
		return (void)(doc->unread_date = value); /* unknown */
	doc->published = (struct when){i, 100, false, "given"};
	doc->dates = arena_new(a, struct when);
	doc->dates[0] = doc->published;
	doc->n_dates = 1;
}

void members_apply(struct arena *a, const struct member_set *m, struct document *doc)
{
	const struct span *v = m->value;
	if (v[FIELD_ID].n)
		doc->id = id_given(a, v[FIELD_ID]);
	if (v[FIELD_SOURCE].n)
		doc->source = clean_value(a, v[FIELD_SOURCE]);
	doc->url = clean_value(a, v[FIELD_URL]);
	doc->site = clean_value(a, v[FIELD_SITE]);
	doc->section = clean_value(a, v[FIELD_SECTION]);
	doc->author = clean_value(a, v[FIELD_AUTHOR]);
	doc->title = clean_value(a, v[FIELD_TITLE]);
	doc->lang = lang_tag(a, v[FIELD_LANG]);
	if (doc->title.n)
		doc->title_how = SPAN("given");
	apply_date(a, v[FIELD_PUBLISHED], doc);
	bool html = v[FIELD_HTML].n && (!v[FIELD_TEXT].n || m->rank[FIELD_HTML] < m->rank[FIELD_TEXT] || m->rank[FIELD_TEXT] >= 8);
	doc->body = html ? v[FIELD_HTML] : v[FIELD_TEXT];
	doc->body_kind = html || (m->rank[FIELD_TEXT] > 0 && looks_like_html(doc->body)) ? BODY_HTML : BODY_TEXT;
}
