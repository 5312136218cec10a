/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the tokens. At each that can begin something the trie is walked; a family name is then looked at with what
 * stands beside it: given names to the left (to the right where the family comes first), titles, countries, kin.
 *
 *	… [given given] FAMILY [given given] …
 *
 * Given names are compared with those of the leaders that bear the family name (exact, initials, with more names between).
 * A capitalised word that is none of them, no title, no nation and no common word is another person's given name.
 */
#include "index/facts/mention.h"

#define LEFT_MAX 6

static uint32_t flags_at(const struct reading *r, size_t i) { return r->g->trie.words[r->ids[i]].flags; }
static bool upper_at(const struct reading *r, size_t i) { return (r->t->v[i].flags & TOKEN_UPPER) != 0; }

/* Scripts without capitals: Arabic, Hebrew, Thai, Chinese … */
static bool caseless_at(const struct reading *r, size_t i)
{
	return (r->t->v[i].flags & TOKEN_CJK) || (unsigned char)r->t->words[r->t->v[i].word] >= 0xD7;
}

/* True when token i continues the name that token i-1 is part of. */
static bool joined_at(const struct reading *r, size_t i)
{
	const struct token *k = &r->t->v[i];
	if (k->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH))
		return false;
	if (k->before == ' ' || k->before == '-' || k->before == '\n')
		return true;
	return k->before == '.' && i && r->t->v[i - 1].len <= 2 && k->start - r->t->v[i - 1].end <= 2;
}

/* Walking the trie. */

struct match {
	uint32_t to[HANG_KINDS_], node[HANG_KINDS_];
};

static void note_node(const struct reading *r, struct match *m, uint32_t node, uint32_t to, bool comma)
{
	unsigned kinds = r->g->node_kinds[node];
	for (unsigned k = 0; kinds; k++, kinds >>= 1)
		if ((kinds & 1) && (!comma || k == HANG_DECOY || k == HANG_AFTER))
			m->to[k] = to, m->node[k] = node;
}

static bool walk(const struct reading *r, size_t i, struct match *m)
{
	uint32_t node = trie_first(&r->g->trie, r->ids[i]);
	if (!node)
		return false;
	memset(m, 0, sizeof *m);
	bool comma = false;
	note_node(r, m, node, (uint32_t)i + 1, false);
	for (size_t k = i + 1; k < r->t->n && r->ids[k]; k++) {
		const struct token *tok = &r->t->v[k];
		if (tok->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH))
			break;
		comma |= tok->before == ',' || tok->before == '&';
		if (!comma && !token_follows(r->t, k) && tok->before != '-' && tok->before != '\'' && tok->before != '.')
			break;
		uint32_t next = trie_edge_find(&r->g->trie, node, r->ids[k]);
		if (!next && (flags_at(r, k) & WORD_ARTICLE))
			continue;
		if (!next)
			break;
		node = next;
		note_node(r, m, node, (uint32_t)k + 1, comma);
	}
	return true;
}

/* Which words the text writes small somewhere: those are no given names. */
static bool written_small(struct reading *r, size_t i)
{
	if (!r->lower) {
		while (r->lower_mask < r->t->n * 8)
			r->lower_mask = r->lower_mask ? r->lower_mask * 2 + 1 : 1023;
		r->lower = arena_array(r->a, uint64_t, r->lower_mask / 64 + 1);
		for (size_t k = 0; k < r->t->n; k++)
			if (!upper_at(r, k)) {
				uint64_t h = span_hash(token_word(r->t, k)) & r->lower_mask;
				r->lower[h >> 6] |= 1ull << (h & 63);
			}
	}
	uint64_t h = span_hash(token_word(r->t, i)) & r->lower_mask;
	return r->lower[h >> 6] >> (h & 63) & 1;
}

/* Given names. */

static char first_letter(const struct reading *r, uint32_t word) { return r->g->trie.bytes.p[r->g->trie.words[word].at]; }
static bool initial_at(const struct reading *r, size_t i) { return r->t->v[i].len == 1 && upper_at(r, i) && !(r->t->v[i].flags & TOKEN_DIGITS); }

/* Letters to be changed to make one word of the other, as far as limit. */
static size_t letters_apart(struct span a, struct span b, size_t limit)
{
	size_t row[32], i, j;
	if (a.n >= 32 || b.n >= 32 || (a.n > b.n ? a.n - b.n : b.n - a.n) > limit)
		return limit + 1;
	for (j = 0; j <= b.n; j++)
		row[j] = j;
	for (i = 1; i <= a.n; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (j = 1; j <= b.n; j++) {
			size_t swap = corner + (a.p[i - 1] != b.p[j - 1]);
			corner = row[j];
			row[j] = swap < row[j] + 1 ? swap : row[j] + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
		}
	}
	return row[b.n];
}

/* Another way of writing the same given name: "Constantin" for "Constantine", "Yitzak" for "Yitzhak". */
static bool nearly_same(const struct reading *r, size_t i, uint32_t word)
{
	struct span a = token_word(r->t, i), b = {r->g->trie.bytes.p + r->g->trie.words[word].at, r->g->trie.words[word].len};
	if (a.n < 5 || b.n < 5 || a.p[0] != b.p[0])
		return false;
	size_t limit = a.n >= 9 && b.n >= 9 ? 2 : 1;
	return letters_apart(a, b, limit) <= limit && (a.n >= 6 || b.n >= 6);
}

/* How well tokens [from, to) are these given names: 100 exactly, 90 shortened, 85 initials alone, 70 and 60 with others between or before, 0 not, -1 another middle initial. */
static int given_grade(const struct reading *r, size_t from, size_t to, const struct given *v)
{
	size_t n = to - from, k = 0, same = 0, unknown = 0, stretched = 0;
	if (n == 1 && v->joined && r->ids[from] == v->joined)
		return 100;
	bool exact = n == v->n;
	for (size_t i = 0; i < n; i++) {
		uint32_t w = r->ids[from + i];
		char c = r->t->words[r->t->v[from + i].word];
		size_t j = k;
		while (j < v->n && !(w && w == v->words[j]) &&
		       !((initial_at(r, from + i) || r->g->trie.words[v->words[j]].len == 1) && first_letter(r, v->words[j]) == c))
			j++;
		if (j == v->n) {
			if (i == 0)
				break;
			unknown++;
			exact = false;
			if (initial_at(r, from + i) && v->n > 1 && k < v->n)
				return -1;
			continue;
		}
		bool equal = w && w == v->words[j];
		exact = exact && equal && j == i;
		same += equal && !initial_at(r, from + i);
		stretched += !equal && !initial_at(r, from + i); /* the table has an initial alone */
		k = j + 1;
	}
	if (v->derived && (n != v->n || unknown))
		return 0;
	if (k == 0 && n <= v->n + 1 && nearly_same(r, from, v->words[0]))
		return n == 1 ? 75 : 70;
	if (k == 0) { /* the first name is another; the last may still be theirs: "Mohammed Anwar Sadat" */
		uint32_t w = r->ids[to - 1];
		for (size_t j = 0; n > 1 && w && !initial_at(r, to - 1) && j < v->n; j++)
			if (w == v->words[j] && r->t->v[to - 1].len > 2)
				return 60;
		return 0;
	}
	if (exact)
		return 100;
	if (stretched && !same)
		return 0;
	if (unknown)
		return same ? 70 : 0;
	return same ? 90 : 85;
}

struct fit {
	uint32_t *who;
	uint32_t n;
	int grade;
};

static int person_grade(const struct reading *r, const struct person *p, size_t from, size_t to, bool right)
{
	int best = 0;
	bool conflict = false;
	for (uint32_t i = 0; i < p->n_given; i++) {
		int grade = given_grade(r, from, to, &p->given[i]);
		conflict |= grade < 0;
		if (right && grade < 100)
			grade = 0;
		if (grade > best)
			best = grade;
	}
	return conflict && best < 85 ? 0 : best;
}

static void fit_family(const struct reading *r, uint32_t node, size_t from, size_t to, bool right, struct fit *out)
{
	const struct trie *t = &r->g->trie;
	for (uint32_t h = hang_first(t, node, HANG_FAMILY); h; h = hang_next(t, h)) {
		const struct person *p = &r->g->people[t->hangs[h].what];
		if (right && p->order != ORDER_FIRST)
			continue;
		int grade = person_grade(r, p, from, to, right);
		if (p->order == ORDER_FIRST && grade < 100 && grade != 75)
			continue;
		if (grade == 0 || grade < out->grade)
			continue;
		if (grade > out->grade)
			out->n = 0, out->grade = grade;
		if (!out->who)
			out->who = arena_array(r->a, uint32_t, 16);
		if (out->n < 16)
			out->who[out->n++] = t->hangs[h].what;
	}
}

static bool family_order(const struct reading *r, uint32_t node, enum name_order order)
{
	for (uint32_t h = hang_first(&r->g->trie, node, HANG_FAMILY); h; h = hang_next(&r->g->trie, h))
		if (r->g->people[r->g->trie.hangs[h].what].order == order)
			return true;
	return false;
}

static bool is_given_word(const struct reading *r, uint32_t node, uint32_t word)
{
	for (uint32_t h = word ? hang_first(&r->g->trie, node, HANG_FAMILY) : 0; h; h = hang_next(&r->g->trie, h)) {
		const struct person *p = &r->g->people[r->g->trie.hangs[h].what];
		for (uint32_t i = 0; i < p->n_given; i++)
			for (uint32_t k = 0; k < p->given[i].n; k++)
				if (p->given[i].words[k] == word)
					return true;
	}
	return false;
}

/* Not before this token: the end of the last name that stands for itself. */
static uint32_t names_end(const struct reading *r)
{
	for (size_t i = r->n_names; i-- > 0 && i + 8 > r->n_names;)
		if (r->names[i].kind == NAME_FULL || r->names[i].kind == NAME_DECOY)
			return r->names[i].to;
	return 0;
}

/* First token of the capitalised words that lead up to the family name at f. */
static size_t left_start(const struct reading *r, uint32_t node, size_t f)
{
	size_t low = names_end(r), i = f;
	if (r->n_titles && r->titles[r->n_titles - 1].to <= f && r->titles[r->n_titles - 1].to > low)
		low = r->titles[r->n_titles - 1].to;
	if (f && r->t->v[f].before == '-')
		return f; /* "the Tito-Nasser talks" */
	while (i > low && f - i < LEFT_MAX && joined_at(r, i)) {
		size_t k = i - 1;
		if (!upper_at(r, k) || (r->t->v[k].flags & (TOKEN_DIGITS | TOKEN_HAS_DIGIT | TOKEN_POSSESSIVE)))
			break;
		bool given = (flags_at(r, k) & WORD_WESTERN) && !(r->t->v[k].flags & (TOKEN_SENTENCE | TOKEN_CAPS)); /* Mark, Bill, Frank */
		if (!given && (flags_at(r, k) & (WORD_COMMON | WORD_KIN | WORD_TITLE | WORD_NATION | WORD_FORMER | WORD_CITY)) && !is_given_word(r, node, r->ids[k]))
			break;
		i = k;
	}
	return i;
}

/* The words to the right that can be given names behind a family name: "Kim [Jae-chun]", "Li [Zhaoxing]". */
static size_t right_end(const struct reading *r, size_t e)
{
	size_t i = e;
	while (i < r->t->n && i - e < 3 && (r->t->v[i].before == ' ' || r->t->v[i].before == '-' || r->t->v[i].before == '\n' || (r->t->v[i].before == '\'' && i > e)) &&
	       !(r->t->v[i].flags & (TOKEN_SENTENCE | TOKEN_POSSESSIVE)) && (upper_at(r, i) || (i > e && r->t->v[i].before != ' ')))
		i++;
	return i;
}

static void spot_title(struct reading *r, struct name_spot *s)
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

/* Longest of the decoys that begin at the end of the name ("* University"), or end at its beginning ("USS *"). */
static const char *decoy_around(const struct reading *r, size_t from, size_t to)
{
	struct match m;
	if (to < r->t->n && r->ids[to] && !(r->t->v[to].flags & TOKEN_SENTENCE) && r->t->v[to].before != ')' && r->t->v[to].before != '(' && r->t->v[to].before != ';' && walk(r, to, &m) && m.to[HANG_AFTER]) {
		const struct decoy *d = &r->g->decoys[r->g->trie.hangs[hang_first(&r->g->trie, m.node[HANG_AFTER], HANG_AFTER)].what];
		char b = r->t->v[to].before;
		if ((d->lower || upper_at(r, to)) && (b == ' ' || b == '-' || b == '\n' || b == '&'))
			return decoy_kind_word(d->kind);
	}
	const struct trie *t = &r->g->trie;
	uint32_t node = from && !(r->t->v[from].flags & TOKEN_SENTENCE) && (token_follows(r->t, from) || r->t->v[from].before == '.' || r->t->v[from].before == '-') ? trie_first(t, r->ids[from - 1]) : 0;
	for (size_t k = from - 1; node; k--) {
		uint32_t h = hang_first(t, node, HANG_BEFORE);
		if (h && (r->g->decoys[t->hangs[h].what].lower || upper_at(r, k)))
			return decoy_kind_word(r->g->decoys[t->hangs[h].what].kind);
		if (k == 0 || (r->t->v[k].flags & TOKEN_SENTENCE) || !r->ids[k - 1])
			break;
		node = trie_edge_find(t, node, r->ids[k - 1]);
	}
	return NULL;
}

/* "his wife Naina": who is called so is kin. */
static void note_kin(struct reading *r, size_t i)
{
	if (i + 1 >= r->t->n || !upper_at(r, i + 1) || !token_follows(r->t, i + 1) || r->n_kin == sizeof r->kin / sizeof r->kin[0])
		return;
	r->kin[r->n_kin++] = span_hash(token_word(r->t, i + 1));
}

static bool is_kin(const struct reading *r, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to && r->n_kin; i++) {
		uint64_t h = span_hash(token_word(r->t, i));
		for (size_t k = 0; k < r->n_kin; k++)
			if (r->kin[k] == h)
				return true;
	}
	return false;
}

static struct name_spot *add_spot(struct reading *r, uint32_t from, uint32_t to, uint32_t node, enum name_kind kind)
{
	struct name_spot *s = arena_push(r->a, r->names, r->n_names, r->cap_names);
	*s = (struct name_spot){.from = from, .to = to, .start = from, .node = node, .kind = kind, .title = -1, .place = -1, .title_class = TITLE_NONE, .leader = -1};
	return s;
}

/* Names that became part of the one that begins at start. */
static void absorb(struct reading *r, uint32_t start)
{
	for (size_t i = r->n_names; i-- > 0 && r->names[i].to > start;)
		if (r->names[i].from >= start)
			r->names[i].kind = NAME_GONE;
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
	bool opens = (k->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH)) || k->before == '\n';
	if (f->before == '\n' || ends_like_verb(token_word(r->t, i)) || camel_at(r, i) || ((k->flags & TOKEN_CAPS) && !(f->flags & TOKEN_CAPS)))
		return CAPITAL_NOTHING;
	if (k->len == 1)
		return opens ? CAPITAL_NOTHING : CAPITAL_NAME;
	if (flags & WORD_GIVEN)
		return (k->flags & TOKEN_CAPS) ? CAPITAL_WEAK : CAPITAL_NAME;
	if (written_small(r, i))
		return CAPITAL_NOTHING;
	return opens || (k->flags & TOKEN_CAPS) ? CAPITAL_WEAK : CAPITAL_NAME;
}

static bool looks_like_given_behind(struct reading *r, const struct name_spot *s, size_t *end)
{
	size_t e = s->to, to = right_end(r, e);
	if (to == e || !upper_at(r, e) || !word_is_syllables(token_word(r->t, e)) || (flags_at(r, e) & (WORD_COMMON | WORD_TITLE | WORD_KIN)))
		return false;
	bool hyphen = e + 1 < to && r->t->v[e + 1].before == '-';
	size_t last = e + 1;
	while (last < to && r->t->v[last].before == '-')
		last++;
	if (!hyphen && last < to && r->t->v[e].len <= 6 && r->t->v[last].len <= 6 && word_is_syllables(token_word(r->t, last)) && !(flags_at(r, last) & WORD_COMMON) && family_order(r, s->node, ORDER_FIRST))
		last++;
	*end = last;
	return hyphen || !written_small(r, e);
}

/* A capitalised word directly behind, that is no common word, title or country: the name may be a given name itself. */
static bool unknown_behind(struct reading *r, uint32_t to)
{
	static const char *const links[] = {"al", "el", "bin", "ibn", "ben", "bint", "ould", "abu"};
	for (size_t i = 0; to + 1 < r->t->n && i < sizeof links / sizeof links[0]; i++)
		if (r->t->v[to].before == ' ' && span_is(token_word(r->t, to), links[i]) && upper_at(r, to + 1) && joined_at(r, to + 1))
			return true;
	return to < r->t->n && token_follows(r->t, to) && joined_at(r, to) && upper_at(r, to) && !(r->t->v[to].flags & TOKEN_HAS_DIGIT) &&
	       !(flags_at(r, to) & (WORD_COMMON | WORD_TITLE | WORD_NATION | WORD_KIN)) && !ends_like_verb(token_word(r->t, to)) && !written_small(r, to);
}

/* A family name was found at [from, to): who stands around it? */
static void read_family(struct reading *r, uint32_t from, uint32_t to, uint32_t node, bool free)
{
	size_t left = left_start(r, node, from), right = right_end(r, to);
	struct fit best = {0};
	size_t start = from, end = to;
	for (size_t i = left; i < from && best.grade < 90; i++) {
		struct fit f = {0};
		fit_family(r, node, i, from, false, &f);
		if (f.grade > best.grade && (i == left || f.grade >= 90))
			best = f, start = i;
	}
	if (best.grade == 0 && family_order(r, node, ORDER_FIRST))
		for (size_t i = right; i > to && !best.grade; i--) {
			fit_family(r, node, to, i, true, &best);
			if (best.grade)
				end = i;
		}
	if (best.grade == 85 && unknown_behind(r, to))
		best.grade = 0; /* "J. Howard Macdonald" is no Howard */
	if (best.grade) {
		absorb(r, (uint32_t)start);
		struct name_spot *s = add_spot(r, from, (uint32_t)end, node, NAME_FULL);
		s->start = (uint32_t)start;
		s->fits = best.who;
		s->n_fits = best.n;
		s->initials = best.grade == 85;
		s->loose = best.grade < 100;
		return;
	}
	struct name_spot *s = add_spot(r, from, to, node, free ? NAME_FREE : NAME_BARE);
	if (left < from) {
		enum capital capital = capital_at(r, from - 1, from);
		if (capital != CAPITAL_NOTHING) {
			struct name_spot keep = *s;
			r->n_names--;
			if (capital == CAPITAL_NAME)
				absorb(r, (uint32_t)left);
			s = &r->names[r->n_names++];
			*s = keep;
			s->kind = NAME_OTHER;
			s->why = "other-person";
			s->weak = capital == CAPITAL_WEAK;
			s->start = s->weak ? from : (uint32_t)left;
			return;
		}
	} else if (from >= 2 && joined_at(r, from) && (flags_at(r, from - 1) & WORD_PARTICLE) && !(flags_at(r, from - 1) & WORD_ARTICLE) && !upper_at(r, from - 1) && upper_at(r, from - 2) && joined_at(r, from - 1) &&
		   !(flags_at(r, from - 2) & (WORD_COMMON | WORD_TITLE | WORD_NATION))) {
		s->kind = NAME_OTHER;
		s->why = "other-person";
		s->start = from - 2;
		return;
	}
	size_t behind;
	if (family_order(r, node, ORDER_FIRST) && looks_like_given_behind(r, s, &behind)) {
		s->kind = NAME_OTHER;
		s->why = "other-person";
		s->to = (uint32_t)behind;
		s->weak = (r->t->v[from].flags & TOKEN_CAPS) != 0;
	} else {
		s->as_given = unknown_behind(r, to);
	}
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
	return capital_within(r, to - 1) || upper_at(r, to - 1) || caseless_at(r, from) || (to - from > 1 && upper_at(r, from) && r->t->v[to - 1].before == '-');
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
	size_t left = left_start(r, keep.node, article), start = article;
	for (size_t k = left; k < article && best.grade < 90; k++) {
		struct fit f = {0};
		fit_family(r, keep.node, k, article, false, &f);
		if (f.grade > best.grade)
			best = f, start = k;
	}
	r->n_names--;
	if (best.grade) {
		absorb(r, (uint32_t)start);
		keep.kind = NAME_FULL, keep.fits = best.who, keep.n_fits = best.n, keep.start = (uint32_t)start;
	} else if (left < article && capital_at(r, article - 1, keep.from) == CAPITAL_NAME) {
		absorb(r, (uint32_t)left);
		keep.kind = NAME_OTHER, keep.why = "other-person", keep.start = (uint32_t)left;
	}
	r->names[r->n_names++] = keep;
}

/* A form that is in the table as a whole. */
static void read_form(struct reading *r, uint32_t i, uint32_t to, uint32_t node, enum name_kind kind)
{
	bool single = to - i == 1 && !caseless_at(r, i);
	struct name_spot *s = add_spot(r, i, to, node, single && kind == NAME_FULL ? NAME_BARE : kind);
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
	if (single && k && joined_at(r, k) && upper_at(r, k - 1) && r->t->v[k].before == ' ' && (flags_at(r, k - 1) & WORD_GIVEN) &&
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

static void read_name(struct reading *r, uint32_t i, const struct match *m)
{
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
	} else if (to && cased(r, i, to)) {
		read_form(r, i, to, m->node[full >= free ? HANG_FULL : HANG_FREE], full >= free ? NAME_FULL : NAME_FREE);
	}
}

static bool roman(struct span w)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] != 'I' && w.p[i] != 'V' && w.p[i] != 'X')
			return false;
	return w.n > 0;
}

/* Elizabeth I is not Elizabeth II; Baudouin I is Baudouin. */
static bool numeral_behind(const struct reading *r, const struct name_spot *s)
{
	if (s->to >= r->t->n || r->t->v[s->to].before != ' ' || !joined_at(r, s->to) || !roman(token_surface(r->t, s->to)))
		return false;
	struct span name = s->n_fits ? r->g->people[s->fits[0]].pub.name : SPAN_NONE;
	size_t last = name.n;
	while (last && name.p[last - 1] != ' ')
		last--;
	return token_surface(r->t, s->to).n > 1 || roman(span_sub(name, last, name.n));
}

static bool surname_behind(const struct reading *r, const struct name_spot *s)
{
	uint32_t k = s->to, node;
	if (k >= r->t->n || !token_follows(r->t, k) || !joined_at(r, k) || !upper_at(r, k) || ((r->t->v[k].flags ^ r->t->v[s->from].flags) & TOKEN_CAPS))
		return false;
	if (flags_at(r, k) & (WORD_COMMON | WORD_TITLE | WORD_NATION | WORD_CITY))
		return false;
	node = trie_first(&r->g->trie, r->ids[k]);
	return (flags_at(r, k) & WORD_FREQUENT) || (node && (r->g->node_kinds[node] & (1u << HANG_FAMILY)));
}

static bool saint_before(const struct reading *r, uint32_t start)
{
	if (!start || !upper_at(r, start - 1) || !joined_at(r, start))
		return false;
	struct span w = token_word(r->t, start - 1);
	return span_is(w, "saint") || span_is(w, "st");
}

static void finish_name(struct reading *r, size_t index)
{
	struct name_spot *s = &r->names[index];
	s->caps = (r->t->v[s->from].flags & TOKEN_CAPS) != 0;
	spot_title(r, s);
	if (s->kind == NAME_OTHER) {
		s->kin |= is_kin(r, s->start, s->to);
		return;
	}
	const char *decoy = decoy_around(r, s->start, s->to);
	if (!decoy && saint_before(r, s->start))
		decoy = "other";
	if (decoy) {
		s->kind = NAME_DECOY;
		s->why = decoy;
	} else if (s->kind == NAME_FULL && surname_behind(r, s)) {
		s->kind = NAME_OTHER; /* Harold Wilson Smith */
		s->why = "other-person";
	} else if (s->kind != NAME_OTHER && numeral_behind(r, s)) {
		s->kind = NAME_OTHER;
		s->why = "other-person";
	} else if (s->to < r->t->n && joined_at(r, s->to) && (flags_at(r, s->to) & WORD_JUNIOR) && r->t->v[s->to].len <= 3 && upper_at(r, s->to) && s->kind != NAME_FREE) {
		s->kind = NAME_OTHER;
		s->why = "other-person";
	}
}

static void read_place(struct reading *r, uint32_t i, const struct match *m)
{
	uint32_t to = m->to[HANG_COUNTRY], node = m->node[HANG_COUNTRY];
	if (!upper_at(r, i) && !upper_at(r, to - 1))
		return;
	if (to - i == 1 && r->t->v[i].len <= 3 && !(r->t->v[i].flags & TOKEN_CAPS))
		return; /* "us" is not the US */
	struct place_spot *p = arena_push(r->a, r->places, r->n_places, r->cap_places);
	*p = (struct place_spot){.from = i, .to = to, .node = node};
	p->form = r->g->trie.hangs[hang_first(&r->g->trie, node, HANG_COUNTRY)].what & 3;
	p->possessive = to < r->t->n && (r->t->v[to].flags & TOKEN_POSSESSIVE);
}

static void read_title(struct reading *r, uint32_t i, const struct match *m)
{
	struct title_spot *s = arena_push(r->a, r->titles, r->n_titles, r->cap_titles);
	*s = (struct title_spot){.from = i, .to = m->to[HANG_TITLE], .title = (int32_t)r->g->trie.hangs[hang_first(&r->g->trie, m->node[HANG_TITLE], HANG_TITLE)].what};
	for (size_t k = i, n = 0; k-- > 0 && n < 3 && !(r->t->v[k + 1].flags & TOKEN_SENTENCE); n++) {
		if (flags_at(r, k) & WORD_FORMER) {
			s->former = true;
			break;
		}
		if (!(flags_at(r, k) & WORD_NATION) && !(r->t->v[k].flags & TOKEN_POSSESSIVE))
			break;
	}
}

static void read_decoy(struct reading *r, uint32_t i, const struct match *m)
{
	const struct decoy *d = &r->g->decoys[r->g->trie.hangs[hang_first(&r->g->trie, m->node[HANG_DECOY], HANG_DECOY)].what];
	absorb(r, i);
	struct name_spot *s = add_spot(r, i, m->to[HANG_DECOY], m->node[HANG_DECOY], d->kind == DECOY_PERSON ? NAME_OTHER : NAME_DECOY);
	s->why = d->kind == DECOY_PERSON ? "other-person" : decoy_kind_word(d->kind);
	/* whose family name it holds: the last word that is one */
	for (uint32_t k = i; k < s->to; k++) {
		uint32_t node = trie_first(&r->g->trie, r->ids[k]);
		if (node && (r->g->node_kinds[node] & (1u << HANG_FAMILY)))
			s->node = node;
		if (k == i && s->node == node && family_order(r, node, ORDER_FIRST) && i + 1 < s->to && word_is_syllables(token_word(r->t, i + 1)))
			break; /* "Kim Jong-nam": the first word */
	}
	spot_title(r, s);
	s->kin |= d->relative;
}

void mention_scan(struct arena *a, const struct gazetteer *g, const struct tokens *t, struct reading *out)
{
	*out = (struct reading){.a = a, .g = g, .t = t};
	out->ids = arena_raw(a, (t->n + 1) * sizeof *out->ids);
	for (size_t i = 0; i < t->n; i++)
		out->ids[i] = trie_find(&g->trie, token_word(t, i));
	out->ids[t->n] = 0;
	struct match m;
	uint32_t name_to = 0, place_to = 0, title_to = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		if (out->ids[i] && (flags_at(out, i) & WORD_KIN))
			note_kin(out, i);
		if (!out->ids[i] || !walk(out, i, &m))
			continue;
		uint32_t name = m.to[HANG_FULL] > m.to[HANG_FREE] ? m.to[HANG_FULL] : m.to[HANG_FREE];
		if (m.to[HANG_FAMILY] > name)
			name = m.to[HANG_FAMILY];
		if (m.to[HANG_TITLE] && i >= title_to && i >= name_to)
			read_title(out, i, &m), title_to = m.to[HANG_TITLE];
		if (m.to[HANG_COUNTRY] && i >= place_to && m.to[HANG_COUNTRY] >= name)
			read_place(out, i, &m), place_to = m.to[HANG_COUNTRY];
		if (m.to[HANG_COUNTRY] > name && m.to[HANG_COUNTRY] > m.to[HANG_DECOY] && upper_at(out, i)) {
			name_to = name_to > place_to ? name_to : place_to; /* Hong Kong is nobody's Hong */
			continue;
		}
		if (m.to[HANG_DECOY] >= name && m.to[HANG_DECOY] && upper_at(out, i) && m.to[HANG_DECOY] > name_to) {
			read_decoy(out, i, &m);
			name_to = m.to[HANG_DECOY];
		} else if (name && i >= name_to) {
			size_t before = out->n_names;
			read_name(out, i, &m);
			if (out->n_names > before || (out->n_names && out->names[out->n_names - 1].from >= i)) {
				finish_name(out, out->n_names - 1);
				name_to = out->names[out->n_names - 1].to;
			}
		}
	}
}
