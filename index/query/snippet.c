/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	text ─ tokens ─► marks (from, to, what) ─► best window: most different things marked, then most marks, then first
 *	                                          begins at a sentence, or some words before the first mark where the sentence is long
 *
 * Reads at most the first 256 KiB of a text: a passage further on is not found, and the beginning is shown.
 */
#include "index/query/snippet.h"

#include "base/fold.h"
#include "base/utf8.h"
#include "index/facts/gazetteer.h"
#include "index/facts/tokens.h"
#include "index/store/terms.h"

#define READ_MAX  (256u << 10)
#define MEMO_SIZE 1024u
#define MARK_DAY  63u
#define MARK_ASIDE UINT32_MAX /* a day less exact than another that answers as well */

struct memo { /* does a word match which leaf: asked once a word and request */
	uint64_t hash;
	int32_t leaf; /* -1: none */
};

struct marker {
	struct job *j;
	const struct plan *p;
	struct memo memo[MEMO_SIZE];
	bool any;
	bool *common; /* by leaf: "the" is not marked beside better words */
};

struct mark {
	uint32_t start, end;
	uint32_t what; /* leaf, 1000 + leader, MARK_DAY or MARK_ASIDE */
};

struct marks {
	struct arena *a;
	struct mark *v;
	size_t n, cap;
};

#define COMMON_ROWS  200u /* in a smaller archive a word in most documents may be what it is about */
#define COMMON_BYTES 4u   /* the, of, und, dans: longer ones are rarely so empty */

static bool in_most_rows(struct job *j, const struct leaf_plan *l)
{
	uint64_t n = 0;
	for (size_t v = 0; v < j->e->n_views; v++)
		n += bits_count(leaf_rows(j, l, j->e->views[v]), j->e->views[v]->n_words);
	return n > j->e->n_rows / 2;
}

/* Small words that are in most documents, unless there are no others. */
static void find_common(struct marker *m)
{
	const struct tree *t = &m->p->tree;
	size_t others = 0;
	m->common = arena_array(m->j->a, bool, t->n_leaves + 1);
	for (size_t i = 0; i < t->n_leaves; i++) {
		if (!t->leaves[i].positive || t->leaves[i].kind > LEAF_NEAR || t->leaves[i].title)
			continue;
		m->common[i] = t->leaves[i].kind == LEAF_WORD && t->leaves[i].words[0].n <= COMMON_BYTES && m->j->e->n_rows >= COMMON_ROWS && in_most_rows(m->j, &m->p->leaves[i]);
		others += !m->common[i];
	}
	if (!others)
		memset(m->common, 0, t->n_leaves * sizeof *m->common);
}

struct marker *marker_new(struct job *j, const struct plan *p)
{
	struct marker *m = arena_new(j->a, struct marker);
	m->j = j;
	m->p = p;
	for (size_t i = 0; p && i < p->tree.n_leaves; i++)
		m->any |= p->tree.leaves[i].positive && p->tree.leaves[i].kind <= LEAF_NEAR && !p->tree.leaves[i].title;
	if (p)
		find_common(m);
	return m;
}

/* ---- which words ---- */

static bool stem_matches(const struct leaf_plan *l, struct span word, struct span lang)
{
	char buf[TERM_MAX];
	struct span stem = {buf, 0};
	for (size_t i = 0; i < l->words[0].n; i++)
		if (l->words[0].v[i].n && word.n && l->words[0].v[i].p[0] == word.p[0]) {
			if (!stem.n)
				stem.n = terms_stem(word, lang, buf);
			if (span_eq(stem, l->words[0].v[i]))
				return true;
		}
	return false;
}

static bool word_matches(const struct leaf_plan *l, struct span word, struct span lang)
{
	switch (l->leaf->kind) {
	case LEAF_WORD: return stem_matches(l, word, lang);
	case LEAF_PREFIX: return word.n >= l->leaf->words[0].n && memcmp(word.p, l->leaf->words[0].p, l->leaf->words[0].n) == 0;
	case LEAF_EXACT: case LEAF_PHRASE: return span_eq(word, l->leaf->words[0]);
	case LEAF_NEAR:
		for (uint32_t i = 0; i < l->n_words; i++)
			if (span_eq(word, l->leaf->words[i]))
				return true;
		return false;
	default: return false;
	}
}

static int32_t leaf_of_word(const struct marker *m, struct span word, struct span lang)
{
	for (size_t i = 0; i < m->p->tree.n_leaves; i++) {
		const struct leaf *l = &m->p->tree.leaves[i];
		if (l->positive && l->kind <= LEAF_NEAR && !l->title && !m->common[i] && word_matches(&m->p->leaves[i], word, lang))
			return (int32_t)i;
	}
	return -1;
}

static int32_t known_leaf(struct marker *m, struct span word, struct span lang)
{
	uint64_t hash = (span_hash(word) ^ span_hash(lang) * 3) | 1;
	struct memo *k = &m->memo[hash >> 8 & (MEMO_SIZE - 1)];
	if (k->hash != hash)
		*k = (struct memo){hash, leaf_of_word(m, word, lang)};
	return k->leaf;
}

/* How many tokens a match of the leaf takes from token i on; 0: it does not stand here after all. */
static size_t match_length(const struct leaf *l, const struct tokens *t, size_t i)
{
	if (l->kind != LEAF_PHRASE)
		return 1;
	for (uint32_t k = 0; k < l->n_words; k++)
		if (i + k >= t->n || !span_eq(token_word(t, i + k), l->words[k]))
			return 0;
	return l->n_words;
}

static void add_mark(struct marks *m, uint32_t start, uint32_t end, uint32_t what)
{
	if (m->n && m->v[m->n - 1].end > start) {
		if (m->v[m->n - 1].end < end)
			m->v[m->n - 1].end = end;
		return;
	}
	*arena_push(m->a, m->v, m->n, m->cap) = (struct mark){start, end, what};
}

static void mark_words(struct marker *m, const struct tokens *t, struct span lang, struct marks *out)
{
	for (size_t i = 0; i < t->n; i++) {
		int32_t leaf = known_leaf(m, token_word(t, i), lang);
		if (leaf < 0)
			continue;
		size_t n = match_length(&m->p->tree.leaves[leaf], t, i);
		if (!n)
			continue;
		add_mark(out, t->v[i].start, t->v[i + n - 1].end, (uint32_t)leaf);
		i += n - 1;
	}
}

/* ---- which leaders ---- */

static bool asked(const struct marker *m, struct span leader)
{
	for (size_t i = 0; i < m->p->n_asked; i++)
		if (span_eq(m->p->asked_leaders[i], leader))
			return true;
	return false;
}

/* Is a word of the query part of this leader's name? Then he was meant. */
static bool named(const struct marker *m, struct span leader)
{
	const struct leader *l = m->j->e->g ? gazetteer_by_id(m->j->e->g, leader) : NULL;
	AUTO_STR struct str name = {0};
	struct span rest, part;
	if (!l)
		return false;
	fold_name(&name, l->name);
	for (rest = str_view(&name); span_cut(&rest, ' ', &part);)
		for (size_t i = 0; i < m->p->tree.n_leaves; i++) {
			const struct leaf *leaf = &m->p->tree.leaves[i];
			for (uint32_t k = 0; leaf->positive && leaf->kind <= LEAF_PHRASE && k < leaf->n_words; k++)
				if (leaf->words[k].n > 2 && span_eq(leaf->words[k], part))
					return true;
		}
	return false;
}

static void mark_leaders(struct marker *m, struct arena *a, const struct facts *f, size_t limit, struct marks *out)
{
	struct marks words = *out;
	struct span last = SPAN_NONE;
	bool wanted = false;
	size_t w = 0;
	*out = (struct marks){.a = a};
	for (size_t i = 0; i < f->n_mentions; i++) {
		const struct mention *x = &f->mentions[i];
		if (x->end > limit)
			break;
		if (!span_eq(x->leader, last))
			wanted = asked(m, x->leader) || (m->any && named(m, x->leader));
		last = x->leader;
		if (!wanted)
			continue;
		for (; w < words.n && words.v[w].start < x->start; w++)
			add_mark(out, words.v[w].start, words.v[w].end, words.v[w].what);
		add_mark(out, x->start, x->end, 1000 + (uint32_t)(span_hash(x->leader) & 31));
	}
	for (; w < words.n; w++)
		add_mark(out, words.v[w].start, words.v[w].end, words.v[w].what);
}

/* ---- which days ---- */

static void mark_days(struct arena *a, const struct mentioned *days, size_t limit, struct marks *out)
{
	struct marks others = *out;
	size_t o = 0;
	*out = (struct marks){.a = a};
	for (size_t i = 0; i < days->n && days->v[i]->end <= limit; i++) {
		for (; o < others.n && others.v[o].start < days->v[i]->start; o++)
			add_mark(out, others.v[o].start, others.v[o].end, others.v[o].what);
		add_mark(out, days->v[i]->start, days->v[i]->end, mentioned_exact(days, i) ? MARK_DAY : MARK_ASIDE);
	}
	for (; o < others.n; o++)
		add_mark(out, others.v[o].start, others.v[o].end, others.v[o].what);
}

/* ---- which window ---- */

struct window {
	uint32_t from, to;
	double worth;
};

static uint32_t forward(struct span text, uint32_t from, uint32_t characters)
{
	size_t at = from;
	for (uint32_t i = 0; i < characters && at < text.n; i++) {
		at++;
		while (at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80)
			at++;
	}
	return (uint32_t)at;
}

static uint32_t back(struct span text, uint32_t from, uint32_t characters)
{
	size_t at = from;
	for (uint32_t i = 0; i < characters && at; i++) {
		at--;
		while (at && ((unsigned char)text.p[at] & 0xC0) == 0x80)
			at--;
	}
	return (uint32_t)at;
}

/* The sentence that byte `at` is in (or the last before it). */
static const struct sentence *sentence_at(const struct tokens *t, uint32_t at)
{
	size_t lo = 0, hi = t->n_sentences;
	while (lo + 1 < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->sentences[mid].start <= at)
			lo = mid;
		else
			hi = mid;
	}
	return t->n_sentences ? &t->sentences[lo] : NULL;
}

static uint32_t word_start(struct span text, uint32_t at)
{
	while (at && at < text.n && text.p[at - 1] != ' ' && text.p[at - 1] != '\n')
		at++;
	return at;
}

/* Where a window that shows mark i begins: at the start of its sentence, or later where that would push the mark out. */
static uint32_t window_start(const struct tokens *t, const struct marks *m, size_t i, uint32_t characters)
{
	struct span text = t->text;
	const struct sentence *s = sentence_at(t, m->v[i].start);
	uint32_t from = s && s->start <= m->v[i].start ? s->start : m->v[i].start;
	if (m->v[i].start - from <= characters / 2) /* bytes: near enough in characters, too */
		return from;
	uint32_t near = back(text, m->v[i].start, characters / 2);
	if (from < near) {
		from = word_start(text, near);
		from = from < m->v[i].start ? from : m->v[i].start;
	}
	return from;
}

static struct window window_for(const struct tokens *t, const struct marks *m, size_t i, uint32_t from, uint32_t characters)
{
	struct window w = {.from = from, .to = forward(t->text, from, characters)};
	uint64_t seen = 0;
	for (size_t k = i; k < m->n && m->v[k].end <= w.to; k++) {
		uint64_t bit = (uint64_t)1 << (m->v[k].what & 63);
		w.worth += m->v[k].what == MARK_ASIDE || seen & bit ? 0.1 : 1;
		if (m->v[k].what == MARK_ASIDE)
			continue;
		seen |= bit;
	}
	return w;
}

/* Ends at a sentence where that does not lose much, else at a word; never in a mark. */
static void end_well(const struct tokens *t, const struct marks *m, struct window *w)
{
	struct span text = t->text;
	if (w->to >= text.n)
		return;
	const struct sentence *s = sentence_at(t, w->to);
	uint32_t last_mark = 0;
	for (size_t i = 0; i < m->n && m->v[i].end <= w->to; i++)
		last_mark = m->v[i].start >= w->from ? m->v[i].end : 0;
	for (size_t i = s ? (size_t)(s - t->sentences) + 1 : 0; i-- > 0;) {
		uint32_t end = t->sentences[i].end;
		while (end < w->to && text.p[end] != ' ' && text.p[end] != '\n')
			end++;
		if (end <= w->to && end >= last_mark && end > w->from + (w->to - w->from) / 2) {
			w->to = end;
			return;
		}
		if (end < w->from)
			break;
	}
	uint32_t cut = w->to;
	while (cut > w->from && text.p[cut] != ' ' && text.p[cut] != '\n')
		cut--;
	w->to = cut > w->from && cut >= last_mark ? cut : (uint32_t)utf8_floor(text, w->to);
}

static struct window best_window(const struct tokens *t, const struct marks *m, uint32_t characters)
{
	struct window best = {.from = t->n ? t->v[0].start : 0};
	if (best.from && t->text.p[best.from - 1] == '"')
		best.from--;
	best.to = forward(t->text, best.from, characters);
	uint32_t last = UINT32_MAX;
	for (size_t i = 0; i < m->n; i++) {
		uint32_t from = window_start(t, m, i, characters);
		if (last != UINT32_MAX && from < last + characters / 8) /* begins like the one before, or nearly */
			continue;
		struct window w = window_for(t, m, i, from, characters);
		if (w.worth > best.worth)
			best = w;
		last = from;
	}
	end_well(t, m, &best);
	return best;
}

/* ---- writing ---- */

/* White space becomes one space. */
static void add_text(struct str *s, struct span t)
{
	for (size_t i = 0; i < t.n; i++) {
		bool space = t.p[i] == ' ' || t.p[i] == '\n' || t.p[i] == '\t' || t.p[i] == '\r';
		if (!space)
			str_ch(s, t.p[i]);
		else if (!s->n || s->p[s->n - 1] != ' ')
			str_ch(s, ' ');
	}
}

/* White space at the beginning. */
static uint32_t span_lead(struct span t)
{
	struct span s = span_trim(t);
	return s.n ? (uint32_t)(s.p - t.p) : 0;
}

static void write_window(struct jw *w, struct span text, const struct marks *m, struct window win, bool cut_end)
{
	struct str s = {0};
	uint32_t at = win.from;
	jw_open(w, '[');
	if (win.from > span_lead(text))
		str_z(&s, "… ");
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].start < at || m->v[i].end > win.to)
			continue;
		add_text(&s, span_sub(text, at, m->v[i].start));
		jw_str(w, str_view(&s));
		str_clear(&s);
		add_text(&s, span_sub(text, m->v[i].start, m->v[i].end));
		jw_str(w, str_view(&s));
		str_clear(&s);
		at = m->v[i].end;
	}
	add_text(&s, span_sub(text, at, win.to));
	if (cut_end)
		str_z(&s, " …");
	if (s.n)
		jw_str(w, str_view(&s));
	jw_close(w, ']');
	str_done(&s);
}

void snippet_write(struct jw *w, struct arena *a, struct marker *m, const struct document *d, const struct facts *f, const struct mentioned *days, uint32_t characters)
{
	struct span text = d->text;
	struct tokens t;
	struct marks marks = {.a = a};
	if (text.n > READ_MAX)
		text.n = utf8_floor(text, READ_MAX);
	if (m->p && !m->any && !m->p->n_asked && !(days && days->n) && text.n > characters * 8u) /* nothing to be marked: the beginning is enough */
		text.n = utf8_floor(text, characters * 8u);
	tokens_make(a, text, &t);
	if (m->p && m->any)
		mark_words(m, &t, d->lang, &marks);
	if (m->p)
		mark_leaders(m, a, f, text.n, &marks);
	if (days)
		mark_days(a, days, text.n, &marks);
	struct window win = best_window(&t, &marks, characters);
	write_window(w, text, &marks, win, win.to < span_trim(d->text).n);
}
