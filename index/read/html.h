/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTML as a flat tree: one array of nodes in document order, each knowing where its subtree ends. No pointers, no recursion.
 *
 *	<ul><li>a<li>b</ul>   0 ul end=5 | 1 li end=3 | 2 "a" | 3 li end=5 | 4 "b"
 *
 * So "the next node" is i + 1, "skip this subtree" is i = node[i].end, and dropping a block is one assignment.
 * Everything points into the page, which must outlive the tree; entities are decoded when text is taken (html_text_add).
 *
 * Why not libxml2's tree: it takes quadratic time over the attributes of one element and over the open elements of a page that never
 * closes them. This one is linear in the bytes of the page whatever they are, and 3 to 5 times faster. Its rules are the part of the HTML standard
 * that matters for text: void elements, raw text, implied end tags, end tags that match nothing. It does not do: adoption agency,
 * foster parenting, scripts, frames. The table of named characters is libxml2's.
 */
#ifndef DOSSIER_INDEX_READ_HTML_H
#define DOSSIER_INDEX_READ_HTML_H

#include "base/arena.h"
#include "base/str.h"

/* TAG(NAME, "name", kind); in order of name. V void, R raw text, B block, I inline, X never text of an article */
#define HTML_TAGS(X) \
	X(A, "a", I) X(ABBR, "abbr", I) X(ADDRESS, "address", B) X(ARTICLE, "article", B) X(ASIDE, "aside", B) X(AUDIO, "audio", B) \
	X(B, "b", I) X(BASE, "base", V) X(BIG, "big", I) X(BLOCKQUOTE, "blockquote", B) X(BODY, "body", B) X(BR, "br", V) \
	X(BUTTON, "button", B) X(CANVAS, "canvas", B) X(CAPTION, "caption", B) X(CENTER, "center", B) X(CITE, "cite", I) X(CODE, "code", I) \
	X(COL, "col", V) X(DD, "dd", B) X(DEL, "del", I) X(DETAILS, "details", B) X(DIALOG, "dialog", B) X(DIV, "div", B) X(DL, "dl", B) \
	X(DT, "dt", B) X(EM, "em", I) X(EMBED, "embed", V) X(FIELDSET, "fieldset", B) X(FIGCAPTION, "figcaption", B) \
	X(FIGURE, "figure", B) X(FONT, "font", I) X(FOOTER, "footer", B) X(FORM, "form", B) X(H1, "h1", B) X(H2, "h2", B) X(H3, "h3", B) \
	X(H4, "h4", B) X(H5, "h5", B) X(H6, "h6", B) X(HEAD, "head", B) X(HEADER, "header", B) X(HR, "hr", V) X(HTML, "html", B) \
	X(I, "i", I) X(IFRAME, "iframe", R) X(IMG, "img", V) X(INPUT, "input", V) X(INS, "ins", I) X(LABEL, "label", I) \
	X(LEGEND, "legend", B) X(LI, "li", B) X(LINK, "link", V) X(MAIN, "main", B) X(MARK, "mark", I) X(MENU, "menu", B) X(META, "meta", V) \
	X(NAV, "nav", B) X(NOFRAMES, "noframes", R) X(NOSCRIPT, "noscript", B) X(OBJECT, "object", B) X(OL, "ol", B) X(OPTGROUP, "optgroup", B) \
	X(OPTION, "option", B) X(P, "p", B) X(PARAM, "param", V) X(PICTURE, "picture", I) X(PRE, "pre", B) X(Q, "q", I) X(S, "s", I) \
	X(SCRIPT, "script", R) X(SECTION, "section", B) X(SELECT, "select", B) X(SMALL, "small", I) X(SOURCE, "source", V) X(SPAN, "span", I) \
	X(STRIKE, "strike", I) X(STRONG, "strong", I) X(STYLE, "style", R) X(SUB, "sub", I) X(SUMMARY, "summary", B) X(SUP, "sup", I) \
	X(SVG, "svg", B) X(TABLE, "table", B) X(TBODY, "tbody", B) X(TD, "td", B) X(TEMPLATE, "template", B) X(TEXTAREA, "textarea", R) \
	X(TFOOT, "tfoot", B) X(TH, "th", B) X(THEAD, "thead", B) X(TIME, "time", I) X(TITLE, "title", R) X(TR, "tr", B) X(TRACK, "track", V) \
	X(TT, "tt", I) X(U, "u", I) X(UL, "ul", B) X(VIDEO, "video", B) X(WBR, "wbr", V)
enum html_tag {
	TAG_TEXT, /* a text node */
	TAG_OTHER, /* an element that is not in the table: custom ones */
#define X(name, word, kind) TAG_##name,
	HTML_TAGS(X)
#undef X
	TAG_COUNT_
};

/* The attributes that are kept; all others are skipped over. */
#define HTML_ATTRS(X) \
	X(ARIA_HIDDEN, "aria-hidden") X(CHARSET, "charset") X(CLASS, "class") X(CONTENT, "content") X(DATA_TESTID, "data-testid") X(DATETIME, "datetime") \
	X(HIDDEN, "hidden") X(HREF, "href") X(HTTP_EQUIV, "http-equiv") X(ID, "id") X(ITEMPROP, "itemprop") X(ITEMTYPE, "itemtype") \
	X(LANG, "lang") X(NAME, "name") X(PROPERTY, "property") X(PUBDATE, "pubdate") X(REL, "rel") X(ROLE, "role") X(STYLE, "style") \
	X(TITLE, "title") X(TYPE, "type") X(VALUE, "value") X(XML_LANG, "xml:lang")
enum html_attr {
#define X(name, word) ATTR_##name,
	HTML_ATTRS(X)
#undef X
	ATTR_COUNT_
};

struct html_attribute {
	const char *value; /* raw: entities not decoded */
	uint32_t len;
	uint8_t attr; /* enum html_attr */
};

struct html_node {
	uint32_t end;    /* one past the last node of the subtree */
	uint32_t parent; /* of the root: itself */
	uint16_t tag;    /* enum html_tag */
	uint16_t n_attrs;
	uint32_t attrs;  /* first in html.attrs */
	struct span text; /* of a text node and of raw elements (script, title …): as it stands in the page */
};

struct html {
	struct html_node *nodes; /* nodes[0] is the root, a TAG_HTML */
	uint32_t n_nodes;
	struct html_attribute *attrs;
	size_t n_attrs;
	bool cut; /* more nodes than the limit: the rest of the page was left out */
	size_t seen; /* bytes of the page that were read */
};

#define HTML_MAX_NODES 600000u /* and as many attributes: what is beyond them is not seen */
#define HTML_MAX_DEPTH 256u

void html_parse(struct arena *a, struct span page, struct html *out);
struct span html_attr(const struct html *h, uint32_t node, enum html_attr attr); /* raw; .p == NULL: not there */
/* Appends raw text with entities decoded; white space runs become one space unless keep_space. Returns false if only white space was added. */
bool html_text_add(struct str *out, struct span raw, bool keep_space);
struct span html_value(struct arena *a, struct span raw); /* decoded and trimmed */
bool html_is_block(enum html_tag tag);
struct span html_subtree_text(struct arena *a, const struct html *h, uint32_t node); /* all text below, blocks parted by a space, scripts left out */

#endif
