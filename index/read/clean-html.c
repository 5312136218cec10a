/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The article out of a web page, by rules that can be read in one sitting:
 *
 *	1 measure   for each element: bytes of text, of text in links, of paragraphs below it
 *	2 furniture elements that say what they are (furniture.def, tags, hidden), unless most of the page's paragraphs are in them
 *	3 container from the body down, as long as one child holds nearly all paragraphs; an element that says it is the article's body wins
 *	4 blocks    the container's paragraphs, headings, items, quotes in order; each judged by links, phrases (cues.def) and company
 *
 * From Readability: the score of a paragraph goes up to what holds it. From boilerpipe and jusText: links and length of a block and of
 * its neighbours tell text from lists. From trafilatura: names of elements that hold articles and names of those that never do.
 */
#include "index/read/clean.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "index/read/furniture.h"
#include "index/read/lang.h"
#include "index/read/meta.h"

struct page {
	struct arena *arena;
	struct html h;
	uint32_t *text, *links, *prose; /* by node: bytes below it */
	uint8_t *why;                   /* by node: reason of the furniture it is or stands in, or KEEP */
	uint32_t container;
	struct page_meta meta;
};

static bool never_text(unsigned tag)
{
	return tag == TAG_SCRIPT || tag == TAG_STYLE || tag == TAG_NOSCRIPT || tag == TAG_TEMPLATE || tag == TAG_SVG || tag == TAG_IFRAME || tag == TAG_OBJECT || tag == TAG_HEAD || tag == TAG_CANVAS ||
	       tag == TAG_NOFRAMES || tag == TAG_TEXTAREA || tag == TAG_SELECT || tag == TAG_TITLE || tag == TAG_AUDIO || tag == TAG_VIDEO;
}

static uint32_t visible_bytes(struct span s)
{
	uint32_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] > ' ';
	return n;
}

/* Is the direct text of this element a paragraph? Elements that hold running text without inner blocks. */
static bool holds_paragraph(unsigned tag)
{
	return tag == TAG_P || tag == TAG_DIV || tag == TAG_LI || tag == TAG_BLOCKQUOTE || tag == TAG_PRE || tag == TAG_TD || tag == TAG_SECTION || tag == TAG_ARTICLE || tag == TAG_DD || tag == TAG_OTHER || tag == TAG_BODY || tag == TAG_CENTER;
}

static void measure(struct page *p)
{
	uint32_t n = p->h.n_nodes;
	AUTO_FREE uint32_t *own = mem_alloc(n * sizeof *own), *own_links = NULL; /* text that is the element's own, inline elements included */
	own_links = mem_alloc(n * sizeof *own_links);
	for (uint32_t i = n; i-- > 1;) {
		const struct html_node *x = &p->h.nodes[i];
		if (x->tag == TAG_TEXT) {
			p->text[i] = visible_bytes(x->text);
			own[i] = p->text[i];
		}
		if (never_text(x->tag))
			continue;
		if (x->tag == TAG_A)
			p->links[i] = p->text[i], own_links[i] = own[i];
		if (holds_paragraph(x->tag) && own[i] >= 60 && own_links[i] * 2 < own[i])
			p->prose[i] += own[i];
		p->text[x->parent] += p->text[i];
		p->links[x->parent] += p->links[i];
		p->prose[x->parent] += p->prose[i];
		if (!html_is_block((enum html_tag)x->tag) && !(x->tag == TAG_OTHER && own[i] >= 60)) {
			own[x->parent] += own[i];
			own_links[x->parent] += own_links[i];
		}
	}
}

/*
 * Paragraphs that only bear a name of furniture: "paywall" and hidden ones are the part of an article for subscribers, and a paragraph of words without
 * links is one whatever its class.
 */
static bool really_text(const struct page *p, uint32_t i, uint8_t why)
{
	unsigned tag = p->h.nodes[i].tag;
	if (p->links[i] * 4 >= p->text[i])
		return false;
	if (tag == TAG_P && p->text[i] > 80)
		return why == DROP_SUBSCRIBE || why == DROP_HIDDEN || why == DROP_RELATED || why == DROP_ADVERT || why == DROP_NAVIGATION;
	return (why == DROP_SUBSCRIBE || why == DROP_HIDDEN) && furniture_is_premium(&p->h, i);
}

/* Furniture, from the top down; what holds most of the page's paragraphs is none, whatever it is called. */
static void mark_furniture(struct page *p)
{
	uint32_t total = p->prose[0];
	p->why[0] = KEEP;
	AUTO_FREE uint32_t *body = mem_alloc(p->h.n_nodes * sizeof *body); /* paragraphs in the biggest element below that says it is the article's body */
	for (uint32_t i = p->h.n_nodes; i-- > 1;) {
		if (p->prose[i] * 5 > total && p->prose[i] > body[i] && p->h.nodes[i].tag != TAG_TEXT && furniture_is_body(&p->h, i) == 2)
			body[i] = p->prose[i];
		uint32_t parent = p->h.nodes[i].parent;
		body[parent] = body[i] > body[parent] ? body[i] : body[parent];
	}
	for (uint32_t i = 1; i < p->h.n_nodes; i++) {
		const struct html_node *x = &p->h.nodes[i];
		p->why[i] = p->why[x->parent];
		if (p->why[i] != KEEP || x->tag == TAG_TEXT)
			continue;
		if (never_text(x->tag)) {
			p->why[i] = DROP_HIDDEN;
			continue;
		}
		uint8_t why = furniture_of(&p->h, i);
		if (why != KEEP && (p->prose[i] * 2 <= total || total == 0) && !body[i] && !really_text(p, i, why))
			p->why[i] = why;
	}
	for (uint32_t i = p->h.n_nodes; i-- > 1;) { /* paragraphs in furniture do not count */
		uint32_t parent = p->h.nodes[i].parent;
		if (p->why[i] != KEEP && p->why[parent] == KEEP && p->prose[i])
			for (uint32_t up = parent, lost = p->prose[i];; up = p->h.nodes[up].parent) {
				p->prose[up] -= lost < p->prose[up] ? lost : p->prose[up];
				if (up == 0)
					break;
			}
	}
}

static bool holds_node(const struct page *p, uint32_t outer, uint32_t inner) { return inner >= outer && inner < p->h.nodes[outer].end; }

/* How much an element's word for itself multiplies its paragraphs, in tenths. */
static uint32_t weight_of(const struct page *p, uint32_t i)
{
	unsigned tag = p->h.nodes[i].tag;
	if (tag == TAG_TEXT || !(html_is_block((enum html_tag)tag) || tag == TAG_OTHER))
		return 0;
	int said = furniture_is_body(&p->h, i);
	if (said == 2)
		return 25;
	if (tag == TAG_ARTICLE)
		return p->meta.h1_node && holds_node(p, i, p->meta.h1_node) ? 20 : 15;
	return tag == TAG_MAIN ? 12 : 0;
}

/* The element with the best claim: paragraphs times word; of several articles on a page the first that comes near the best. */
static uint32_t said_body(const struct page *p)
{
	uint64_t best = 0, score;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 1; i < p->h.n_nodes; i++) {
			if (p->why[i] != KEEP || p->prose[i] < 100)
				continue;
			score = (uint64_t)p->prose[i] * weight_of(p, i);
			if (round == 0 && score > best)
				best = score;
			if (round == 1 && score * 2 >= best && score >= (uint64_t)p->prose[0] * 6)
				return i;
		}
	return 0;
}

/* An <article> often holds an element that says it is the body: then that is it, if most paragraphs are in there. */
static uint32_t inner_body(const struct page *p, uint32_t body)
{
	for (uint32_t i = body; i < p->h.nodes[body].end; i++)
		if (p->why[i] == KEEP && p->prose[i] * 10 >= p->prose[body] * 6 && weight_of(p, i) == 25)
			return i;
	return 0;
}

static uint32_t words_of(const struct page *p, uint32_t i) { return p->text[i] - p->links[i]; }

/* From here down, as long as one child holds nearly all paragraphs. */
static uint32_t descend(const struct page *p, uint32_t from)
{
	for (uint32_t at = from;;) {
		uint32_t next = 0;
		for (uint32_t c = at + 1; c < p->h.nodes[at].end; c = p->h.nodes[c].end) {
			if (p->why[c] != KEEP || p->h.nodes[c].tag == TAG_TEXT)
				continue;
			if (p->prose[c] * 10 >= p->prose[at] * 9 && p->prose[c] > 0 && (!from || words_of(p, c) * 10 >= words_of(p, at) * 8))
				next = c;
		}
		if (!next || p->h.nodes[next].tag == TAG_P || !(html_is_block((enum html_tag)p->h.nodes[next].tag) || p->h.nodes[next].tag == TAG_OTHER))
			return at;
		at = next;
	}
}

static void find_container(struct page *p)
{
	uint32_t body = said_body(p), inner = body ? inner_body(p, body) : 0;
	p->container = inner ? inner : descend(p, body);
}

/* --- blocks --------------------------------------------------------------- */

#define HOPELESS 4 /* times the limit of its text: so much of what is in a container is not dropped */

struct gather {
	struct page *p;
	struct blocks *b;
	struct str text;
	struct span only; /* the page's own bytes, if the block is one piece of them so far */
	uint32_t links;
	uint8_t kind, why;
	bool inside; /* the container */
	bool standfirst;
};

static void flush(struct gather *g)
{
	struct span t = span_trim(str_view(&g->text));
	struct blocks *b = g->b;
	*(g->why == KEEP ? &b->kept : &b->dropped) += t.n;
	if (t.n && (g->why == KEEP ? b->kept <= b->text_bytes * HOPELESS : b->dropped <= b->text_bytes)) {
		struct block *last = b->n ? &b->v[b->n - 1] : NULL;
		bool joins = last && !g->inside && !g->standfirst && !last->standfirst && g->why != KEEP && last->why == g->why && last->text.n < 2000 && last->kind == KIND_TEXT;
		if (joins) {
			last->text = arena_printf(g->p->arena, "%.*s\n%.*s", SPAN_ARG(last->text), SPAN_ARG(t));
		} else {
			*arena_push(g->p->arena, b->v, b->n, b->cap) =
				(struct block){.text = span_eq(span_trim(g->only), t) ? span_trim(g->only) : arena_span(g->p->arena, t), .why = g->why, .kind = g->why == KEEP ? g->kind : KIND_TEXT, .links = g->links, .standfirst = g->standfirst};
		}
	}
	str_clear(&g->text);
	g->only = SPAN_NONE;
	g->links = 0;
}

static uint8_t kind_of_tag(unsigned tag, uint8_t around)
{
	if (tag >= TAG_H1 && tag <= TAG_H6)
		return KIND_HEADING;
	switch (tag) {
	case TAG_LI:
	case TAG_DD:
	case TAG_DT: return KIND_ITEM;
	case TAG_BLOCKQUOTE: return KIND_QUOTE;
	case TAG_TR: return KIND_ROW;
	case TAG_PRE: return KIND_PRE;
	case TAG_P:
	case TAG_DIV: return around == KIND_HEADING || around == KIND_ROW ? KIND_TEXT : around;
	default: return around;
	}
}

static void add_text(struct gather *g, const struct html_node *x, bool in_link)
{
	size_t before = g->text.n;
	g->only = before ? SPAN_NONE : x->text;
	html_text_add(&g->text, x->text, g->kind == KIND_PRE);
	if (in_link)
		g->links += (uint32_t)(g->text.n - before);
}

static void line_break(struct gather *g)
{
	while (g->text.n && g->text.p[g->text.n - 1] == ' ')
		g->text.n--;
	if (g->text.n && g->text.p[g->text.n - 1] == '\n')
		flush(g);
	else if (g->text.n)
		str_ch(&g->text, '\n');
}

struct level {
	uint32_t end;
	uint8_t kind;
	bool block, link, standfirst;
};

static void gather_blocks(struct page *p, struct blocks *b)
{
	struct gather g = {.p = p, .b = b, .kind = KIND_TEXT, .why = DROP_OTHER};
	struct level stack[HTML_MAX_DEPTH + 2];
	uint32_t depth = 0, in_links = 0, container_end = p->h.nodes[p->container].end;
	for (uint32_t i = 1; i <= p->h.n_nodes; i++) {
		while (depth && stack[depth - 1].end <= i) {
			depth--;
			in_links -= stack[depth].link;
			if (stack[depth].block)
				flush(&g);
			g.kind = depth ? stack[depth - 1].kind : KIND_TEXT;
			g.standfirst = depth && stack[depth - 1].standfirst;
		}
		if (i == p->h.n_nodes)
			break;
		const struct html_node *x = &p->h.nodes[i];
		if (never_text(x->tag)) {
			i = x->end - 1;
			continue;
		}
		bool inside = i >= p->container && i < container_end;
		uint8_t why = p->why[i] != KEEP ? p->why[i] : inside ? KEEP : DROP_OTHER;
		if (inside != g.inside || why != g.why) {
			if (!(why == KEEP && g.why == KEEP))
				flush(&g);
			g.inside = inside, g.why = why;
		}
		if (x->tag == TAG_TEXT) {
			add_text(&g, x, in_links > 0);
			continue;
		}
		if (x->tag == TAG_BR) {
			line_break(&g);
			continue;
		}
		bool cell = x->tag == TAG_TD || x->tag == TAG_TH, block = html_is_block((enum html_tag)x->tag) && !(cell && g.text.n < 100);
		if (block || x->tag == TAG_HR)
			flush(&g);
		else if (cell)
			html_text_add(&g.text, SPAN(" "), false);
		if (x->end > i + 1 && depth < HTML_MAX_DEPTH + 1) {
			g.kind = block ? kind_of_tag(x->tag, g.kind) : g.kind;
			g.standfirst |= block && !inside && p->text[i] < 600 && furniture_is_standfirst(&p->h, i);
			stack[depth++] = (struct level){x->end, g.kind, block, x->tag == TAG_A, g.standfirst};
			in_links += x->tag == TAG_A;
		}
	}
	flush(&g);
	str_done(&g.text);
}

static bool mostly_links(const struct block *x) { return x->links * 10 > x->text.n * 6; }

static void judge_block(struct document *doc, struct span h1, struct block *x)
{
	struct look l = look_at(x->text);
	x->cue = cue_find(x->text);
	x->prose = !x->cue && x->kind != KIND_HEADING && look_is_prose(x->text, &l) && !mostly_links(x);
	if (x->why != KEEP)
		return;
	if (x->cue && x->cue->reach == REACH_ONE)
		x->why = x->cue->why;
	else if (mostly_links(x) && (x->kind == KIND_ITEM || x->kind == KIND_TEXT) && !(l.ends_sentence && l.words > 12 && x->links * 10 < x->text.n * 9))
		x->why = DROP_LINKS;
	else if (span_eq(x->text, doc->title) || (x->kind == KIND_HEADING && span_eq(x->text, h1)))
		x->why = DROP_TITLE;
	else if ((x->text.n <= 200 && look_is_contact(x->text)) || span_starts(x->text, "<a href=") || span_starts(x->text, "<script") || span_starts(x->text, "<iframe"))
		x->why = DROP_LINKS;
}

/* A line that the page gives as its description, or that stands under a name like "standfirst": it belongs to the article wherever it stands. */
static bool is_standfirst(const struct page *p, const struct block *x)
{
	const struct span *said[] = {&p->meta.description, &p->meta.og_description, &p->meta.ld_description};
	if (x->text.n < 30 || x->text.n > 600 || x->links * 2 > x->text.n)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (said[i]->n >= 30 && (meta_holds(*said[i], x->text) || (x->text.n > 50 && said[i]->n > 50 && memcmp(said[i]->p, x->text.p, 50) == 0)))
			return true;
	return x->standfirst;
}

static void rescue_standfirst(const struct page *p, const struct document *doc, struct blocks *b)
{
	size_t first = 0;
	while (first < b->n && !(b->v[first].why == KEEP && b->v[first].prose))
		first++;
	for (size_t i = 0; i < first; i++) {
		struct block *x = &b->v[i];
		if (x->why != KEEP && x->why != DROP_HIDDEN && x->why != DROP_COMMENTS && is_standfirst(p, x) && !span_eq(x->text, doc->title)) {
			x->why = KEEP;
			return;
		}
	}
}

/* A heading that is a link, with no paragraph of its own below it: the title of another page. */
static void drop_linked_headings(struct blocks *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct block *x = &b->v[i];
		bool followed = i + 1 < b->n && b->v[i + 1].why == KEEP && b->v[i + 1].prose && b->v[i + 1].links * 4 < b->v[i + 1].text.n;
		if (x->why == KEEP && x->kind == KIND_HEADING && x->links * 10 > x->text.n * 8 && !followed)
			x->why = DROP_LINKS;
	}
}

/* "Ann Lee covers courts for the Herald." at the end: who wrote it, not what. */
static void drop_author_note(const struct document *doc, struct blocks *b)
{
	static const char *const verbs[] = {" is a ", " is an ", " is the ", " writes ", " covers ", " reports ", " has covered ", " has been ", " joined ", " is based ", " was a "};
	size_t n = 0, seen = 0;
	while (n < doc->author.n && doc->author.p[n] != ',' && doc->author.p[n] != '&' && !(doc->author.p[n] == ' ' && span_starts(span_sub(doc->author, n, doc->author.n), " and ")))
		n++;
	if (n < 5 || n > 60)
		return;
	char name[64];
	memcpy(name, doc->author.p, n);
	name[n] = 0;
	for (size_t i = b->n; i-- > 0 && seen < 6;) {
		struct block *x = &b->v[i];
		if (x->why != KEEP)
			continue;
		seen++;
		if (x->text.n > 700 || !span_starts(x->text, name))
			continue;
		struct span rest = {x->text.p + n, x->text.n - n < 60 ? x->text.n - n : 60};
		for (size_t k = 0; k < sizeof verbs / sizeof verbs[0]; k++)
			if (span_find(rest, span_of(verbs[k])) >= 0)
				x->why = DROP_AUTHOR_BOX;
	}
}

/* The same paragraph twice on a page: once for wide and once for narrow screens, or as a pulled quote. */
static void drop_repeats(struct arena *a, struct blocks *b)
{
	size_t slots = 64;
	while (slots < b->n * 2)
		slots *= 2;
	uint64_t *seen = arena_array(a, uint64_t, slots);
	for (size_t i = 0; i < b->n; i++) {
		struct block *x = &b->v[i];
		if (x->why != KEEP || x->text.n < 60)
			continue;
		uint64_t h = span_hash(x->text) | 1;
		size_t k = h & (slots - 1);
		while (seen[k] && seen[k] != h)
			k = (k + 1) & (slots - 1);
		if (seen[k] == h)
			x->why = DROP_OTHER;
		seen[k] = h;
	}
}

/* Before the first paragraph: bylines and other short lines; after the last: headings, items and short lines that lead nowhere. */
static bool leads_nowhere(const struct blocks *b, size_t i)
{
	const struct block *x = &b->v[i];
	struct look l = look_at(x->text);
	if (x->kind == KIND_HEADING)
		return !(i + 1 < b->n && b->v[i + 1].why == KEEP && b->v[i + 1].kind != KIND_HEADING && b->v[i + 1].text.n > 40);
	return x->kind == KIND_TEXT && x->text.n < 60 && !l.ends_sentence && !l.mark_at_end;
}

static void judge_ends(struct document *doc, struct blocks *b)
{
	size_t first = 0, last = b->n;
	while (first < b->n && !(b->v[first].why == KEEP && b->v[first].prose))
		first++;
	if (first == b->n)
		return;
	while (last > first && !(b->v[last - 1].why == KEEP && b->v[last - 1].prose))
		last--;
	for (size_t i = 0; i < first; i++) {
		struct block *x = &b->v[i];
		if (x->why != KEEP)
			continue;
		struct span names = look_byline(x->text);
		struct look l = look_at(x->text);
		if (names.n) {
			x->why = DROP_BYLINE;
			if (!doc->author.n)
				doc->author = names;
		} else if (x->text.n < 60 && !l.ends_sentence)
			x->why = DROP_OTHER;
	}
	for (size_t i = last; i < b->n; i++)
		if (b->v[i].why == KEEP && leads_nowhere(b, i))
			b->v[i].why = DROP_OTHER;
}

/* What the text is written in outweighs what the page declares: publishing programs say "en-US" of everything. */
static void choose_lang(struct document *doc)
{
	struct span heard = lang_detect(doc->text);
	if (heard.n && !(doc->lang.n >= heard.n && memcmp(doc->lang.p, heard.p, heard.n) == 0))
		doc->lang = heard;
}

int clean_html(struct arena *a, const struct read_limits *limits, bool own, struct document *doc, struct span page, struct err *err)
{
	bool lang_given = doc->lang.n > 0;
	struct page p = {.arena = a};
	html_parse(a, page, &p.h);
	if (own && p.h.cut)
		mem_shed(page.p + p.h.seen, page.n - p.h.seen);
	meta_read(a, &p.h, &p.meta);
	meta_apply(a, &p.meta, doc);
	p.text = arena_array(a, uint32_t, p.h.n_nodes);
	p.links = arena_array(a, uint32_t, p.h.n_nodes);
	p.prose = arena_array(a, uint32_t, p.h.n_nodes);
	p.why = arena_array(a, uint8_t, p.h.n_nodes);
	measure(&p);
	mark_furniture(&p);
	find_container(&p);
	struct blocks b = {.html = true, .text_bytes = limits->text_bytes};
	gather_blocks(&p, &b);
	if (b.kept > limits->text_bytes * HOPELESS)
		return clean_too_much(b.kept, limits->text_bytes, err);
	for (size_t i = 0; i < b.n; i++)
		judge_block(doc, p.meta.h1, &b.v[i]);
	blocks_mark_sections(&b);
	rescue_standfirst(&p, doc, &b);
	judge_ends(doc, &b);
	drop_linked_headings(&b);
	drop_author_note(doc, &b);
	drop_repeats(a, &b);
	int rc = blocks_finish(a, &b, doc, err);
	if (rc)
		return rc;
	if (!lang_given)
		choose_lang(doc);
	struct page_layout layout = {p.why, p.text, p.container, p.h.nodes[p.container].end};
	published_find(a, &p.h, &p.meta, &layout, doc);
	return 0;
}
