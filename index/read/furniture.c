/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Class names are cut into words, the words are looked up one by one and in pairs and triples joined by "+". A word counts only if it carries the name:
 * "has-sidebar" or "article-with-comments" say something about something else.
 */
#include "index/read/furniture.h"

#include "index/document.h"

static const struct row {
	const char *word;
	uint8_t len, why;
} rows[] = {
#define WORD(reason, word) {word, sizeof(word) - 1, DROP_##reason},
#include "index/read/furniture.def"
#undef WORD
};
#define N_ROWS (sizeof rows / sizeof rows[0])
#define SLOTS 2048u

static struct {
	bool ready;
	uint16_t slot[SLOTS];
} table;

static uint32_t hash_word(const char *p, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ^ h >> 15;
}

static void make_table(void)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		uint32_t h = hash_word(rows[i].word, rows[i].len);
		while (table.slot[h & (SLOTS - 1)])
			h++;
		table.slot[h & (SLOTS - 1)] = (uint16_t)(i + 1);
	}
	table.ready = true;
}

static uint8_t find_word(const char *p, size_t n)
{
	for (uint32_t h = hash_word(p, n); table.slot[h & (SLOTS - 1)]; h++) {
		const struct row *r = &rows[table.slot[h & (SLOTS - 1)] - 1];
		if (r->len == n && memcmp(r->word, p, n) == 0)
			return r->why;
	}
	return DROP_COUNT_;
}

#define MAX_WORDS 8u
struct words {
	char buf[96]; /* "read+more+link" */
	size_t n, start[MAX_WORDS + 1], count;
};

static bool lower(char c) { return c >= 'a' && c <= 'z'; }
static bool upper(char c) { return c >= 'A' && c <= 'Z'; }

/* Cuts one class name into words: "readMore-link2" -> read+more+link2. */
static void cut_words(struct words *w, struct span name)
{
	w->n = w->count = 0;
	for (size_t i = 0; i < name.n && w->n + 2 < sizeof w->buf; i++) {
		char c = name.p[i];
		bool letter = lower(c) || upper(c) || (c >= '0' && c <= '9');
		bool begins = letter && (i == 0 || w->buf[w->n ? w->n - 1 : 0] == '+' || w->n == 0 || (upper(c) && lower(name.p[i - 1])));
		if (begins) {
			if (w->count == MAX_WORDS)
				break;
			if (w->n && w->buf[w->n - 1] != '+')
				w->buf[w->n++] = '+';
			w->start[w->count++] = w->n;
		}
		if (letter)
			w->buf[w->n++] = (char)(upper(c) ? c | 32 : c);
		else if (w->n && w->buf[w->n - 1] != '+')
			w->buf[w->n++] = '+';
	}
	if (w->n && w->buf[w->n - 1] == '+')
		w->n--;
	w->start[w->count] = w->n + 1;
}

/* "has-sidebar", "page-w-sidebar": about another element. Is the word at i such a link? */
static bool is_relation_word(const struct words *w, size_t i)
{
	static const char *const heads[] = {"has", "no", "with", "w", "is", "js", "without", "not", "hide", "show", "enable", "non", "single"};
	size_t n = i < w->count ? w->start[i + 1] - 1 - w->start[i] : 0;
	for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++)
		if (n == strlen(heads[k]) && memcmp(w->buf + w->start[i], heads[k], n) == 0)
			return true;
	return false;
}

static bool is_relation(const struct words *w) { return is_relation_word(w, 0); }

static uint8_t judge_name(struct span name)
{
	struct words w;
	if (name.n > 80)
		return DROP_COUNT_;
	cut_words(&w, name);
	if (!w.count || is_relation(&w))
		return DROP_COUNT_;
	for (size_t len = w.count < 3 ? w.count : 3; len > 0; len--)
		for (size_t i = 0; i + len <= w.count; i++) {
			uint8_t why = find_word(w.buf + w.start[i], w.start[i + len] - 1 - w.start[i]);
			bool part = why == DROP_HIDDEN && len == 1 && w.count > 1; /* "label-hidden", "hidden-xs": not of the whole */
			if (why != DROP_COUNT_ && !part && !(i > 0 && is_relation_word(&w, i - 1)))
				return why;
		}
	return DROP_COUNT_;
}

static uint8_t judge_names(struct span names)
{
	struct span one;
	for (int n = 0; n < 24 && span_cut(&names, ' ', &one); n++) {
		uint8_t why = one.n > 1 ? judge_name(one) : DROP_COUNT_;
		if (why != DROP_COUNT_)
			return why;
	}
	return DROP_COUNT_;
}

static bool is_hidden(const struct html *h, uint32_t node)
{
	struct span style = html_attr(h, node, ATTR_STYLE);
	if (style.n && (span_ifind(style, "display:none") >= 0 || span_ifind(style, "display: none") >= 0 || span_ifind(style, "visibility:hidden") >= 0))
		return true;
	return html_attr(h, node, ATTR_HIDDEN).p != NULL || span_is(html_attr(h, node, ATTR_ARIA_HIDDEN), "true");
}

static uint8_t by_tag(unsigned tag)
{
	switch (tag) {
	case TAG_NAV:
	case TAG_MENU:
	case TAG_ASIDE:
	case TAG_FOOTER: return DROP_NAVIGATION;
	case TAG_FIGCAPTION:
	case TAG_FIGURE: return DROP_CAPTION;
	case TAG_BUTTON:
	case TAG_SELECT:
	case TAG_TEXTAREA:
	case TAG_OPTION:
	case TAG_LABEL:
	case TAG_DIALOG: return DROP_OTHER;
	default: return DROP_COUNT_;
	}
}

uint8_t furniture_of(const struct html *h, uint32_t node)
{
	const struct html_node *x = &h->nodes[node];
	uint8_t tag = by_tag(x->tag);
	if (!x->n_attrs || x->tag == TAG_HTML || x->tag == TAG_BODY || x->tag == TAG_MAIN || (tag != DROP_COUNT_ && tag != DROP_NAVIGATION))
		return tag;
	if (!table.ready)
		make_table();
	if (is_hidden(h, node))
		return DROP_HIDDEN;
	struct span role = html_attr(h, node, ATTR_ROLE);
	if (role.n && judge_names(role) == DROP_NAVIGATION)
		return DROP_NAVIGATION;
	uint8_t why = judge_names(html_attr(h, node, ATTR_CLASS));
	if (why == DROP_COUNT_)
		why = judge_names(html_attr(h, node, ATTR_ID));
	if (why == DROP_COUNT_)
		why = judge_names(html_attr(h, node, ATTR_DATA_TESTID));
	return why == DROP_COUNT_ ? tag : why;
}

int furniture_is_body(const struct html *h, uint32_t node)
{
	static const char *const sure[] = {"article+body", "articlebody", "article+content", "articlecontent", "story+body", "storybody", "entry+content", "post+content", "postcontent", "article+text", "articletext", "story+content", "post+body", "article+main", "body+content", "story+text", "content+body", "article+copy", "body+copy", "bodycopy", "news+content", "article+paragraphs", "caas+body", "article+page", "entry+body", "artikel+text", "articulo+cuerpo", "content+article", "richtext", "rich+text"};
	static const char *const perhaps[] = {"article", "story", "content", "entry", "post", "main", "body", "text", "artikel"};
	const struct html_node *x = &h->nodes[node];
	if (!x->n_attrs)
		return x->tag == TAG_ARTICLE || x->tag == TAG_MAIN;
	struct span prop = html_attr(h, node, ATTR_ITEMPROP);
	if (span_ifind(prop, "articleBody") >= 0 || span_is(prop, "reviewBody"))
		return 2;
	int best = x->tag == TAG_ARTICLE || x->tag == TAG_MAIN;
	enum html_attr from[] = {ATTR_CLASS, ATTR_ID, ATTR_DATA_TESTID};
	for (size_t f = 0; f < 3; f++) {
		struct span names = html_attr(h, node, from[f]), one;
		for (int n = 0; n < 24 && span_cut(&names, ' ', &one); n++) {
			struct words w;
			if (one.n > 80)
				continue;
			cut_words(&w, one);
			if (is_relation(&w))
				continue;
			struct span key = {w.buf, w.n};
			for (size_t i = 0; i < sizeof sure / sizeof sure[0]; i++)
				if (span_find(key, span_of(sure[i])) >= 0)
					return 2;
			for (size_t i = 0; i < sizeof perhaps / sizeof perhaps[0] && !best; i++)
				best = w.count && span_is(span_sub(key, 0, w.start[1] - 1), perhaps[i]);
		}
	}
	return best;
}

/* Is one of the joined words in the class names or the id? */
static bool says(const struct html *h, uint32_t node, const char *const *any)
{
	const enum html_attr from[] = {ATTR_CLASS, ATTR_ID, ATTR_DATA_TESTID, ATTR_ITEMPROP};
	for (size_t f = 0; f < 4; f++) {
		struct span names = html_attr(h, node, from[f]), one;
		for (int n = 0; n < 24 && span_cut(&names, ' ', &one); n++) {
			struct words w;
			if (one.n > 80)
				continue;
			cut_words(&w, one);
			for (size_t len = 1; len <= 2 && len <= w.count; len++)
				for (size_t i = 0; i + len <= w.count; i++)
					for (size_t k = 0; any[k]; k++)
						if (span_is((struct span){w.buf + w.start[i], w.start[i + len] - 1 - w.start[i]}, any[k]))
							return true;
		}
	}
	return false;
}

bool furniture_is_standfirst(const struct html *h, uint32_t node)
{
	static const char *const any[] = {"standfirst", "dek", "deck", "subtitle", "sub+title", "subheadline", "sub+headline", "subhead", "strapline", "article+summary", "summary", "lede", "lead", "intro", "excerpt", "description", "teaser+text", "subheading", "sub+heading", "vorspann", "chapo", "chapeau", "bajada", "occhiello", "sommario", "entradilla", "abstract", NULL};
	return h->nodes[node].n_attrs && says(h, node, any);
}

bool furniture_is_premium(const struct html *h, uint32_t node)
{
	static const char *const any[] = {"subscriber", "subscribers", "premium", "paywall", "paid", "paywalled", "locked", NULL};
	return h->nodes[node].n_attrs && says(h, node, any);
}
