/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the tokens. At each that can begin something the trie is walked; the longest name, place, title and decoy
 * that begin there are noted. What stands beside a name is read in mention-name.c.
 */
#include "index/facts/mention-inner.h"

#define WRAPPED 50 /* bytes of a line that may have been wrapped */


/* A line break before token i that a writer made: the line before is too short to have been wrapped. */
bool mention_hard_break(const struct reading *r, size_t i)
{
	if (i == 0 || r->t->v[i].before == ' ')
		return i == 0;
	const char *text = r->t->text.p;
	size_t end = r->t->v[i - 1].end, from = r->t->v[i].start, n = from - end > 16 ? 16 : from - end;
	if (!memchr(text + end, '\n', n))
		return false;
	size_t low = end > WRAPPED ? end - WRAPPED : 0;
	for (size_t k = end; k > low; k--)
		if (text[k - 1] == '\n')
			return true;
	return low == 0;
}

/* Scripts without capitals: Arabic, Hebrew, Thai, Chinese … */
bool mention_caseless(const struct reading *r, size_t i)
{
	return (r->t->v[i].flags & TOKEN_CJK) || (unsigned char)r->t->words[r->t->v[i].word] >= 0xD7;
}

/* True when token i continues the name that token i-1 is part of. */
bool mention_joined(const struct reading *r, size_t i)
{
	const struct token *k = &r->t->v[i];
	if (k->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH))
		return false;
	if (k->before == ' ' || k->before == '-' || k->before == '\n')
		return true;
	return k->before == '.' && i && r->t->v[i - 1].len <= 2 && k->start - r->t->v[i - 1].end <= 2;
}

/* Names that became part of the one that begins at start. */
void mention_absorb(struct reading *r, uint32_t start)
{
	for (size_t i = r->n_names; i-- > 0 && r->names[i].to > start;)
		if (r->names[i].from >= start)
			r->names[i].kind = NAME_GONE;
}

/* Walking the trie. */

static void note_node(const struct reading *r, struct match *m, uint32_t node, uint32_t to, bool comma)
{
	unsigned kinds = r->g->node_kinds[node];
	for (unsigned k = 0; k < HANG_KINDS_ && kinds; k++, kinds >>= 1)
		if ((kinds & 1) && (!comma || k == HANG_DECOY || k == HANG_AFTER))
			m->to[k] = to, m->node[k] = node;
}

static bool walk(const struct reading *r, size_t i, struct match *m)
{
	uint32_t node = trie_first(&r->g->trie, word_at(r, i));
	if (!node)
		return false;
	memset(m, 0, sizeof *m);
	bool comma = false, article = false;
	note_node(r, m, node, (uint32_t)i + 1, false);
	for (size_t k = i + 1; k < r->t->n && word_at(r, k); k++) {
		const struct token *tok = &r->t->v[k];
		if (tok->flags & (TOKEN_SENTENCE | TOKEN_PARAGRAPH))
			break;
		comma |= tok->before == ',' || tok->before == '&';
		if (!comma && !token_follows(r->t, k) && tok->before != '-' && tok->before != '\'' && tok->before != '.')
			break;
		if (!(r->g->node_kinds[node] & NODE_GOES_ON))
			break;
		uint32_t next = trie_edge_find(&r->g->trie, node, word_at(r, k));
		if (!next && (flags_at(r, k) & WORD_ARTICLE) && !article) {
			article = true; /* one, or "al al al …" would make it quadratic */
			continue;
		}
		if (!next)
			break;
		node = next;
		article = false;
		note_node(r, m, node, (uint32_t)k + 1, comma);
	}
	return true;
}

/* Which words the text writes small somewhere: those are no given names. */
bool mention_small(struct reading *r, size_t i)
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

/* Longest of the decoys that begin at the end of the name ("* University"), or end at its beginning ("USS *"). */
static const char *decoy_around(const struct reading *r, size_t from, size_t to)
{
	struct match m;
	if (to < r->t->n && word_at(r, to) && !(r->t->v[to].flags & TOKEN_SENTENCE) && r->t->v[to].before != ')' && r->t->v[to].before != '(' && r->t->v[to].before != ';' && walk(r, to, &m) && m.to[HANG_AFTER]) {
		char b = r->t->v[to].before;
		for (uint32_t h = hang_first(&r->g->trie, m.node[HANG_AFTER], HANG_AFTER); h; h = hang_next(&r->g->trie, h)) {
			const struct decoy *d = &r->g->decoys[r->g->trie.hangs[h].what];
			if ((d->lower || d->kind == DECOY_AIRPORT || upper_at(r, to)) && (b == ' ' || b == '-' || b == '\n' || b == '&'))
				return decoy_kind_word(d->kind);
		}
	}
	const struct trie *t = &r->g->trie;
	uint32_t node = from && !(r->t->v[from].flags & TOKEN_SENTENCE) && (token_follows(r->t, from) || r->t->v[from].before == '.' || r->t->v[from].before == '-') ? trie_first(t, word_at(r, from - 1)) : 0;
	for (size_t k = from - 1; node; k--) {
		uint32_t h = hang_first(t, node, HANG_BEFORE);
		if (h && (r->g->decoys[t->hangs[h].what].lower || upper_at(r, k)))
			return decoy_kind_word(r->g->decoys[t->hangs[h].what].kind);
		if (k == 0 || (r->t->v[k].flags & TOKEN_SENTENCE) || !word_at(r, k - 1))
			break;
		node = trie_edge_find(t, node, word_at(r, k - 1));
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
	if (s->to >= r->t->n || r->t->v[s->to].before != ' ' || !mention_joined(r, s->to) || !roman(token_surface(r->t, s->to)))
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
	if (k >= r->t->n || !token_follows(r->t, k) || !mention_joined(r, k) || mention_hard_break(r, k) || !upper_at(r, k) || ((r->t->v[k].flags ^ r->t->v[s->from].flags) & TOKEN_CAPS))
		return false;
	if (flags_at(r, k) & (WORD_COMMON | WORD_TITLE | WORD_NATION | WORD_CITY))
		return false;
	node = trie_first(&r->g->trie, word_at(r, k));
	return (flags_at(r, k) & WORD_FREQUENT) || (node && (r->g->node_kinds[node] & (1u << HANG_FAMILY)));
}

static bool saint_before(const struct reading *r, uint32_t start)
{
	if (!start || !upper_at(r, start - 1) || !mention_joined(r, start))
		return false;
	struct span w = token_word(r->t, start - 1);
	return span_is(w, "saint") || span_is(w, "st");
}

static void finish_name(struct reading *r, size_t index)
{
	struct name_spot *s = &r->names[index];
	s->caps = (r->t->v[s->from].flags & TOKEN_CAPS) != 0;
	name_title(r, s);
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
	} else if (s->to < r->t->n && mention_joined(r, s->to) && (flags_at(r, s->to) & WORD_JUNIOR) && r->t->v[s->to].len <= 3 && upper_at(r, s->to) && s->kind != NAME_FREE) {
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
	mention_absorb(r, i);
	struct name_spot *s = name_add(r, i, m->to[HANG_DECOY], m->node[HANG_DECOY], d->kind == DECOY_PERSON ? NAME_OTHER : NAME_DECOY);
	s->why = d->kind == DECOY_PERSON ? "other-person" : decoy_kind_word(d->kind);
	/* whose family name it holds: the last word that is one */
	for (uint32_t k = i; k < s->to; k++) {
		uint32_t node = trie_first(&r->g->trie, word_at(r, k));
		if (node && (r->g->node_kinds[node] & (1u << HANG_FAMILY)))
			s->node = node;
		if (k == i && s->node == node && family_order(r, node, ORDER_FIRST) && i + 1 < s->to && word_is_syllables(token_word(r->t, i + 1)))
			break; /* "Kim Jong-nam": the first word */
	}
	name_title(r, s);
	s->kin |= d->relative;
}

/* Names, places and decoys begin with a capital, or a particle before one; titles need none. */
static bool may_begin(const struct reading *r, size_t i)
{
	return upper_at(r, i) || (i + 1 < r->t->n && upper_at(r, i + 1)) || (flags_at(r, i) & WORD_TITLE) || mention_caseless(r, i);
}

/* Can this word matter without being asked for? Capitalised, or small and perhaps of a title or kin, or of another script. */
static bool wanted(const struct reading *r, size_t i)
{
	if (upper_at(r, i))
		return true;
	struct span word = token_word(r->t, i);
	int bit = small_index(word);
	return bit < 0 ? word.n > 1 && (unsigned char)word.p[0] >= 0x80 : (r->g->small[bit / 64] >> (bit % 64) & 1) != 0;
}

/* Looks the words up. The hash comes first and fetches its slot: the table is bigger than the nearest cache. */
static void find_words(struct reading *r)
{
	enum { AHEAD = 8 };
	uint32_t hashes[AHEAD];
	bool want[AHEAD];
	for (size_t i = 0; i < r->t->n + AHEAD; i++) {
		size_t at = i % AHEAD, k = i - AHEAD;
		if (i >= AHEAD)
			r->ids[k] = want[at] ? trie_find_hashed(&r->g->trie, token_word(r->t, k), hashes[at]) : WORD_LATER;
		if (i < r->t->n && (want[at] = wanted(r, i))) {
			hashes[at] = trie_hash(token_word(r->t, i));
			trie_prefetch(&r->g->trie, hashes[at]);
		}
	}
	r->ids[r->t->n] = 0;
}

/* German: one word in twelve of the first hundreds is among the commonest. */
static bool writes_nouns_large(const struct reading *r)
{
	size_t n = r->t->n < 400 ? r->t->n : 400, found = 0;
	for (size_t i = 0; i < n; i++)
		found += r->ids[i] != WORD_LATER && !upper_at(r, i) && (flags_at(r, i) & WORD_GERMAN);
	return found >= 4 && found * 12 > n;
}

void mention_scan(struct arena *a, const struct gazetteer *g, const struct tokens *t, struct reading *out)
{
	*out = (struct reading){.a = a, .g = g, .t = t};
	out->ids = arena_raw(a, (t->n + 1) * sizeof *out->ids);
	find_words(out);
	out->nouns = writes_nouns_large(out);
	struct match m;
	uint32_t name_to = 0, place_to = 0, title_to = 0;
	for (uint32_t i = 0; i < t->n; i++) {
		if (out->ids[i] == WORD_LATER && !upper_at(out, i + 1 < t->n ? i + 1 : i))
			continue; /* a small word among small words */
		if (flags_at(out, i) & WORD_KIN)
			note_kin(out, i);
		if (!word_at(out, i) || !may_begin(out, i) || !walk(out, i, &m))
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
			name_read(out, i, &m);
			if (out->n_names > before || (out->n_names && out->names[out->n_names - 1].from >= i)) {
				finish_name(out, out->n_names - 1);
				name_to = out->names[out->n_names - 1].to;
			}
		}
	}
}
