/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text → tree. Any text is a query: what makes no sense as an operator is left out, never refused.
 *
 *	lexer:   word  word*  "phrase"  field:  (  )  -  AND  OR  NOT  NEAR/5
 *	parser:  or := and { OR and }      and := row { AND row }      row := { [NOT|-] item }      item := near | ( or ) | field:item
 *
 * Words side by side (a row) bind closest, then AND, then OR. Filters inside a row (leader:putin) and what is negated always
 * hold, also under match=any. A word that is written with a hyphen, an apostrophe or full stops ("Jong-un", "U.S.") is a phrase of its parts.
 * Two writings are asked for both ways: "US" among small letters is (us OR "u s"), "Köhler" is (kohler OR koehler).
 * What a leader's or a country's name means is found out later (plan.c).
 */
#include "index/query/tree.h"

#include "base/utf8.h"
#include "index/facts/tokens.h"

enum lexeme_kind { LEX_END, LEX_WORDS, LEX_PHRASE, LEX_FIELD, LEX_OPEN, LEX_CLOSE, LEX_MINUS, LEX_AND, LEX_OR, LEX_NOT, LEX_NEAR };
struct lexeme {
	enum lexeme_kind kind;
	struct span text;    /* WORDS: the chunk; PHRASE: between the quotes; FIELD: its name */
	struct span value;   /* FIELD whose value is no text: "2015..2016", "kim-jong-un", "New York Times" */
	uint32_t window;     /* NEAR */
};

struct parser {
	struct arena *a;
	const struct engine_limits *limits;
	struct tree *t;
	struct span text;
	size_t at;
	struct lexeme now;
	bool any, spaced; /* spaced: white space, a bracket or the start stood before what is read next */
	uint32_t depth, wildcards, negations;
	bool title, quoted;
	int rc;
	struct err *err;
};

static const struct { const char *name; enum facet field; bool mentioned; } fields[] = {{"leader", FACET_LEADER, false}, {"country", FACET_COUNTRY, false},
	{"source", FACET_SOURCE, false}, {"lang", FACET_LANG, false}, {"office", FACET_OFFICE, false}, {"published", FACET_DATE, false},
	{"mentioned", FACET_DATE, true}};
#define N_FIELD_NAMES (sizeof fields / sizeof *fields)

/* ---- lexer ---- */

static bool space_at(struct span s, size_t i) { return s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\r'; }

/* Length of a double quotation mark at i, straight or curly; 0 if there is none. */
static size_t quote_at(struct span s, size_t i)
{
	static const char *const curly[] = {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E", "\xC2\xAB", "\xC2\xBB"};
	if (s.p[i] == '"')
		return 1;
	for (size_t k = 0; k < sizeof curly / sizeof *curly; k++)
		if (span_starts(span_sub(s, i, s.n), curly[k]))
			return strlen(curly[k]);
	return 0;
}

static bool lex_phrase(struct parser *p, size_t mark)
{
	size_t from = p->at + mark;
	for (size_t i = from; i < p->text.n; i++) {
		size_t end = quote_at(p->text, i);
		if (!end)
			continue;
		p->now = (struct lexeme){.kind = LEX_PHRASE, .text = span_sub(p->text, from, i)};
		p->at = i + end;
		return true;
	}
	p->at += mark; /* no partner: it is not there */
	return false;
}

/* The chunk from `at` up to white space, a quotation mark or a bracket. */
static struct span chunk(struct parser *p)
{
	size_t from = p->at, i = from;
	while (i < p->text.n && !space_at(p->text, i) && !quote_at(p->text, i) && p->text.p[i] != '(' && p->text.p[i] != ')')
		i++;
	p->at = i;
	return span_sub(p->text, from, i);
}

static bool all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool lex_operator(struct parser *p, struct span c)
{
	static const struct { const char *word; enum lexeme_kind kind; } operators[] = {{"AND", LEX_AND}, {"OR", LEX_OR}, {"NOT", LEX_NOT}, {"NEAR", LEX_NEAR}};
	uint64_t n;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (span_is(c, operators[i].word)) {
			p->now = (struct lexeme){.kind = operators[i].kind, .window = 10};
			return true;
		}
	if (!span_starts(c, "NEAR/") || !all_digits(span_sub(c, 5, c.n)))
		return false;
	if (!span_to_u64(span_sub(c, 5, c.n), &n) || n > 1000000)
		n = 1000000; /* over any limit */
	p->now = (struct lexeme){.kind = LEX_NEAR, .window = n ? (uint32_t)n : 1};
	return true;
}

/* "leader:putin", "title:" before a phrase or bracket. An unknown field is no field. */
static bool lex_field(struct parser *p, struct span c)
{
	ptrdiff_t colon = span_find(c, SPAN(":"));
	if (colon <= 0)
		return false;
	struct span name = span_sub(c, 0, (size_t)colon), value = span_sub(c, (size_t)colon + 1, c.n);
	bool title = span_ieq(name, "title");
	for (size_t i = 0; !title && i <= N_FIELD_NAMES; i++)
		if (i == N_FIELD_NAMES)
			return false;
		else if (span_ieq(name, fields[i].name))
			break;
	if (!value.n && (p->at >= p->text.n || space_at(p->text, p->at) || p->text.p[p->at] == ')'))
		return false;
	if (title || !value.n)
		p->at -= value.n; /* its value is the next item */
	p->now = (struct lexeme){.kind = LEX_FIELD, .text = name, .value = title ? SPAN_NONE : value};
	if (!title && !value.n) {
		size_t mark = quote_at(p->text, p->at);
		struct lexeme field = p->now;
		if (!mark || !lex_phrase(p, mark))
			return false;
		field.value = p->now.text;
		p->now = field;
	}
	return true;
}

static bool lex_sign(struct parser *p)
{
	char c = p->text.p[p->at];
	if (c == '(' || c == ')') {
		p->now = (struct lexeme){.kind = c == '(' ? LEX_OPEN : LEX_CLOSE};
		p->at++;
		p->spaced = true;
		return true;
	}
	if (c == '-' && p->spaced && p->at + 1 < p->text.n && !space_at(p->text, p->at + 1) && p->text.p[p->at + 1] != '-') {
		p->now = (struct lexeme){.kind = LEX_MINUS};
		p->at++;
		return true;
	}
	return false;
}

static void lex(struct parser *p)
{
	for (;;) {
		while (p->at < p->text.n && space_at(p->text, p->at)) {
			p->at++;
			p->spaced = true;
		}
		p->now = (struct lexeme){.kind = LEX_END};
		if (p->at >= p->text.n || lex_sign(p))
			return;
		size_t mark = quote_at(p->text, p->at);
		if (mark && lex_phrase(p, mark))
			break;
		if (mark)
			continue;
		struct span c = chunk(p);
		if (!c.n)
			return;
		if (!lex_operator(p, c) && !lex_field(p, c))
			p->now = (struct lexeme){.kind = LEX_WORDS, .text = c};
		break;
	}
	p->spaced = false;
}

/* ---- leaves ---- */

static int limit(struct parser *p, const char *what, uint32_t most)
{
	if (!p->rc)
		p->rc = err_set(p->err, ERR_LIMIT, "q: %s; at most %u", what, most);
	return p->rc;
}

static struct node *new_node(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_new(p->a, struct node);
	n->kind = kind;
	return n;
}

static void add_kid(struct parser *p, struct node *n, struct node *kid)
{
	if (kid)
		*arena_push(p->a, n->kids, n->n_kids, n->cap_kids) = kid;
}

/* One kid: itself; none: NULL. */
static struct node *settle(struct node *n) { return n->n_kids == 0 ? NULL : n->n_kids == 1 ? n->kids[0] : n; }

/* The same for operands: what is of the same kind is taken apart, and a leaf that is there already is not added again. */
static void add_operand(struct parser *p, struct node *n, struct node *kid)
{
	if (!kid)
		return;
	if (kid->kind == n->kind && kid->kind != NODE_NOT) {
		for (size_t i = 0; i < kid->n_kids; i++)
			add_operand(p, n, kid->kids[i]);
		return;
	}
	for (size_t i = 0; i < n->n_kids && kid->kind == NODE_LEAF; i++)
		if (n->kids[i]->kind == NODE_LEAF && n->kids[i]->leaf == kid->leaf)
			return;
	add_kid(p, n, kid);
}

/* The kids of `row` under one operator. */
static struct node *joined(struct parser *p, const struct node *row, enum node_kind kind)
{
	struct node *n = new_node(p, kind);
	for (size_t i = 0; i < row->n_kids; i++)
		add_operand(p, n, row->kids[i]);
	return settle(n);
}

static void print_words(struct str *out, const struct leaf *l)
{
	for (uint32_t i = 0; i < l->n_words; i++) {
		if (i && l->kind == LEAF_NEAR)
			str_printf(out, " NEAR/%u ", l->windows[i - 1]);
		else if (i)
			str_ch(out, ' ');
		str_span(out, l->words[i]);
	}
}

static void print_leaf(struct str *out, const struct leaf *l)
{
	if (l->title)
		str_z(out, "title:");
	switch (l->kind) {
	case LEAF_WORD: print_words(out, l); break;
	case LEAF_EXACT: case LEAF_PHRASE: str_ch(out, '"'), print_words(out, l), str_ch(out, '"'); break;
	case LEAF_PREFIX: print_words(out, l), str_ch(out, '*'); break;
	case LEAF_NEAR: str_ch(out, '('), print_words(out, l), str_ch(out, ')'); break;
	case LEAF_FIELD: str_printf(out, "%s:\"%.*s\"", facet_word(l->field), SPAN_ARG(l->value)); break;
	case LEAF_DATE:
		str_z(out, l->mentioned ? "mentioned:" : "published:");
		if (l->range.from > DAY_MIN)
			day_text(out, l->range.from);
		str_z(out, "..");
		if (l->range.to < DAY_MAX)
			day_text(out, l->range.to);
	}
}

/* The node of a leaf, which takes the place of an equal one that is there already; NULL when there are too many. */
static struct node *leaf_node(struct parser *p, struct leaf l)
{
	struct tree *t = p->t;
	struct str text = {0};
	l.title = p->title && l.kind <= LEAF_NEAR;
	print_leaf(&text, &l);
	size_t i = 0;
	while (i < t->n_leaves && !span_eq(t->leaves[i].text, str_view(&text)))
		i++;
	if (i == t->n_leaves && i >= p->limits->leaves) {
		str_done(&text);
		t->n_dropped++;
		return NULL;
	}
	if (i == t->n_leaves) {
		l.text = arena_span(p->a, str_view(&text));
		*arena_push(p->a, t->leaves, t->n_leaves, t->cap_leaves) = l;
	}
	str_done(&text);
	t->leaves[i].compound &= l.compound;
	if (p->negations % 2 == 0) {
		t->leaves[i].positive = true;
		t->leaves[i].times++;
	}
	struct node *n = new_node(p, NODE_LEAF);
	n->leaf = (uint32_t)i;
	return n;
}

static struct node *words_leaf(struct parser *p, enum leaf_kind kind, struct span *words, size_t n)
{
	if (n == 0)
		return NULL;
	if (kind == LEAF_PHRASE && n > p->limits->phrase_words)
		return limit(p, "a phrase is too long", p->limits->phrase_words), NULL;
	if (kind == LEAF_PHRASE && n == 1)
		kind = LEAF_EXACT;
	return leaf_node(p, (struct leaf){.kind = kind, .words = words, .n_words = (uint32_t)n, .compound = kind == LEAF_PHRASE && !p->quoted});
}

static struct node *prefix_leaf(struct parser *p, struct span *word)
{
	size_t n = 0;
	for (size_t at = 0; at < word->n; n++)
		utf8_next(*word, &at);
	if (n < p->limits->wildcard_prefix) {
		p->rc = p->rc ? p->rc : err_set(p->err, ERR_LIMIT, "q: too few letters before *; at least %u", p->limits->wildcard_prefix);
		return NULL;
	}
	if (++p->wildcards > p->limits->wildcards)
		return limit(p, "too many words with *", p->limits->wildcards), NULL;
	return words_leaf(p, LEAF_PREFIX, word, 1);
}

static bool glued(char before) { return before == '-' || before == '\'' || before == '.' || before == '/' || before == '&'; }

/* ---- the other writing ---- */

/* Capitals say something where not all of the text is in capitals; a text of one word may be a name alone. */
static bool capitals_tell(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'a' && text.p[i] <= 'z')
			return true;
	return !memchr(text.p, ' ', text.n);
}

#define ABBREVIATION_MOST 5u /* letters: USA, USSR, ASEAN */

/* "US" as "U.S." is kept: its letters in a row. */
static struct node *spelled_out(struct parser *p, struct span word)
{
	struct span *letters = arena_array(p->a, struct span, word.n);
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < 'a' || word.p[i] > 'z')
			return NULL;
		letters[i] = span_sub(word, i, i + 1);
	}
	p->quoted = true;
	struct node *n = words_leaf(p, LEAF_PHRASE, letters, word.n);
	p->quoted = false;
	return n;
}

/* "Köhler" as who has no such letters writes it: Koehler. */
static struct node *without_umlauts(struct parser *p, struct span surface)
{
	static const char *const pairs[][2] = {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"}, {"Ö", "oe"}, {"Ü", "ue"}};
	AUTO_STR struct str s = {0};
	bool some = false;
	for (size_t i = 0; i < surface.n;) {
		size_t k = 0;
		while (k < 6 && !span_starts(span_sub(surface, i, surface.n), pairs[k][0]))
			k++;
		if (k < 6)
			str_z(&s, pairs[k][1]), i += strlen(pairs[k][0]), some = true;
		else
			str_ch(&s, surface.p[i++]);
	}
	struct tokens t;
	if (!some)
		return NULL;
	tokens_make(p->a, arena_span(p->a, str_view(&s)), &t);
	struct span *word = arena_new(p->a, struct span);
	*word = t.n == 1 ? token_word(&t, 0) : SPAN_NONE;
	return words_leaf(p, LEAF_WORD, word, word->n > 0);
}

/* A word, or it and its other writing. */
static struct node *either(struct parser *p, struct node *n, const struct tokens *t, size_t i)
{
	const struct token *k = &t->v[i];
	struct node *other = NULL, *both = new_node(p, NODE_OR);
	if (n && k->flags & TOKEN_CAPS && k->len >= 2 && k->len <= ABBREVIATION_MOST && capitals_tell(p->text))
		other = spelled_out(p, token_word(t, i));
	else if (n)
		other = without_umlauts(p, token_surface(t, i));
	add_operand(p, both, n);
	add_operand(p, both, other);
	return settle(both);
}

/* The words of a chunk: nodes for each part, parts that are glued together as phrases. Adds to `row`; counts them as loose. */
static void chunk_nodes(struct parser *p, struct span c, struct node *row)
{
	struct tokens t;
	tokens_make(p->a, c, &t);
	for (size_t i = 0; i < t.n && !p->rc;) {
		size_t k = i + 1, n = 0;
		struct span *words = arena_array(p->a, struct span, t.n);
		while (k < t.n && (glued(t.v[k].before) || (t.v[k].before == ' ' && t.v[k].start == t.v[k - 1].end)))
			k++;
		for (size_t j = i; j < k; j++)
			if (t.v[j].len && !(t.v[j].flags & TOKEN_POSSESSIVE && j > i))
				words[n++] = token_word(&t, j);
		bool star = t.v[k - 1].end < c.n && c.p[t.v[k - 1].end] == '*';
		struct node *made = n == 1 && star ? prefix_leaf(p, words) : words_leaf(p, n > 1 ? LEAF_PHRASE : LEAF_WORD, words, n);
		add_kid(p, row, k == i + 1 && !star ? either(p, made, &t, i) : made);
		i = k;
	}
}

static struct node *phrase_node(struct parser *p, struct span text)
{
	struct tokens t;
	size_t n = 0;
	tokens_make(p->a, text, &t);
	struct span *words = arena_array(p->a, struct span, t.n + 1);
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].len)
			words[n++] = token_word(&t, i);
	p->quoted = true;
	struct node *made = words_leaf(p, LEAF_PHRASE, words, n);
	p->quoted = false;
	return made;
}

static struct node *field_node(struct parser *p, struct lexeme f)
{
	struct leaf l = {.kind = LEAF_FIELD, .value = span_trim(f.value)};
	for (size_t i = 0; i < N_FIELD_NAMES; i++)
		if (span_ieq(f.text, fields[i].name)) {
			l.field = fields[i].field;
			l.mentioned = fields[i].mentioned;
		}
	if (l.field != FACET_DATE)
		return l.value.n ? leaf_node(p, l) : NULL;
	l.kind = LEAF_DATE;
	if (range_parse(l.value, &l.range))
		return leaf_node(p, l);
	struct node *row = new_node(p, NODE_AND); /* no date: words like any others */
	chunk_nodes(p, f.text, row);
	chunk_nodes(p, f.value, row);
	return joined(p, row, p->any ? NODE_OR : NODE_AND);
}

/* ---- parser ---- */

static struct node *parse_or(struct parser *p);

static struct node *parse_group(struct parser *p)
{
	if (++p->depth > p->limits->depth)
		return limit(p, "brackets are nested too deep", p->limits->depth), NULL;
	lex(p);
	struct node *n = parse_or(p);
	if (p->now.kind == LEX_CLOSE)
		lex(p);
	p->depth--;
	return n;
}

static struct node *parse_title(struct parser *p)
{
	bool before = p->title;
	struct node *n = NULL, *row = new_node(p, NODE_AND);
	lex(p);
	p->title = true;
	if (p->now.kind == LEX_OPEN)
		n = parse_group(p);
	else if (p->now.kind == LEX_PHRASE)
		n = phrase_node(p, p->now.text), lex(p);
	else if (p->now.kind == LEX_WORDS)
		chunk_nodes(p, p->now.text, row), n = joined(p, row, p->any ? NODE_OR : NODE_AND), lex(p);
	p->title = before;
	return n;
}

/* The words of an operand of NEAR: a chunk or a phrase; false when there is none. */
static bool near_words(struct parser *p, struct leaf *l, size_t *cap, size_t *cap_windows, uint32_t window)
{
	struct tokens t;
	size_t n = l->n_words;
	if (p->now.kind != LEX_WORDS && p->now.kind != LEX_PHRASE)
		return false;
	tokens_make(p->a, p->now.text, &t);
	for (size_t i = 0; i < t.n; i++) {
		size_t n_windows = n ? n - 1 : 0;
		if (!t.v[i].len || (t.v[i].flags & TOKEN_POSSESSIVE))
			continue;
		if (n)
			*arena_push(p->a, l->windows, n_windows, *cap_windows) = i ? 1 : window;
		*arena_push(p->a, l->words, n, *cap) = token_word(&t, i);
	}
	bool some = n > l->n_words;
	l->n_words = (uint32_t)n;
	return some;
}

/* a NEAR/5 b NEAR c: the first operand is p->now and NEAR comes after it. */
static struct node *parse_near(struct parser *p)
{
	struct leaf l = {.kind = LEAF_NEAR};
	size_t cap = 0, cap_windows = 0;
	uint32_t links = 0, window = 0;
	near_words(p, &l, &cap, &cap_windows, 0);
	for (lex(p); p->now.kind == LEX_NEAR; lex(p)) {
		window = p->now.window;
		if (window > p->limits->near_window)
			return limit(p, "the distance of NEAR is too big", p->limits->near_window), NULL;
		lex(p);
		if (p->now.kind != LEX_WORDS && p->now.kind != LEX_PHRASE)
			break;
		near_words(p, &l, &cap, &cap_windows, window);
		if (++links > 4)
			return limit(p, "too many words in a row with NEAR", 5), NULL;
	}
	if (l.n_words > p->limits->phrase_words)
		return limit(p, "NEAR has too many words", p->limits->phrase_words), NULL;
	if (l.n_words < 2)
		l.kind = LEAF_WORD;
	return l.n_words ? leaf_node(p, l) : NULL;
}

static bool near_follows(const struct parser *p)
{
	struct parser ahead = *p;
	lex(&ahead);
	return ahead.now.kind == LEX_NEAR;
}

/* One item of a row; words come as several loose kids in *row. */
static struct node *parse_item(struct parser *p, struct node *row)
{
	struct lexeme now = p->now;
	struct node *n = NULL;
	if (now.kind == LEX_OPEN)
		return parse_group(p);
	if (now.kind == LEX_FIELD && span_ieq(now.text, "title"))
		return parse_title(p);
	if ((now.kind == LEX_WORDS || now.kind == LEX_PHRASE) && near_follows(p))
		return parse_near(p);
	if (now.kind == LEX_FIELD)
		n = field_node(p, now);
	else if (now.kind == LEX_PHRASE)
		n = phrase_node(p, now.text);
	else if (now.kind == LEX_WORDS)
		chunk_nodes(p, now.text, row);
	else
		return NULL; /* an operator without an operand: whoever reads on deals with it */
	lex(p);
	return n;
}

static struct node *negate(struct parser *p, struct node *n)
{
	if (!n)
		return NULL;
	if (n->kind == NODE_NOT)
		return n->kids[0];
	struct node *not = new_node(p, NODE_NOT);
	add_kid(p, not, n);
	return not;
}

static struct node *parse_negated(struct parser *p)
{
	bool odd = false;
	while (p->now.kind == LEX_NOT || p->now.kind == LEX_MINUS) {
		odd = !odd;
		lex(p);
	}
	p->negations += odd;
	struct node *row = new_node(p, NODE_AND);
	add_kid(p, row, parse_item(p, row));
	p->negations -= odd;
	struct node *n = joined(p, row, NODE_AND);
	return odd ? negate(p, n) : n;
}

static bool is_filter(const struct parser *p, const struct node *n)
{
	return n->kind == NODE_NOT || (n->kind == NODE_LEAF && p->t->leaves[n->leaf].kind >= LEAF_FIELD);
}

/* Items side by side: words by the match mode, filters and negations on top of them. */
static struct node *parse_row(struct parser *p)
{
	struct node *items = new_node(p, NODE_AND), *words = new_node(p, p->any ? NODE_OR : NODE_AND), *all = new_node(p, NODE_AND);
	while (!p->rc && p->now.kind != LEX_END && p->now.kind != LEX_CLOSE && p->now.kind != LEX_AND && p->now.kind != LEX_OR) {
		if (p->now.kind == LEX_NEAR) /* without a word before it */
			lex(p);
		else if (p->now.kind == LEX_NOT || p->now.kind == LEX_MINUS)
			add_kid(p, items, parse_negated(p));
		else
			add_kid(p, items, parse_item(p, items));
	}
	for (size_t i = 0; i < items->n_kids; i++)
		if (!is_filter(p, items->kids[i]))
			add_operand(p, words, items->kids[i]);
	words->loose = true;
	p->t->n_loose += words->n_kids > 1 ? words->n_kids : 0;
	add_operand(p, all, settle(words));
	for (size_t i = 0; i < items->n_kids; i++)
		if (is_filter(p, items->kids[i]))
			add_operand(p, all, items->kids[i]);
	return settle(all);
}

static struct node *parse_chain(struct parser *p, enum node_kind kind, enum lexeme_kind link, struct node *(*operand)(struct parser *))
{
	struct node *n = new_node(p, kind);
	for (;;) {
		add_operand(p, n, operand(p));
		if (p->rc || p->now.kind != link)
			break;
		lex(p);
	}
	return settle(n);
}

static struct node *parse_and(struct parser *p) { return parse_chain(p, NODE_AND, LEX_AND, parse_row); }
static struct node *parse_or(struct parser *p) { return parse_chain(p, NODE_OR, LEX_OR, parse_and); }

int tree_parse(struct arena *a, struct span text, bool any, const struct engine_limits *limits, struct tree *out, struct err *err)
{
	*out = (struct tree){0};
	struct parser p = {.a = a, .limits = limits, .t = out, .text = text, .any = any, .spaced = true, .err = err};
	struct node *top = new_node(&p, NODE_AND);
	lex(&p);
	while (!p.rc && p.now.kind != LEX_END) {
		if (p.now.kind == LEX_CLOSE) { /* without a partner */
			lex(&p);
			continue;
		}
		add_operand(&p, top, parse_or(&p));
	}
	out->root = settle(top);
	if (!out->root)
		out->root = new_node(&p, NODE_NOTHING);
	return p.rc;
}

/* ---- printing ---- */

static void print_node(struct str *out, const struct tree *t, const struct node *n)
{
	if (n->kind == NODE_LEAF) {
		str_span(out, t->leaves[n->leaf].text);
		return;
	}
	if (n->kind == NODE_NOT) {
		str_z(out, "NOT ");
		print_node(out, t, n->kids[0]);
		return;
	}
	str_ch(out, '(');
	for (size_t i = 0; i < n->n_kids; i++) {
		if (i)
			str_z(out, n->kind == NODE_AND ? " AND " : " OR ");
		print_node(out, t, n->kids[i]);
	}
	str_ch(out, ')');
}

void tree_print(struct str *out, const struct tree *t)
{
	if (t->root->kind != NODE_NOTHING)
		print_node(out, t, t->root);
}
