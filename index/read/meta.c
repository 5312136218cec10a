/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Titles: the headline that readers see (h1) where the page's other titles agree with it, else OpenGraph's or JSON-LD's; the <title> last, without the
 * site's name behind "|" or " - ". JSON-LD is read with jansson; of all objects in it the first that is an article counts.
 */
#include "index/read/meta.h"

#include "base/json.h"
#include "base/utf8.h"
#include "index/read/inside.h"
#include "index/read/lang.h"

#define LD_BYTES (1u << 20)

static struct span ld_string(struct arena *a, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	if (json_is_array(v))
		v = json_array_get(v, 0);
	if (json_is_object(v)) {
		const json_t *name = json_object_get(v, "name");
		v = name ? name : json_object_get(v, "@value");
	}
	if (!json_is_string(v))
		return SPAN_NONE;
	struct span s = {json_string_value(v), json_string_length(v)};
	return html_value(a, s); /* entities are common in there, too */
}

static bool is_type(const json_t *o, const char *const *types)
{
	const json_t *t = json_object_get(o, "@type");
	size_t n = json_is_array(t) ? json_array_size(t) : 1;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_is_array(t) ? json_array_get(t, i) : t;
		const char *z = json_string_value(one);
		for (size_t k = 0; z && types[k]; k++)
			if (span_ends(span_of(z), types[k]))
				return true;
	}
	return false;
}

static void join_authors(struct arena *a, const json_t *v, struct span *out)
{
	AUTO_STR struct str names = {0};
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	for (size_t i = 0; i < n && i < 20; i++) {
		const json_t *one = json_is_array(v) ? json_array_get(v, i) : v;
		if (json_is_object(one))
			one = json_object_get(one, "name");
		if (json_is_array(one))
			one = json_array_get(one, 0);
		struct span name = json_is_string(one) ? html_value(a, (struct span){json_string_value(one), json_string_length(one)}) : SPAN_NONE;
		if (name.n < 2 || span_istarts(name, "http"))
			continue;
		if (names.n)
			str_z(&names, ", ");
		str_span(&names, name);
	}
	*out = arena_span(a, str_view(&names));
}

static void take_article(struct arena *a, const json_t *o, struct page_meta *m)
{
	if (!m->ld_title.n)
		m->ld_title = ld_string(a, o, "headline");
	if (!m->ld_title.n)
		m->ld_title = ld_string(a, o, "name");
	if (!m->ld_author.n)
		join_authors(a, json_object_get(o, "author"), &m->ld_author);
	if (!m->ld_date.n)
		m->ld_date = ld_string(a, o, "datePublished");
	if (!m->ld_date.n)
		m->ld_date = ld_string(a, o, "dateCreated");
	if (!m->ld_modified.n)
		m->ld_modified = ld_string(a, o, "dateModified");
	if (!m->section.n)
		m->section = ld_string(a, o, "articleSection");
	if (!m->ld_site.n)
		m->ld_site = ld_string(a, o, "publisher");
	if (!m->ld_description.n)
		m->ld_description = ld_string(a, o, "description");
	const json_t *body = json_object_get(o, "articleBody");
	if (json_is_string(body) && !m->ld_body.n)
		m->ld_body = arena_span(a, (struct span){json_string_value(body), json_string_length(body)});
}

/* Home > World > This article: the second one. */
static void take_crumbs(struct arena *a, const json_t *o, struct page_meta *m)
{
	const json_t *list = json_object_get(o, "itemListElement"), *second = json_array_get(list, 1);
	if (m->crumb.n || json_array_size(list) < 3 || !json_is_object(second))
		return;
	m->crumb = ld_string(a, second, "name");
	if (!m->crumb.n)
		m->crumb = ld_string(a, second, "item");
	if (m->crumb.n > 60 || span_istarts(m->crumb, "http"))
		m->crumb = SPAN_NONE;
}

/* Objects, arrays and @graph; article first, any other date as the last resort. */
static void walk_ld(struct arena *a, const json_t *j, struct page_meta *m, int depth)
{
	static const char *const article[] = {"Article", "BlogPosting", "Report", "LiveBlogPosting", "Review", "NewsArticle", "DiscussionForumPosting", "QAPage", "Recipe", "VideoObject", NULL};
	if (depth > 6)
		return;
	if (json_is_array(j)) {
		for (size_t i = 0; i < json_array_size(j) && i < 200; i++)
			walk_ld(a, json_array_get(j, i), m, depth + 1);
		return;
	}
	if (!json_is_object(j))
		return;
	static const char *const crumbs[] = {"BreadcrumbList", NULL};
	if (is_type(j, crumbs))
		take_crumbs(a, j, m);
	if (is_type(j, article))
		take_article(a, j, m);
	else if (!m->ld_any_date.n)
		m->ld_any_date = ld_string(a, j, "datePublished");
	walk_ld(a, json_object_get(j, "@graph"), m, depth + 1);
	walk_ld(a, json_object_get(j, "breadcrumb"), m, depth + 1);
	const json_t *main = json_object_get(j, "mainEntity");
	walk_ld(a, main ? main : json_object_get(j, "mainEntityOfPage"), m, depth + 1);
}

/* What people put into a script as JSON: comments around it, raw newlines in strings. */
static struct span mend(struct arena *a, struct span s)
{
	s = span_trim(s);
	while (s.n && s.p[0] != '{' && s.p[0] != '[')
		s = span_sub(s, 1, s.n);
	while (s.n && s.p[s.n - 1] != '}' && s.p[s.n - 1] != ']')
		s.n--;
	char *out = arena_raw(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		out[i] = (char)((unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
	return (struct span){out, s.n};
}

void meta_read_ld(struct arena *a, struct span json, struct page_meta *m)
{
	if (json.n > LD_BYTES)
		return;
	AUTO_JSON json_t *j = NULL;
	struct span s = mend(a, json);
	int rc;
	size_t n = json_extent(s, 64, &rc); /* whatever follows the first value is left out */
	json_error_t at;
	if (n && (j = json_loadb(s.p, n, JSON_ALLOW_NUL, &at)) != NULL)
		walk_ld(a, j, m, 0);
}

struct meta_name {
	const char *name;
	size_t field;
};
#define FIELD(f) offsetof(struct page_meta, f)
static const struct meta_name meta_names[] = {
	{"og:title", FIELD(og_title)}, {"twitter:title", FIELD(twitter_title)}, {"og:site_name", FIELD(og_site)}, {"application-name", FIELD(og_site)}, {"author", FIELD(meta_author)}, {"article:author_name", FIELD(meta_author)}, {"dc.creator", FIELD(meta_author)}, {"dcterms.creator", FIELD(meta_author)}, {"parsely-author", FIELD(meta_author)}, {"sailthru.author", FIELD(meta_author)}, {"byl", FIELD(meta_author)}, {"citation_author", FIELD(meta_author)},
	{"article:section", FIELD(section)}, {"parsely-section", FIELD(section)}, {"og:url", FIELD(canonical)}, {"dc.title", FIELD(meta_title)}, {"dcterms.title", FIELD(meta_title)}, {"title", FIELD(meta_title)}, {"headline", FIELD(meta_title)}, {"sailthru.title", FIELD(meta_title)}, {"parsely-title", FIELD(meta_title)}, {"citation_title", FIELD(meta_title)}, {"og:type", FIELD(og_type)}, {"description", FIELD(description)}, {"og:description", FIELD(og_description)}, {"og:locale", FIELD(lang)}, {"content-language", FIELD(lang)},
};

static void read_meta(struct arena *a, const struct html *h, uint32_t i, struct page_meta *m)
{
	struct span name = html_attr(h, i, ATTR_PROPERTY);
	if (!name.n)
		name = html_attr(h, i, ATTR_NAME);
	if (!name.n)
		name = html_attr(h, i, ATTR_HTTP_EQUIV);
	struct span content = html_attr(h, i, ATTR_CONTENT);
	if (!name.n || !content.n)
		return;
	for (size_t k = 0; k < sizeof meta_names / sizeof meta_names[0]; k++)
		if (span_ieq(span_trim(name), meta_names[k].name)) {
			struct span *to = (struct span *)(void *)((char *)m + meta_names[k].field);
			if (!to->n)
				*to = html_value(a, content);
		}
}

static bool in_body_text(const struct html *h, uint32_t i) /* not inside an <svg> or a hidden template */
{
	for (int up = 0; i && up < 64; up++, i = h->nodes[i].parent)
		if (h->nodes[i].tag == TAG_SVG || h->nodes[i].tag == TAG_TEMPLATE)
			return false;
	return true;
}

/* Letters and digits alone, in lower case: to compare titles. */
static void fold_plain(struct str *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c & 0x80))
			str_ch(out, c);
		else if (c >= 'A' && c <= 'Z')
			str_ch(out, (char)(c | 32));
	}
}

bool meta_holds(struct span big, struct span small)
{
	AUTO_STR struct str b = {0}, s = {0};
	fold_plain(&b, big);
	fold_plain(&s, small);
	return s.n > 3 && span_find(str_view(&b), str_view(&s)) >= 0;
}

/* Of several: the first that the page's other titles confirm, else the first that is no site's name. */
static void choose_h1(struct page_meta *m)
{
	struct span site = m->og_site.n ? m->og_site : m->ld_site;
	int best = -1;
	for (int i = 0; i < m->n_h1 && best < 0; i++)
		if (meta_holds(m->head_title, m->h1s[i]) || meta_holds(m->og_title, m->h1s[i]) || meta_holds(m->ld_title, m->h1s[i]))
			best = m->h1s[i].n >= 12 && !(site.n && meta_holds(site, m->h1s[i])) ? i : best;
	for (int i = 0; i < m->n_h1 && best < 0; i++)
		if (m->h1s[i].n >= 12 && m->h1s[i].n < 400 && !(site.n && meta_holds(site, m->h1s[i])))
			best = i;
	if (best < 0)
		best = 0;
	m->h1 = m->h1s[best];
	m->h1_node = m->h1_nodes[best];
}

void meta_read(struct arena *a, const struct html *h, struct page_meta *m)
{
	*m = (struct page_meta){.lang = html_value(a, html_attr(h, 0, ATTR_LANG))};
	if (!m->lang.n)
		m->lang = html_value(a, html_attr(h, 0, ATTR_XML_LANG));
	uint32_t scripts = 0;
	for (uint32_t i = 1; i < h->n_nodes; i++) {
		const struct html_node *x = &h->nodes[i];
		switch (x->tag) {
		case TAG_META: read_meta(a, h, i, m); break;
		case TAG_LINK:
			if (span_ieq(html_attr(h, i, ATTR_REL), "canonical") && !m->canonical.n)
				m->canonical = html_value(a, html_attr(h, i, ATTR_HREF));
			break;
		case TAG_TITLE:
			if (!m->head_title.n && in_body_text(h, i))
				m->head_title = html_subtree_text(a, h, i);
			break;
		case TAG_H1:
			if (m->n_h1 < 4 && (m->h1s[m->n_h1] = html_subtree_text(a, h, i)).n)
				m->h1_nodes[m->n_h1++] = i;
			break;
		case TAG_SCRIPT:
			if (span_ifind(html_attr(h, i, ATTR_TYPE), "ld+json") >= 0 && scripts++ < META_LD_MAX)
				meta_read_ld(a, x->text, m);
			break;
		default: break;
		}
	}
	choose_h1(m);
}

/* "Headline | Paper", "Headline - Paper": what stands before the last mark, if enough stands there. */
static struct span without_site(struct span t, struct span site)
{
	static const char *const marks[] = {" | ", " - ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " :: ", " \xC2\xBB ", " \xE2\x80\xA2 ", " \xC2\xB7 ", " // ", "|"};
	for (size_t k = 0; k < sizeof marks / sizeof marks[0]; k++) {
		ptrdiff_t at = -1, next;
		struct span rest = t;
		size_t skipped = 0;
		while ((next = span_find(rest, span_of(marks[k]))) >= 0) {
			at = (ptrdiff_t)skipped + next;
			skipped += (size_t)next + strlen(marks[k]);
			rest = span_sub(t, skipped, t.n);
		}
		if (at < 0)
			continue;
		struct span head = span_trim(span_sub(t, 0, (size_t)at)), tail = span_trim(span_sub(t, (size_t)at + strlen(marks[k]), t.n));
		if (marks[k][1] == '|') /* "Headline | Rubric | Paper" */
			head = without_site(head, site);
		bool named = site.n && (meta_holds(tail, site) || meta_holds(site, tail));
		if (named || (head.n >= 15 && tail.n < head.n && tail.n < 40) || (marks[k][1] == '|' && head.n >= 8))
			return head;
		if (site.n && meta_holds(head, site))
			return tail;
	}
	return t;
}

#define MAX_TITLES 7
struct titles {
	struct span text[MAX_TITLES], plain[MAX_TITLES]; /* plain: folded, for comparison */
	const char *how[MAX_TITLES];
	int n;
};

static void offer_title(struct arena *a, struct titles *t, struct span title, const char *how)
{
	AUTO_STR struct str plain = {0};
	fold_plain(&plain, title);
	if (plain.n < 2)
		return;
	t->text[t->n] = title;
	t->plain[t->n] = arena_span(a, str_view(&plain));
	t->how[t->n++] = how;
}

/* Each candidate is backed by those that say the same, and half by those it begins or ends: most backing wins, the first of equals. */
static int vote_title(const struct titles *t)
{
	int best = 0, most = -1;
	for (int i = 0; i < t->n; i++) {
		int votes = 0;
		for (int k = 0; k < t->n; k++) {
			if (span_eq(t->plain[i], t->plain[k]))
				votes += 2;
			else if (t->plain[i].n >= 12 && t->plain[k].n > t->plain[i].n && span_find(t->plain[k], t->plain[i]) >= 0)
				votes++;
		}
		if (votes > most)
			best = i, most = votes;
	}
	return best;
}

/* What readers see, the h1 at 0; but of "Opinion The headline" and "The headline" the second. */
static int without_label(const struct titles *t)
{
	for (int k = 1; k < t->n; k++)
		if (t->plain[k].n >= 15 && t->plain[k].n < t->plain[0].n && t->plain[k].n + 16 >= t->plain[0].n && memcmp(t->plain[k].p, t->plain[0].p + t->plain[0].n - t->plain[k].n, t->plain[k].n) == 0)
			return k;
	return 0;
}

/* "Headline [Watch]" */
static struct span without_bracket(struct span t)
{
	const char *open = t.n && t.p[t.n - 1] == ']' ? memrchr(t.p, '[', t.n) : NULL;
	size_t n = open ? (size_t)(open - t.p) : 0;
	return n >= 20 && t.n - n <= 16 ? span_trim(span_sub(t, 0, n)) : t;
}

static void choose_title(struct arena *a, const struct page_meta *m, struct document *doc)
{
	struct span site = m->og_site.n ? m->og_site : m->ld_site;
	struct titles t = {.n = 0};
	if (m->h1.n >= 4 && m->h1.n < 400 && !(site.n && meta_holds(site, m->h1)))
		offer_title(a, &t, m->h1, "h1");
	offer_title(a, &t, without_site(m->og_title, site), "og:title");
	offer_title(a, &t, m->ld_title, "json-ld");
	offer_title(a, &t, without_site(m->head_title, site), "title");
	offer_title(a, &t, without_site(m->twitter_title, site), "twitter:title");
	offer_title(a, &t, without_site(m->meta_title, site), "meta");
	if (!t.n || doc->title.n)
		return;
	int i = span_is(span_of(t.how[0]), "h1") && m->h1.n >= 20 ? without_label(&t) : vote_title(&t);
	doc->title = without_bracket(t.text[i]);
	doc->title_how = span_of(t.how[i]);
}

/* "By Ann Lee", "Ann Lee | Reporter" -> the name; addresses and handles are none. */
static struct span tidy_author(struct arena *a, struct span s)
{
	if (span_istarts(s, "http") || (s.n && s.p[0] == '@') || s.n > 200)
		return SPAN_NONE;
	while (s.n && (s.p[0] == ',' || s.p[0] == ' ' || s.p[0] == '|'))
		s = span_sub(s, 1, s.n);
	if (span_istarts(s, "by "))
		s = span_trim(span_sub(s, 3, s.n));
	return clean_value(a, s);
}

void meta_apply(struct arena *a, const struct page_meta *m, struct document *doc)
{
	choose_title(a, m, doc);
	if (!doc->author.n)
		doc->author = tidy_author(a, m->ld_author);
	if (!doc->author.n)
		doc->author = tidy_author(a, m->meta_author);
	if (!doc->site.n)
		doc->site = m->og_site.n ? m->og_site : m->ld_site;
	if (!doc->section.n)
		doc->section = m->section.n ? m->section : m->crumb;
	if (!doc->url.n && span_istarts(m->canonical, "http"))
		doc->url = m->canonical;
	if (!doc->lang.n)
		doc->lang = lang_tag(a, m->lang);
}
