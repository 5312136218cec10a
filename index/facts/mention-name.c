/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family name was found: what stands beside it?
 *
 *	… [given given] FAMILY [given given] …
 *
 * Given names to the left (to the right where the family comes first), a title, a country, kin. A capitalised word beside it
 * that is no given name of a leader, no title, no nation and no common word is another person's given name.
 */
#include "index/facts/mention-inner.h"

#define LEFT_MAX 6

/* Not before this token: the end of the last name that stands for itself. */
static uint32_t names_end(const struct reading *r)
{
	for (size_t i = r->n_names; i-- > 0 && i + 8 > r->n_names;)
		if (r->names[i].kind == NAME_FULL || r->names[i].kind == NAME_DECOY)
			return r->names[i].to;
	return 0;
}

static bool known_name_ends(const struct reading *r, size_t to)
{
	for (size_t i = r->n_names; i-- > 0 && i + 4 > r->n_names;)
		if (r->names[i].to == to && r->names[i].kind == NAME_FREE)
			return true;
	return false;
}

/* First token of the capitalised words that lead up to the family name at f. */
static size_t left_start(const struct reading *r, uint32_t node, size_t f)
{
	size_t low = names_end(r), i = f;
	if (r->n_titles && r->titles[r->n_titles - 1].to <= f && r->titles[r->n_titles - 1].to > low)
		low = r->titles[r->n_titles - 1].to;
	if (f && r->t->v[f].before == '-')
		return f; /* "the Tito-Nasser talks" */
	while (i > low && f - i < LEFT_MAX && mention_joined(r, i)) {
		size_t k = i - 1;
		if (known_name_ends(r, k + 1) && !given_is(r, node, word_at(r, k)))
			break; /* "to inform Nasser Collins will come" */
		if (!upper_at(r, k) || (r->t->v[k].flags & (TOKEN_DIGITS | TOKEN_HAS_DIGIT | TOKEN_POSSESSIVE)))
			break;
		bool given = (flags_at(r, k) & WORD_WESTERN) && !(r->t->v[k].flags & (TOKEN_SENTENCE | TOKEN_CAPS)); /* Mark, Bill, Frank */
		if (!given && (flags_at(r, k) & (WORD_COMMON | WORD_KIN | WORD_TITLE | WORD_NATION | WORD_FORMER | WORD_CITY)) && !given_is(r, node, word_at(r, k)))
			break;
		i = k;
	}
	return i;
}

/* The words to the right that can be given names behind a family name: "Kim [Jae-chun]", "Li [Zhaoxing]". */
static size_t right_end(const struct reading *r, size_t e)
{
	size_t i = e;
	while (i < r->t->n && i - e < 3 && !mention_hard_break(r, i) && (token_follows(r->t, i) || r->t->v[i].before == '-' || (r->t->v[i].before == '\'' && i > e)) &&
	       !(r->t->v[i].flags & (TOKEN_SENTENCE | TOKEN_POSSESSIVE)) && (upper_at(r, i) || (i > e && r->t->v[i].before != ' ')))
		i++;
	return i;
}

void name_title(struct reading *r, struct name_spot *s)
{
	s->title = s->place = -1;
	s->title_class = TITLE_NONE;
	uint32_t at = s->start;
	if (r->n_titles) {
		struct title_spot *t = &r->titles[r->n_titles - 1];
		if (t->to == at && !(r->t->v[at].flags & TOKEN_SENTENCE) && (r->t->v[at].before == ' ' || r->t->v[at].before == '.' || r->t->v[at].before == '\n' || r->t->v[at].before == ',' || r->t->v[at].before == '-')) {
			s->title = t->title;
			s->title_class = titles[t->title].class;
			s->former = t->former;
			t->used = true;
			at = t->from;
		}
	}
	size_t low = at > 4 ? at - 4 : 0;
	for (size_t i = r->n_places; i-- > 0 && r->places[i].to > low;) {
		if (r->places[i].to > at)
			continue;
		bool plain = true;
		for (size_t k = r->places[i].to; k <= at; k++)
			plain &= !(r->t->v[k].flags & TOKEN_SENTENCE) && (token_follows(r->t, k) || r->t->v[k].before == '\'' || r->t->v[k].before == '-' || r->t->v[k].before == '.');
		if (r->places[i].form == FORM_CAPITAL && !r->places[i].possessive)
			break; /* "on his way to Damascus Chamoun said" */
		bool direct = r->places[i].to == at || (r->places[i].possessive && r->places[i].to + 1 == at);
		if (plain && (direct || (s->title >= 0 && (r->places[i].possessive || r->places[i].form == FORM_ADJECTIVE))))
			s->place = (int32_t)i;
		break;
	}
	for (size_t k = s->start; k-- > 0 && s->start - k <= (s->kind == NAME_OTHER ? 8u : 4u) && !(r->t->v[k + 1].flags & TOKEN_SENTENCE);)
		if (flags_at(r, k) & WORD_KIN) {
			s->kin = true;
			break;
		}
	for (size_t k = s->to; k < r->t->n && k < s->to + 8u && !(r->t->v[k].flags & TOKEN_SENTENCE); k++)
		s->kin |= s->kind == NAME_OTHER && (flags_at(r, k) & WORD_KIN);
}

struct name_spot *name_add(struct reading *r, uint32_t from, uint32_t to, uint32_t node, enum name_kind kind)
{
	struct name_spot *s = arena_push(r->a, r->names, r->n_names, r->cap_names);
	*s = (struct name_spot){.from = from, .to = to, .start = from, .node = node, .kind = kind, .title = -1, .place = -1, .title_class = TITLE_NONE, .leader = -1};
	return s;
}

static bool ends_like_verb(struct span w)
{
	return (w.n > 5 && span_ends(w, "ing")) || (w.n > 4 && (span_ends(w, "ed") || span_ends(w, "ly")));
}

/* FonMin, PriMin: clerks' titles, no names. */
static bool camel_at(const struct reading *r, size_t i)
{
	struct span s = token_surface(r->t, i);
	bool small = false;
	for (size_t k = 1; k < s.n; k++) {
		if (s.p[k] >= 'A' && s.p[k] <= 'Z' && small && k > 2)
			return true;
		small |= s.p[k] >= 'a' && s.p[k] <= 'z';
	}
	return false;
}

enum capital { CAPITAL_NOTHING, CAPITAL_WEAK, CAPITAL_NAME };

/* Does the capital of token i, beside a family name, say that it is a given name? */
static enum capital capital_at(struct reading *r, size_t i, size_t family)
{
	const struct token *k = &r->t->v[i], *f = &r->t->v[family];
	uint32_t flags = flags_at(r, i);
	bool opens = (k->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH)) || k->before == ':' || mention_hard_break(r, i);
	if (mention_hard_break(r, family) || ends_like_verb(token_word(r->t, i)) || camel_at(r, i) || ((k->flags & TOKEN_CAPS) && !(f->flags & TOKEN_CAPS)))
		return CAPITAL_NOTHING;
	if (k->len == 1) /* "C. Diem's refusal": a list */
		return i && (mention_hard_break(r, i) || (opens && r->t->words[k->word] <= 'f')) ? CAPITAL_NOTHING : CAPITAL_NAME;
	if (flags & WORD_GIVEN)
		return (k->flags & TOKEN_CAPS) ? CAPITAL_WEAK : CAPITAL_NAME;
	if (mention_small(r, i))
		return CAPITAL_NOTHING;
	return opens || r->nouns || (k->flags & TOKEN_CAPS) ? CAPITAL_WEAK : CAPITAL_NAME;
}

/* "Kim Jae-chun", "Li Zhaoxing": what stands behind the family name is shaped like given names. */
static bool looks_like_given_behind(struct reading *r, uint32_t node, size_t e, size_t *end)
{
	size_t to = right_end(r, e);
	if (to == e || !upper_at(r, e) || !word_is_syllables(token_word(r->t, e)) || (flags_at(r, e) & (WORD_COMMON | WORD_TITLE | WORD_KIN)))
		return false;
	bool hyphen = e + 1 < to && r->t->v[e + 1].before == '-';
	size_t last = e + 1;
	while (last < to && r->t->v[last].before == '-')
		last++;
	if (!hyphen && last < to && r->t->v[e].len <= 6 && r->t->v[last].len <= 6 && word_is_syllables(token_word(r->t, last)) && !(flags_at(r, last) & WORD_COMMON) && family_order(r, node, ORDER_FIRST))
		last++;
	*end = last;
	return hyphen || !mention_small(r, e);
}

static bool royal_title(struct span w) { return span_is(w, "king") || span_is(w, "prince") || span_is(w, "emir") || span_is(w, "amir"); }

/* A headline in capitals: "KHRUSHCHEV POUNDS TABLE". */
static bool loud_line(const struct reading *r, uint32_t to)
{
	return to > 0 && to + 1 < r->t->n && (r->t->v[to - 1].flags & TOKEN_CAPS) && (r->t->v[to].flags & TOKEN_CAPS) && (r->t->v[to + 1].flags & TOKEN_CAPS);
}

/* A capitalised word directly behind, that is no common word, title or country: the name may be a given name itself. */
static bool unknown_behind(struct reading *r, uint32_t to)
{
	if (r->nouns && to < r->t->n && !(flags_at(r, to) & WORD_GIVEN))
		return false;
	static const char *const links[] = {"bin", "ibn", "ben", "al", "el", "bint", "ould", "abu"};
	bool royal = to >= 2 && royal_title(token_word(r->t, to - 2)); /* "King Abdullah bin Abdulaziz" goes on */
	for (size_t i = 0; to + 1 < r->t->n && i < sizeof links / sizeof links[0]; i++)
		if (r->t->v[to].before == ' ' && !(royal && i < 2) && span_is(token_word(r->t, to), links[i]) && upper_at(r, to + 1) && mention_joined(r, to + 1))
			return true;
	if (loud_line(r, to) && !(flags_at(r, to) & WORD_GIVEN))
		return false;
	return to < r->t->n && token_follows(r->t, to) && mention_joined(r, to) && !mention_hard_break(r, to) && upper_at(r, to) && !(r->t->v[to].flags & TOKEN_HAS_DIGIT) &&
	       !(flags_at(r, to) & (WORD_COMMON | WORD_TITLE | WORD_NATION | WORD_KIN | WORD_CITY)) && !ends_like_verb(token_word(r->t, to)) && !mention_small(r, to);
}

/* Tries the words before the family name from the longest run on. A run that begins later must have a whole given name. */
static size_t fit_left(const struct reading *r, uint32_t node, size_t left, size_t family, struct fit *best)
{
	size_t start = family;
	for (size_t i = left; i < family && best->grade < 90; i++) {
		struct fit f = {0};
		given_fit(r, node, i, family, false, &f);
		if (f.grade > best->grade && (i == left || f.grade >= 90))
			*best = f, start = i;
	}
	return start;
}

static size_t fit_right(const struct reading *r, uint32_t node, size_t family_end, struct fit *best)
{
	for (size_t i = right_end(r, family_end); i > family_end; i--) {
		given_fit(r, node, family_end, i, true, best);
		if (best->grade)
			return i;
	}
	return family_end;
}

static void add_full(struct reading *r, const struct fit *f, uint32_t start, uint32_t from, uint32_t to, uint32_t node)
{
	mention_absorb(r, start);
	struct name_spot *s = name_add(r, from, to, node, NAME_FULL);
	s->start = start;
	s->fits = f->who;
	s->n_fits = f->n;
	s->initials = f->grade == 85;
	s->loose = f->grade < 100;
}

static void add_other(struct reading *r, uint32_t start, uint32_t from, uint32_t to, uint32_t node, bool weak)
{
	if (!weak)
		mention_absorb(r, start);
	struct name_spot *s = name_add(r, from, to, node, NAME_OTHER);
	s->start = weak ? from : start;
	s->why = "other-person";
	s->weak = weak;
}

/* "Ludwig van Park": a small particle between another's given name and the family name. */
static bool particle_before(const struct reading *r, uint32_t from)
{
	return from >= 2 && mention_joined(r, from) && mention_joined(r, from - 1) && (flags_at(r, from - 1) & WORD_PARTICLE) && !(flags_at(r, from - 1) & WORD_ARTICLE) &&
	       !upper_at(r, from - 1) && upper_at(r, from - 2) && !(flags_at(r, from - 2) & (WORD_COMMON | WORD_TITLE | WORD_NATION));
}

/* "Boyd-Clark": a dash and an unknown capitalised word before. Two leaders, or a country and one, are no such name. */
static bool double_barrelled(const struct reading *r, uint32_t from)
{
	if (!from || r->t->v[from].before != '-' || !upper_at(r, from - 1) || (flags_at(r, from - 1) & (WORD_COMMON | WORD_TITLE | WORD_NATION | WORD_CITY | WORD_FORMER | WORD_ARTICLE)))
		return false;
	for (size_t i = r->n_names; i-- > 0 && i + 4 > r->n_names;)
		if (r->names[i].to == from && r->names[i].kind != NAME_GONE)
			return r->names[i].kind == NAME_OTHER;
	return true;
}

/* A family name was found at [from, to): who stands around it? */
static void read_family(struct reading *r, uint32_t from, uint32_t to, uint32_t node, bool free)
{
	bool first = family_order(r, node, ORDER_FIRST);
	size_t left = left_start(r, node, from), end = to;
	struct fit best = {0};
	size_t start = fit_left(r, node, left, from, &best);
	if (!best.grade && first)
		end = fit_right(r, node, to, &best);
	if (best.grade == 85 && unknown_behind(r, to))
		best.grade = 0; /* "J. Howard Macdonald" is no Howard */
	if (best.grade) {
		add_full(r, &best, (uint32_t)start, from, (uint32_t)end, node);
		return;
	}
	enum capital capital = left < from ? capital_at(r, from - 1, from) : CAPITAL_NOTHING;
	if (capital != CAPITAL_NOTHING) {
		add_other(r, (uint32_t)left, from, to, node, capital == CAPITAL_WEAK);
		return;
	}
	if (left == from && particle_before(r, from)) {
		add_other(r, from - 2, from, to, node, false);
		return;
	}
	if (double_barrelled(r, from)) {
		add_other(r, from, from, to, node, true);
		return;
	}
	size_t behind;
	if (first && looks_like_given_behind(r, node, to, &behind)) {
		add_other(r, from, from, (uint32_t)behind, node, (r->t->v[from].flags & TOKEN_CAPS) != 0);
		return;
	}
	name_add(r, from, to, node, free ? NAME_FREE : NAME_BARE)->as_given = unknown_behind(r, to);
}

/* deGaulle, al-Assad: a capital inside is one too. */
static bool capital_within(const struct reading *r, size_t i)
{
	struct span s = token_surface(r->t, i);
	for (size_t k = 0; k < s.n; k++)
		if (s.p[k] >= 'A' && s.p[k] <= 'Z')
			return true;
	return false;
}

static bool cased(const struct reading *r, uint32_t from, uint32_t to)
{
	return capital_within(r, to - 1) || upper_at(r, to - 1) || mention_caseless(r, from) || (to - from > 1 && upper_at(r, from) && r->t->v[to - 1].before == '-');
}

/* al-Assad, el-Sisi: the article is part of the surface. */
static uint32_t with_article(const struct reading *r, uint32_t from)
{
	if (from && (flags_at(r, from - 1) & WORD_ARTICLE) && !(r->t->v[from].flags & TOKEN_SENTENCE) && (r->t->v[from].before == '-' || (r->t->v[from].before == ' ' && upper_at(r, from - 1))))
		return from - 1;
	return from;
}

/* RI, LI, MA among small letters: not Ri, Li, Ma. */
static bool acronym_at(const struct reading *r, size_t i)
{
	const struct token *k = &r->t->v[i];
	if (!(k->flags & TOKEN_CAPS) || k->len > 3)
		return false;
	bool before = i == 0 || (r->t->v[i - 1].flags & (TOKEN_CAPS | TOKEN_DIGITS)), behind = i + 1 >= r->t->n || (r->t->v[i + 1].flags & TOKEN_CAPS);
	return !(before && behind);
}

/* "Bashar al-Assad": the given names stand before the article. */
static void read_before_article(struct reading *r, uint32_t article)
{
	struct name_spot keep = r->names[r->n_names - 1];
	struct fit best = {0};
	keep.start = article;
	size_t left = left_start(r, keep.node, article), start = fit_left(r, keep.node, left, article, &best);
	r->n_names--;
	if (best.grade) {
		mention_absorb(r, (uint32_t)start);
		keep.kind = NAME_FULL, keep.fits = best.who, keep.n_fits = best.n, keep.start = (uint32_t)start;
	} else if (left < article && capital_at(r, article - 1, keep.from) == CAPITAL_NAME) {
		mention_absorb(r, (uint32_t)left);
		keep.kind = NAME_OTHER, keep.why = "other-person", keep.start = (uint32_t)left;
	}
	r->names[r->n_names++] = keep;
}

/* A form that is in the table as a whole. */
static void read_form(struct reading *r, uint32_t i, uint32_t to, uint32_t node, enum name_kind kind)
{
	bool single = to - i == 1 && !mention_caseless(r, i);
	struct name_spot *s = name_add(r, i, to, node, single && kind == NAME_FULL ? NAME_BARE : kind);
	s->start = with_article(r, i);
	while (s->start == s->from && s->from + 1 < to && (flags_at(r, s->from) & WORD_TITLE))
		s->start = ++s->from; /* "Queen Elizabeth": the name is behind the title */
	if (kind == NAME_FULL) {
		s->fits = arena_array(r->a, uint32_t, 16);
		for (uint32_t h = hang_first(&r->g->trie, node, HANG_FULL); h && s->n_fits < 16; h = hang_next(&r->g->trie, h))
			s->fits[s->n_fits++] = r->g->trie.hangs[h].what;
	}
	s->as_given = single && unknown_behind(r, to);
	uint32_t k = s->start;
	if (single && k && mention_joined(r, k) && upper_at(r, k - 1) && r->t->v[k].before == ' ' && (flags_at(r, k - 1) & WORD_GIVEN) &&
	    !(flags_at(r, k - 1) & (WORD_COMMON | WORD_TITLE | WORD_NATION)) && names_end(r) < k) {
		s->kind = NAME_OTHER; /* "Denis Baudouin" */
		s->why = "other-person";
	}
}

/* Short forms that mean one person anywhere must be written as in the table: JFK, but not "Jfk"; MBS, but not "mbs". */
static bool written_so(const struct reading *r, uint32_t node, size_t i)
{
	for (uint32_t h = hang_first(&r->g->trie, node, HANG_FREE); h; h = hang_next(&r->g->trie, h))
		if (span_find(r->g->people[r->g->trie.hangs[h].what].alias_list, token_surface(r->t, i)) >= 0)
			return true;
	return (r->t->v[i].flags & TOKEN_UPPER) && !(r->g->node_kinds[node] & (1u << HANG_FREE));
}

/* "Chairman Mao": the name behind the title stands for itself, and may be longer: "Chairman Mao Tse-tung". */
static bool title_and_name(const struct reading *r, uint32_t i, uint32_t to)
{
	uint32_t k = i;
	if (to >= r->t->n || !mention_joined(r, to) || !upper_at(r, to))
		return false;
	while (k + 1 < to && (flags_at(r, k) & WORD_TITLE))
		k++;
	uint32_t node = k > i ? trie_first(&r->g->trie, word_at(r, k)) : 0;
	return node && k + 1 == to && (r->g->node_kinds[node] & (1u << HANG_FAMILY | 1u << HANG_FREE));
}

/* May 12, 12 May: no name, even behind a name. */
static bool month_with_day(const struct reading *r, size_t i)
{
	if (r->t->v[i].len != 3 || !span_is(token_word(r->t, i), "may"))
		return false;
	return (i + 1 < r->t->n && (r->t->v[i + 1].flags & TOKEN_HAS_DIGIT)) || (i > 0 && (r->t->v[i - 1].flags & TOKEN_HAS_DIGIT));
}

void name_read(struct reading *r, uint32_t i, const struct match *m)
{
	if (month_with_day(r, i))
		return;
	uint32_t full = m->to[HANG_FULL], free = m->to[HANG_FREE], family = m->to[HANG_FAMILY];
	uint32_t to = full > free ? full : free;
	if ((family > to ? family : to) == i + 1 && free != i + 1 && acronym_at(r, i))
		return;
	bool loud = (r->t->v[i].flags & TOKEN_CAPS) && !acronym_at(r, i);
	if (free == i + 1 && free >= family && r->t->v[i].len <= 4 && !loud && !written_so(r, m->node[HANG_FREE], i))
		return;
	if (family >= to && family && cased(r, i, family)) {
		read_family(r, i, family, m->node[HANG_FAMILY], free == family);
		struct name_spot *s = &r->names[r->n_names - 1];
		uint32_t article = with_article(r, i);
		if (article < i && s->start == i && (s->kind == NAME_BARE || s->kind == NAME_FREE))
			read_before_article(r, article);
		else if (article < i && s->start == i)
			s->start = article;
	} else if (to && cased(r, i, to) && (upper_at(r, i) || mention_caseless(r, i) || (flags_at(r, i) & (WORD_PARTICLE | WORD_ARTICLE))) && !title_and_name(r, i, to)) {
		read_form(r, i, to, m->node[full >= free ? HANG_FULL : HANG_FREE], full >= free ? NAME_FULL : NAME_FREE);
	}
}
