/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of days.def, compiled once, and the search for them.
 *
 *	"[the] REL UNIT"  →  flat forms  the·REL·UNIT   REL·UNIT     (every optional part in or out)
 *	each element a set of word ids; by first id a list of forms; for two ids one bit: can anything go on like this?
 *
 * At each item the bit is asked first, which is nearly always the end of it; then the forms of its list are tried, the
 * longest match wins. Words in front ("early", "at least") are rules of their own kind, tried with what follows them; a day
 * and a time of day side by side become one expression. A form has at most FORM_MAX elements, so all is linear.
 */
#include "base/mem.h"
#include "index/facts/days-words.h"

#include <assert.h>
#include <pthread.h>

#define FORM_MAX 14
#define FORMS_MAX 6000
#define ELEMENTS_MAX 700
#define SET_WORDS (WORDS_MAX / 64)
#define NOWHERE 255

enum kind { KIND_CORE, KIND_DATE_PREFIX, KIND_SPAN_PREFIX };
#define KIND_D KIND_DATE_PREFIX
#define KIND_U KIND_SPAN_PREFIX

enum {
#define H(id, kind, a, b, c, text) HOLIDAY_ROW_##id,
#include "index/facts/days-holidays.def"
#undef H
};
enum {
#define E(id, year, month, dom, text) EVENT_ROW_##id,
#include "index/facts/days-events.def"
#undef E
};
const struct holiday day_holidays[] = {
#define H(id, kind, a, b, c, text) {HOLIDAY_##kind, a, b, c},
#include "index/facts/days-holidays.def"
#undef H
};
const struct day_event day_events[] = {
#define E(id, year, month, dom, text) {year, month, dom},
#include "index/facts/days-events.def"
#undef E
};

static const struct row {
	struct day_rule rule;
	uint8_t kind;
} rows[] = {
#define R(rule_name, rule_action, rule_arg, rule_part, text) \
	{{.name = rule_name, .pattern = text, .action = ACT_##rule_action, .part = PART_##rule_part, .arg = rule_arg}, KIND_CORE},
#define P(rule_kind, rule_part, text) {{.name = "prefix", .pattern = text, .part = PART_##rule_part}, KIND_##rule_kind},
#include "index/facts/days.def"
#undef R
#undef P
#define H(id, kind, a, b, c, text) {{.name = "holiday", .pattern = "[REL] " text " [, YEAR|OLDYEAR]", .action = ACT_HOLIDAY, .arg = HOLIDAY_ROW_##id}, KIND_CORE},
#include "index/facts/days-holidays.def"
#undef H
#define E(id, year, month, dom, text) \
	{{.name = "event", .pattern = "[the] " text, .action = ACT_EVENT, .arg = EVENT_ROW_##id}, KIND_CORE}, \
	{{.name = "anniversary", .pattern = "[the] ORD anniversary of [the] " text, .action = ACT_ANNIVERSARY, .arg = EVENT_ROW_##id}, KIND_CORE},
#include "index/facts/days-events.def"
#undef E
};
#define N_ROWS (sizeof rows / sizeof *rows)

struct element {
	uint64_t ids[SET_WORDS];
	uint64_t classes; /* whose values are kept */
	struct span text;
};

struct form {
	uint16_t row, element[FORM_MAX];
	char sign[FORM_MAX]; /* what parts it from the element before; ' ' the usual */
	uint8_t n, from, to; /* the expression is [from, to) */
};

#define NOTHING_MORE UINT16_MAX
struct group {
	uint16_t second; /* the element that must come next, or NOTHING_MORE */
	bool prefixes;
	uint32_t begin, end; /* of table.listed */
};

struct table {
	struct words *words;
	struct element element[ELEMENTS_MAX];
	size_t n_elements;
	struct form form[FORMS_MAX];
	size_t n_forms;
	uint32_t first[WORDS_MAX + 1]; /* groups[first[id]] … groups[first[id + 1]]: the forms that begin with the word */
	struct group *groups;
	uint16_t *listed;
	size_t n_groups, cap_groups, n_listed, cap_listed;
	uint64_t pair[WORDS_MAX][SET_WORDS]; /* what may follow */
	uint64_t alone[SET_WORDS];           /* words that are an expression by themselves */
};
static struct table the_table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool in_set(const uint64_t *set, uint16_t id) { return set[id / 64] >> (id % 64) & 1; }
static void set_add(uint64_t *set, uint16_t id) { set[id / 64] |= UINT64_C(1) << (id % 64); }

/* --- compiling --- */

static const struct {
	const char *name;
	enum day_class class;
} class_names[] = {
#define X(name) {#name, CL_##name},
	DAY_CLASSES(X)
#undef X
};

/* Literals first, so that every word has its id before sets are filled. */
static void note_literals(struct table *b, const char *pattern)
{
	for (const char *p = pattern; *p;) {
		size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
		if (n)
			word_literal(b->words, (struct span){p, n});
		p += n ? n : 1;
	}
}

static void element_fill(struct table *b, struct element *e)
{
	struct span rest = e->text, piece;
	while (span_cut(&rest, '|', &piece)) {
		bool found = false;
		for (size_t i = 0; i < CL_COUNT_; i++)
			if (span_is(piece, class_names[i].name))
				e->classes |= CLASS_BIT(class_names[i].class), found = true;
		if (found)
			continue;
		uint16_t id = word_find(b->words, piece);
		assert(id); /* an unknown class in days.def */
		set_add(e->ids, id);
		set_add(e->ids, word_lower(b->words, id));
	}
	for (uint16_t id = 1; id < words_count(b->words); id++)
		if (word_classes(b->words, id) & e->classes)
			set_add(e->ids, id);
}

static uint16_t element_of(struct table *b, struct span text)
{
	for (size_t i = 0; i < b->n_elements; i++)
		if (span_eq(b->element[i].text, text))
			return (uint16_t)i;
	assert(b->n_elements < ELEMENTS_MAX);
	struct element *e = &b->element[b->n_elements];
	e->text = text;
	element_fill(b, e);
	return (uint16_t)b->n_elements++;
}

static const char *after_bracket(const char *p)
{
	for (int depth = 1; depth; p++)
		depth += *p == '[' ? 1 : *p == ']' ? -1 : 0;
	return p;
}

static void keep_form(struct table *b, struct form *f)
{
	if (f->to == NOWHERE)
		f->to = f->n;
	assert(f->to > f->from && b->n_forms < FORMS_MAX);
	b->form[b->n_forms++] = *f;
}

static void expand(struct table *b, const char *p, struct form f, char sign)
{
	while (*p) {
		if (*p == '[')
			expand(b, after_bracket(p + 1), f, sign); /* without it; then go on with it */
		else if (*p == '<')
			f.from = f.n;
		else if (*p == '>')
			f.to = f.n;
		else if (strchr(",-/'._", *p))
			sign = *p;
		else if (*p != ' ' && *p != ']') {
			size_t n = strcspn(p, " []");
			assert(f.n < FORM_MAX);
			f.sign[f.n] = sign;
			f.element[f.n++] = element_of(b, (struct span){p, n});
			sign = ' ';
			p += n;
			continue;
		}
		p++;
	}
	keep_form(b, &f);
}

/* The second element of a form, or NOTHING_MORE. */
static uint16_t second_of(const struct form *f) { return f->from + 1 == f->n ? NOTHING_MORE : f->element[f->from + 1]; }

static uint32_t group_key(const struct table *b, uint16_t form)
{
	const struct form *f = &b->form[form];
	return (uint32_t)second_of(f) << 1 | (rows[f->row].kind != KIND_CORE);
}

static int by_group(const void *x, const void *y)
{
	uint32_t a = group_key(&the_table, *(const uint16_t *)x), c = group_key(&the_table, *(const uint16_t *)y);
	return a < c ? -1 : a > c;
}

static void note_pair(struct table *b, uint16_t id, uint16_t second)
{
	if (second == NOTHING_MORE)
		set_add(b->alone, id);
	else
		for (int k = 0; k < SET_WORDS; k++)
			b->pair[id][k] |= b->element[second].ids[k];
}

/* Cuts the listed forms from `begin` on into groups. */
static void add_groups(struct table *b, uint16_t id, size_t begin)
{
	for (size_t i = begin; i < b->n_listed; i++) {
		const struct form *f = &b->form[b->listed[i]];
		if (i == begin || group_key(b, b->listed[i]) != group_key(b, b->listed[i - 1])) {
			b->groups = mem_grow(b->groups, &b->cap_groups, b->n_groups + 1, sizeof *b->groups);
			b->groups[b->n_groups++] = (struct group){.second = second_of(f), .prefixes = rows[f->row].kind != KIND_CORE, .begin = (uint32_t)i};
			note_pair(b, id, second_of(f));
		}
		b->groups[b->n_groups - 1].end = (uint32_t)i + 1;
	}
}

/* The forms that begin with each element, as a chain: head[element] → next[form] …, 0 ends it. */
struct chains {
	uint16_t head[ELEMENTS_MAX], next[FORMS_MAX];
};

static void index_word(struct table *b, const struct chains *c, uint16_t id)
{
	size_t begin = b->n_listed;
	for (size_t e = 0; e < b->n_elements; e++) {
		if (!c->head[e] || !in_set(b->element[e].ids, id))
			continue;
		for (uint16_t i = c->head[e]; i; i = c->next[i - 1]) {
			b->listed = mem_grow(b->listed, &b->cap_listed, b->n_listed + 1, sizeof *b->listed);
			b->listed[b->n_listed++] = (uint16_t)(i - 1);
		}
	}
	if (b->n_listed == begin)
		return;
	qsort(b->listed + begin, b->n_listed - begin, sizeof *b->listed, by_group);
	add_groups(b, id, begin);
}

static void index_forms(struct table *b)
{
	static struct chains c;
	for (size_t i = 0; i < b->n_forms; i++) {
		uint16_t e = b->form[i].element[b->form[i].from];
		c.next[i] = c.head[e];
		c.head[e] = (uint16_t)(i + 1);
	}
	for (uint16_t id = 0; id < WORDS_MAX; id++) {
		b->first[id] = (uint32_t)b->n_groups;
		if (id > 0 && id < words_count(b->words))
			index_word(b, &c, id);
	}
	b->first[WORDS_MAX] = (uint32_t)b->n_groups;
}

static void build(void)
{
	struct table *b = &the_table;
	b->words = days_words_build();
	for (size_t i = 0; i < N_ROWS; i++)
		note_literals(b, rows[i].rule.pattern);
	for (size_t i = 0; i < N_ROWS; i++)
		expand(b, rows[i].rule.pattern, (struct form){.row = (uint16_t)i, .to = NOWHERE}, ' ');
	index_forms(b);
}

static const struct table *table(void)
{
	pthread_once(&once, build);
	return &the_table;
}

const struct words *day_words(void) { return table()->words; }

/* --- searching --- */

struct search {
	const struct table *b;
	const struct tokens *t;
	const struct item *v;
	size_t n;
};

struct match {
	const struct form *form;
	size_t items;
};

static bool sign_fits(const struct search *s, size_t i, char want)
{
	const struct token *t = &s->t->v[s->v[i].tok];
	char b = t->before;
	if (t->flags & TOKEN_PARAGRAPH)
		return false;
	switch (want) {
	case ',':
		if (b == ',')
			return true;
		break;
	case '-': return b == '-' || (b == '_' && t->start - s->t->v[s->v[i].tok - 1].end <= 5);
	case '/': return b == '/';
	case '\'': return b == '\'';
	case '_': return b == ' ' || b == '\n';
	case '.':
		if (b == '.')
			return true;
		break;
	default: break;
	}
	if (b == ' ' || b == '\n' || b == '-' || (b == '\'' && s->v[i].word == MADE_YEAR2))
		return true;
	if (b == '.' && i > 0)
		return word_abbreviates(s->b->words, s->v[i - 1].word) || s->v[i - 1].word == MADE_CLOCK;
	return false;
}

static bool neighbours(const struct search *s, size_t i) { return i > 0 && i < s->n && s->v[i - 1].tok + s->v[i - 1].n == s->v[i].tok; }

static bool fits(const struct search *s, const struct form *f, size_t k)
{
	if (k < f->from || k + (f->n - f->from) > s->n)
		return false;
	for (size_t j = f->from; j < f->n; j++) {
		size_t i = k + j - f->from;
		if (!in_set(s->b->element[f->element[j]].ids, s->v[i].word) || (j > f->from && (!neighbours(s, i) || !sign_fits(s, i, f->sign[j]))))
			return false;
	}
	for (size_t j = f->from; j-- > 0;) {
		size_t i = k - (f->from - j);
		if (!in_set(s->b->element[f->element[j]].ids, s->v[i].word) || !neighbours(s, i + 1) || !sign_fits(s, i + 1, f->sign[j + 1]))
			return false;
	}
	return true;
}

/* The longest wins, then the earlier row; what must stand behind it counts as well. */
static void try_form(const struct search *s, const struct form *f, size_t k, struct match *best)
{
	size_t n = (size_t)(f->n - f->from), longest_n = best->form ? (size_t)(best->form->n - best->form->from) : 0;
	if (n < longest_n || (n == longest_n && f > best->form) || !fits(s, f, k))
		return;
	*best = (struct match){f, (size_t)(f->to - f->from)};
}

/* The longest form of one of the kinds at item k; items == 0 if none. */
static struct match longest(const struct search *s, size_t k, bool prefixes)
{
	struct match best = {0};
	uint16_t id = s->v[k].word;
	bool follows = neighbours(s, k + 1) && in_set(s->b->pair[id], s->v[k + 1].word);
	if (!follows && !in_set(s->b->alone, id))
		return best;
	for (uint32_t i = s->b->first[id]; i < s->b->first[id + 1]; i++) {
		const struct group *g = &s->b->groups[i];
		if (g->prefixes != prefixes || (g->second != NOTHING_MORE && (!follows || !in_set(s->b->element[g->second].ids, s->v[k + 1].word))))
			continue;
		for (uint32_t j = g->begin; j < g->end; j++)
			try_form(s, &s->b->form[s->b->listed[j]], k, &best);
	}
	return best;
}

void slot_set(struct expr *e, enum day_class c, int32_t v)
{
	int at = __builtin_popcountll(e->has & (CLASS_BIT(c) - 1)), n = __builtin_popcountll(e->has);
	if (!(e->has & CLASS_BIT(c))) {
		if (n == SLOTS_MAX)
			return;
		memmove(&e->values[at + 1], &e->values[at], (size_t)(n - at) * sizeof e->values[0]);
		e->has |= CLASS_BIT(c);
	}
	e->values[at] = v;
}

static void fill_slots(const struct search *s, const struct form *f, size_t k, struct expr *e)
{
	for (size_t j = 0; j < f->n; j++) {
		const struct item *it = &s->v[k + j - f->from];
		uint64_t c = s->b->element[f->element[j]].classes & word_classes(s->b->words, it->word);
		for (; c; c &= c - 1) {
			enum day_class class = (enum day_class)__builtin_ctzll(c);
			int32_t v = item_value(s->b->words, it, class);
			if (e->has & CLASS_BIT(class))
				e->again = v;
			else
				slot_set(e, class, v);
		}
		if (it->quarters)
			e->quarters = it->quarters;
		e->article |= it->article;
	}
}

static void make_expr(const struct search *s, const struct match *m, size_t k, struct expr *e)
{
	const struct item *last = &s->v[k + m->items - 1];
	*e = (struct expr){.item = (uint32_t)k, .n_items = (uint32_t)m->items, .tok = s->v[k].tok, .rule = &rows[m->form->row].rule, .clock = -1, .anchor = UINT32_MAX};
	e->n_tok = last->tok + last->n - e->tok;
	e->part = e->rule->part;
	fill_slots(s, m->form, k, e);
	const struct item *first = &s->v[k];
	e->apostrophe = s->t->v[first->tok].before == '\'' && (first->word == MADE_YEAR2 || first->word == MADE_DECADE) && m->items == 1;
}

static bool is_span(const struct expr *e)
{
	return e->rule->action == ACT_DURATION || e->rule->action == ACT_AGO || e->rule->action == ACT_LATER;
}

static bool takes_prefix(const struct expr *e, uint8_t kind)
{
	if (e->rule->action == ACT_REF || e->rule->action == ACT_SET || e->rule->action == ACT_VOID)
		return false;
	return is_span(e) == (kind == KIND_SPAN_PREFIX);
}

/* A prefix at k and what it belongs to; items used, 0 if there is no such thing. */
static size_t with_prefix(const struct search *s, size_t k, struct expr *e)
{
	struct match p = longest(s, k, true), m;
	if (!p.items || !neighbours(s, k + p.items) || !sign_fits(s, k + p.items, ' '))
		return 0;
	m = longest(s, k + p.items, false);
	if (!m.items)
		return 0;
	make_expr(s, &m, k + p.items, e);
	if (!takes_prefix(e, rows[p.form->row].kind))
		return 0;
	e->n_tok += e->tok - s->v[k].tok;
	e->tok = s->v[k].tok;
	if (rows[p.form->row].rule.part)
		e->part = rows[p.form->row].rule.part;
	e->approximate = true;
	return p.items + m.items;
}

static size_t expr_at(const struct search *s, size_t k, struct expr *e)
{
	struct expr plain;
	struct match m = longest(s, k, false);
	size_t n = with_prefix(s, k, e);
	if (n > m.items)
		return n;
	if (!m.items)
		return 0;
	make_expr(s, &m, k, &plain);
	*e = plain;
	return m.items;
}

static bool names_day(const struct expr *e)
{
	uint8_t a = e->rule->action;
	return a == ACT_WEEKDAY || a == ACT_DEICTIC || a == ACT_FIXED || a == ACT_HOLIDAY || (a == ACT_DATE && e->has & (CLASS_BIT(CL_DOM) | CLASS_BIT(CL_DOMWORD) | CLASS_BIT(CL_DATE)));
}

static bool names_clock(const struct expr *e)
{
	return e->rule->action == ACT_CLOCK || (e->rule->action == ACT_PARTOFDAY && e->rule->arg == 8);
}

/* The day takes over what the clock says. */
static void merge_clock(struct expr *day, const struct expr *clock, uint32_t tok, uint32_t n_tok)
{
	uint64_t add = clock->has & ~day->has;
	for (uint64_t c = add; c; c &= c - 1)
		slot_set(day, (enum day_class)__builtin_ctzll(c), slot(clock, (enum day_class)__builtin_ctzll(c)));
	day->tok = tok;
	day->n_tok = n_tok;
}

/* "10 p.m. Wednesday", "noon, Nov. 6", "Wednesday night", "Friday at 9 a.m." */
static size_t join_times(const struct search *s, size_t k, size_t n, struct expr *e)
{
	struct expr more;
	size_t next = k + n;
	if (!neighbours(s, next) || !sign_fits(s, next, ','))
		return n;
	if (names_day(e) && word_classes(s->b->words, s->v[next].word) & CLASS_BIT(CL_PARTOFDAY) && sign_fits(s, next, ' ')) {
		slot_set(e, CL_PARTOFDAY, item_value(s->b->words, &s->v[next], CL_PARTOFDAY));
		e->n_tok = s->v[next].tok + s->v[next].n - e->tok;
		return n + 1;
	}
	if (names_clock(e)) {
		size_t m = expr_at(s, next, &more);
		if (m && names_day(&more)) {
			merge_clock(&more, e, e->tok, more.tok + more.n_tok - e->tok);
			*e = more;
			return n + m;
		}
	}
	return n;
}

void days_match(const struct tokens *t, const struct items *items, struct exprs *out)
{
	struct search s = {.b = table(), .t = t, .v = items->v, .n = items->n};
	size_t cap = 0;
	*out = (struct exprs){0};
	for (size_t k = 0; k < s.n;) {
		struct expr e;
		size_t n = expr_at(&s, k, &e);
		if (!n) {
			k++;
			continue;
		}
		n = join_times(&s, k, n, &e);
		if (out->n == cap)
			out->v = mem_grow(out->v, &cap, out->n + 1, sizeof *out->v);
		out->v[out->n++] = e;
		k += n;
	}
}
