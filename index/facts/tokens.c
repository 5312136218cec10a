/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens and sentences in one pass over the bytes.
 *
 *	gap ──► token ──► gap ──► token …      a gap is summed up in one character, the token is folded as it is read
 *
 * ASCII goes through a table; everything else is decoded and asked of fold.h. A sentence ends at . ! ? and white space
 * before something that can begin one, unless an abbreviation or an initial stands before the full stop; and at a blank line.
 */
#include "index/facts/tokens.h"

#include "base/fold.h"
#include "base/utf8.h"
#include "index/document.h"

#define WORD_MAX 255
#define LARGE 262144u

/* ASCII by the byte: the folded letter or digit, 0 for what is no part of a token. */
static const char folded[128] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z'};

struct cutter {
	struct arena *a;
	struct tokens *out;
	size_t at, cap_tokens, n_words, cap_words, cap_sentences;
	char *words;
};

/* What a gap is worth: the highest rank among its characters wins. */
static const unsigned char gap_rank[128] = {[' '] = 0, ['\n'] = 1, ['*'] = 2, ['\''] = 3, ['&'] = 4, ['%'] = 5, ['$'] = 6, ['-'] = 7, ['_'] = 8,
	['/'] = 9, [','] = 10, ['"'] = 11, ['('] = 12, [')'] = 13, [':'] = 14, [';'] = 15, ['?'] = 16, ['!'] = 17, ['.'] = 18};

static int rank_of(char c) { return gap_rank[(unsigned char)c & 127]; }

static char gap_sign(uint32_t c)
{
	switch (c) {
	case '\n': return '\n';
	case '.': case '!': case '?': case ';': case ':': case ',': case '(': case ')': case '"': case '/': case '&': case '%': case '$': return (char)c;
	case '[': case '{': return '(';
	case ']': case '}': return ')';
	case '\'': case 0x2018: case 0x2019: case 0x02BC: case '`': case 0xB4: return '\'';
	case 0x201C: case 0x201D: case 0x201E: case 0xAB: case 0xBB: return '"';
	case '-': case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2212: return '-';
	case 0x2014: case 0x2015: return '_';
	case 0x2026: case 0x3002: return '.';
	case 0x3001: case 0xFF0C: case 0x060C: return ',';
	case 0x20AC: case 0xA3: case 0xA5: return '$';
	default: return fold_class(c) == CHAR_SPACE ? ' ' : '*';
	}
}

/* Marks that are not seen and part nothing: soft hyphen, joiners, direction marks. */
static bool invisible(uint32_t c)
{
	return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0x061C;
}

static bool in_word(uint32_t c) { return c != UTF8_BAD && fold_class(c) != CHAR_OTHER && fold_class(c) != CHAR_SPACE; }

struct gap {
	char sign;
	bool spaced, ends; /* white space in it; . ! or ? in it */
	unsigned lines;
};

/* Reads up to the next token; false at the end of the text. */
static bool skip_gap(struct cutter *k, struct gap *g)
{
	struct span s = k->out->text;
	*g = (struct gap){.sign = ' '};
	if (k->at + 1 < s.n && s.p[k->at] == ' ' && (unsigned char)s.p[k->at + 1] < 0x80 && folded[(unsigned char)s.p[k->at + 1]]) {
		g->spaced = true; /* one space: by far the most common gap */
		k->at++;
		return true;
	}
	bool dash = false;
	while (k->at < s.n) {
		unsigned char byte = (unsigned char)s.p[k->at];
		if (byte < 0x80 && folded[byte])
			break;
		if (byte == ' ' || byte == '\t' || byte == '\r') {
			k->at++;
			g->spaced = true;
			continue;
		}
		size_t next = k->at;
		uint32_t c = utf8_next(s, &next);
		if (byte >= 0x80 && in_word(c))
			break;
		k->at = next;
		if (invisible(c))
			continue;
		char sign = c == UTF8_BAD ? '*' : gap_sign(c);
		g->spaced |= sign == ' ' || sign == '\n';
		g->lines += sign == '\n';
		g->ends |= sign == '.' || sign == '!' || sign == '?';
		dash |= sign == '-';
		if (rank_of(sign) > rank_of(g->sign))
			g->sign = sign;
	}
	if (g->sign == '-' && dash && g->spaced)
		g->sign = '_';
	return k->at < s.n;
}

static void word_room(struct cutter *k)
{
	if (k->cap_words - k->n_words >= WORD_MAX + 64)
		return;
	size_t cap = k->cap_words * 2 + 1024;
	char *bigger = arena_raw(k->a, cap);
	if (k->n_words)
		memcpy(bigger, k->words, k->n_words);
	k->words = bigger;
	k->cap_words = cap;
}

/* Adds the folded form of one code point to the word, as long as there is room. */
static void put_folded(struct cutter *k, struct token *t, uint32_t c)
{
	char buf[64];
	size_t n = fold_char(buf, c);
	if (t->len + n > WORD_MAX)
		return;
	memcpy(k->words + k->n_words, buf, n);
	k->n_words += n;
	t->len = (uint16_t)(t->len + n);
}

struct letters {
	unsigned upper, lower, digits, all;
};

static void count_letter(struct letters *l, uint32_t c, enum char_class class)
{
	l->all++;
	if (class == CHAR_DIGIT)
		l->digits++;
	else if (fold_is_upper(c))
		l->upper++;
	else if (class == CHAR_LETTER)
		l->lower++;
}

static uint8_t flags_of(const struct letters *l, bool upper_first)
{
	unsigned f = 0;
	if (upper_first)
		f |= TOKEN_UPPER;
	if (l->upper >= 2 && l->lower == 0)
		f |= TOKEN_CAPS;
	if (l->digits)
		f |= TOKEN_HAS_DIGIT;
	if (l->digits == l->all)
		f |= TOKEN_DIGITS;
	return (uint8_t)f;
}

static void count_ascii(struct letters *l, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		l->upper += s.p[i] <= 'Z' && s.p[i] >= 'A';
		l->digits += s.p[i] <= '9';
		l->lower += s.p[i] >= 'a';
	}
	l->all += (unsigned)s.n;
}

/* The ASCII letters and digits from here on: nearly all of most texts. */
static void read_ascii(struct cutter *k, struct token *t, struct letters *l)
{
	const char *p = k->out->text.p + k->at, *end = k->out->text.p + k->out->text.n, *from = p;
	char *word = k->words + k->n_words, c;
	for (size_t room = WORD_MAX - (size_t)t->len; p < end && (unsigned char)*p < 0x80 && (c = folded[(unsigned char)*p]); p++)
		if (room)
			*word++ = c, room--;
	count_ascii(l, (struct span){from, (size_t)(p - from)});
	size_t n = (size_t)(word - (k->words + k->n_words));
	k->n_words += n;
	t->len = (uint16_t)(t->len + n);
	k->at += (size_t)(p - from);
	t->end = (uint32_t)k->at;
}

static void read_token(struct cutter *k, struct token *t)
{
	struct span s = k->out->text;
	struct letters l = {0};
	bool upper_first = s.p[k->at] >= 'A' && s.p[k->at] <= 'Z';
	word_room(k);
	*t = (struct token){.start = (uint32_t)k->at, .end = (uint32_t)k->at, .word = (uint32_t)k->n_words};
	read_ascii(k, t, &l);
	while (k->at < s.n && (unsigned char)s.p[k->at] >= 0x80) {
		size_t next = k->at;
		uint32_t c = utf8_next(s, &next);
		enum char_class class = c == UTF8_BAD ? CHAR_OTHER : fold_class(c);
		if (c != UTF8_BAD && l.all && invisible(c)) {
			uint32_t end = t->end;
			k->at = next;
			read_ascii(k, t, &l);
			if (k->at == next)
				t->end = end; /* nothing came after the mark: it is not part of the token */
			continue;
		}
		if (class == CHAR_OTHER || class == CHAR_SPACE || (class == CHAR_CJK && l.all))
			break;
		if (l.all == 0)
			upper_first = fold_is_upper(c);
		if (class != CHAR_MARK)
			count_letter(&l, c, class);
		put_folded(k, t, c);
		k->at = next;
		t->end = (uint32_t)next;
		if (class == CHAR_CJK) {
			t->flags = TOKEN_CJK;
			return;
		}
		if (class == CHAR_MARK && l.all == 0)
			l.all = 1;
		read_ascii(k, t, &l);
	}
	t->flags = flags_of(&l, upper_first);
}

static bool word_among(struct span w, const char *const *list)
{
	for (; *list; list++)
		if (span_is(w, *list))
			return true;
	return false;
}

static const char *const abbreviations[] = {"mr", "mrs", "ms", "dr", "prof", "gen", "col", "lt", "sgt", "maj", "capt", "adm", "sen", "rep", "gov", "pres",
	"rev", "hon", "st", "jr", "sr", "vs", "no", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "inc", "corp", "co",
	"ltd", "dept", "messrs", "amb", "cmdr", "brig", "fr", "ph", "ca", "cf", "al", "art", "fig", "pp", "vol", NULL};
static const char *const starters[] = {"the", "he", "she", "it", "in", "but", "a", "an", "and", "they", "this", "that", "these", "those", "we", "on", "at", "for",
	"his", "her", "their", "its", "as", "if", "when", "while", "after", "before", "there", "both", "however", NULL};

static bool abbreviated(const struct tokens *t, size_t i)
{
	struct span w = token_word(t, i);
	const struct token *k = &t->v[i];
	bool initial = k->end - k->start == 1 && !(k->flags & TOKEN_DIGITS);
	return initial || ((k->flags & TOKEN_UPPER || w.n <= 2) && word_among(w, abbreviations));
}

static bool new_sentence(const struct tokens *t, size_t i, const struct gap *g)
{
	if (i == 0 || g->lines >= 2)
		return true;
	if (!g->ends || !g->spaced)
		return false;
	const struct token *k = &t->v[i];
	if (!(k->flags & (TOKEN_UPPER | TOKEN_HAS_DIGIT | TOKEN_CJK)))
		return false;
	if (g->sign == '.' && abbreviated(t, i - 1))
		return (k->flags & TOKEN_UPPER) && t->v[i - 1].end - t->v[i - 1].start == 1 && word_among(token_word(t, i), starters);
	return true;
}

static void start_sentence(struct cutter *k, struct token *t)
{
	struct tokens *out = k->out;
	t->flags |= TOKEN_SENTENCE;
	if (out->n_sentences)
		out->sentences[out->n_sentences - 1].end = out->n > 1 ? out->v[out->n - 2].end : t->start;
	*arena_push(k->a, out->sentences, out->n_sentences, k->cap_sentences) = (struct sentence){t->start, t->end};
}

static void add_token(struct cutter *k, const struct gap *g)
{
	struct tokens *out = k->out;
	struct token *t = arena_push(k->a, out->v, out->n, k->cap_tokens);
	read_token(k, t);
	out->words = k->words;
	t->before = out->n == 1 ? '^' : g->sign;
	if (out->n == 1 || g->lines >= 2)
		t->flags |= TOKEN_PARAGRAPH;
	if (t->before == '\'' && t->len == 1 && k->words[t->word] == 's' && !g->spaced && out->v[out->n - 2].end + 3 >= t->start)
		t->flags |= TOKEN_POSSESSIVE;
	if (new_sentence(out, out->n - 1, g))
		start_sentence(k, t);
}

void tokens_make(struct arena *a, struct span text, struct tokens *out)
{
	*out = (struct tokens){.text = text, .words = ""};
	struct cutter k = {.a = a, .out = out};
	struct gap g;
	k.cap_tokens = text.n / (text.n < LARGE ? 5 : 2) + 16; /* room for every token that a large text can have: growing would hold them twice, and what is not used is never touched */
	out->v = arena_raw(a, k.cap_tokens * sizeof *out->v);
	k.cap_words = text.n + text.n / 16 + 1024;
	k.words = arena_raw(a, k.cap_words);
	if (text.n > UINT32_MAX - 16)
		out->text.n = UINT32_MAX - 16;
	while (skip_gap(&k, &g))
		add_token(&k, &g);
	if (out->n_sentences)
		out->sentences[out->n_sentences - 1].end = out->v[out->n - 1].end;
}
