/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line is brought to a key (lower case, straight apostrophes, single spaces, no marks at its ends); phrases hang in chains by their
 * first two bytes, so that a line costs one or two short chains, and HAS phrases one look at each beginning of a word.
 */
#include "index/read/cues.h"

#include "base/fold.h"
#include "base/utf8.h"
#include "index/document.h"

#include <stdio.h>

enum { LINE, START, LONG, HAS };
enum { ONE = REACH_ONE, REST = REACH_REST, LIST = REACH_LIST };
#define KEY_BYTES 400u
#define HAS_BYTES 300u
#define LOOK_BYTES 2048u
#define LONG_BYTES 1500u

static const struct cue rows[] = {
#define CUE(match, reach, reason, phrase) {phrase, sizeof(phrase) - 1, match, reach, DROP_##reason},
#include "index/read/cues.def"
#undef CUE
};
#define N_ROWS (sizeof rows / sizeof rows[0])

enum byte_kind { BYTE_WORD = 1, BYTE_BEGINS = 2 /* a HAS phrase */ };
static struct {
	bool ready;
	uint8_t bytes[256];                   /* enum byte_kind */
	uint16_t head[2][1024], next[N_ROWS]; /* [0]: LINE, START, LONG; [1]: HAS; row + 1, 0: end */
} chains;

static unsigned bucket(const char *p) { return ((unsigned char)p[0] * 37u ^ (unsigned char)p[1] * 5u) & 1023u; }

static unsigned bucket4(const char *p) /* HAS phrases have four bytes at least */
{
	uint32_t w;
	memcpy(&w, p, 4);
	return (w * 2654435761u) >> 22;
}

static void make_chains(void)
{
	for (size_t i = N_ROWS; i-- > 0;) {
		uint16_t *head = rows[i].match == HAS ? &chains.head[1][bucket4(rows[i].phrase)] : &chains.head[0][bucket(rows[i].phrase)];
		if (rows[i].match == HAS)
			chains.bytes[(unsigned char)rows[i].phrase[0]] |= BYTE_BEGINS;
		chains.next[i] = *head;
		*head = (uint16_t)(i + 1);
	}
	for (unsigned c = 0; c < 256; c++)
		chains.bytes[c] |= (c >= 'a' && c <= 'z') || c >= 0x80 ? BYTE_WORD : 0;
	chains.bytes[0xD0] |= chains.bytes[0xD1]; /* capitals of those are there */
	chains.ready = true;
}

/* Latin-1 and Cyrillic capitals, in place; that is what the table needs. */
static void lower_pair(unsigned char *p)
{
	if (p[0] == 0xC3 && p[1] >= 0x80 && p[1] <= 0x9E && p[1] != 0x97)
		p[1] += 0x20;
	else if (p[0] == 0xD0 && p[1] >= 0x90 && p[1] <= 0x9F)
		p[1] += 0x20;
	else if (p[0] == 0xD0 && p[1] >= 0xA0 && p[1] <= 0xAF)
		p[0] = 0xD1, p[1] -= 0x20;
}

static bool is_blank(struct span s, size_t i, size_t *len)
{
	if (s.p[i] == ' ' || (s.p[i] >= '\t' && s.p[i] <= '\r'))
		return *len = 1, true;
	if (i + 1 < s.n && s.p[i] == '\xC2' && s.p[i + 1] == '\xA0')
		return *len = 2, true;
	return false;
}

/* Where a HAS phrase may begin: at a word, or at what is none. */
struct starts {
	uint16_t at[KEY_BYTES];
	size_t n;
	unsigned before; /* kind of the byte before */
};

static void note_start(struct starts *s, char byte, size_t at)
{
	unsigned kind = chains.bytes[(unsigned char)byte];
	s->at[s->n] = (uint16_t)at;
	s->n += (kind & BYTE_BEGINS) && !(kind & s->before & BYTE_WORD);
	s->before = kind;
}

static size_t make_key(char *key, struct span s, struct starts *starts)
{
	size_t n = 0;
	for (size_t i = 0, len; i < s.n && n + 4 < KEY_BYTES;) {
		unsigned char c = (unsigned char)s.p[i];
		if (c > ' ' && c < 0x80) {
			key[n] = (char)(c + ((unsigned)(c - 'A') < 26) * 32);
			note_start(starts, key[n], n);
			n++, i++;
		} else if (c < 0xC3 && is_blank(s, i, &len)) {
			if (n && key[n - 1] != ' ')
				note_start(starts, ' ', n), key[n++] = ' ';
			i += len;
		} else if (i + 2 < s.n && c == 0xE2 && s.p[i + 1] == '\x80' && (s.p[i + 2] == '\x98' || s.p[i + 2] == '\x99')) {
			note_start(starts, '\'', n);
			key[n++] = '\'';
			i += 3;
		} else {
			note_start(starts, s.p[i], n);
			key[n++] = s.p[i++];
			if (n >= 2 && (key[n - 2] == '\xC3' || key[n - 2] == '\xD0'))
				lower_pair((unsigned char *)key + n - 2);
		}
	}
	return n;
}

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c & 0x80); }

/* "» comments (12):" -> "comments" */
static struct span strip_marks(struct span k)
{
	static const char *const marks[] = {"\xC2\xBB", "\xC2\xAB", "\xE2\x80\xBA", "\xE2\x80\xB9", "\xE2\x86\x92", "\xE2\x80\xA6", "\xE2\x80\xA2", "\xE2\x96\xBC", "\xE2\x96\xB6", "\xEF\xBC\x9A"};
	for (bool again = true; again && k.n;) {
		again = false;
		if (!is_word(k.p[0]) && k.p[0] != '%' && k.p[0] != '(' && k.p[0] != '[')
			k.p++, k.n--, again = true;
		for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
			if (span_starts(k, marks[i]))
				k = span_sub(k, strlen(marks[i]), k.n), again = true;
	}
	return k;
}

static struct span strip_end(struct span k)
{
	while (k.n && !is_word(k.p[k.n - 1]))
		k.n--;
	while (k.n >= 2 && (span_ends(k, "\xC2\xBB") || span_ends(k, "\xE2\x80\xBA") || span_ends(k, "\xE2\x86\x92") || span_ends(k, "\xE2\x80\xA6") || span_ends(k, "\xEF\xBC\x9A"))) {
		k.n -= span_ends(k, "\xC2\xBB") ? 2 : 3;
		while (k.n && k.p[k.n - 1] == ' ')
			k.n--;
	}
	return k;
}

static const struct cue *walk(unsigned kind, struct span k, size_t at, size_t line_bytes, size_t exact)
{
	for (uint16_t i = chains.head[kind][kind ? bucket4(k.p + at) : bucket(k.p + at)]; i; i = chains.next[i - 1]) {
		const struct cue *c = &rows[i - 1];
		if (c->len > k.n - at || memcmp(c->phrase, k.p + at, c->len) != 0)
			continue;
		bool ends = at + c->len == k.n || !is_word(c->phrase[c->len - 1]) || !is_word(k.p[at + c->len]) || (c->phrase[c->len - 1] & 0x80);
		if (c->match == LINE ? c->len >= exact && at == 0 : ends && (c->match != START || line_bytes <= 200) && (c->match != HAS || line_bytes <= HAS_BYTES))
			return c;
	}
	return NULL;
}

const struct cue *cue_find(struct span line)
{
	char key[KEY_BYTES + 4];
	if (line.n < 2 || line.n > LONG_BYTES)
		return NULL;
	if (!chains.ready)
		make_chains();
	struct starts starts;
	starts.n = 0, starts.before = 0;
	struct span full = {key, make_key(key, line.n > HAS_BYTES ? span_sub(line, 0, 80) : line, &starts)};
	struct span k = strip_marks(full);
	if (k.n < 2)
		return NULL;
	size_t exact = line.n <= 80 ? strip_end(k).n : SIZE_MAX;
	const struct cue *c = walk(0, k, 0, line.n, exact);
	if (line.n > HAS_BYTES)
		return c;
	for (size_t i = 0; !c && i < starts.n && starts.at[i] + 4u <= full.n; i++)
		if (chains.head[1][bucket4(full.p + starts.at[i])])
			c = walk(1, full, starts.at[i], line.n, SIZE_MAX);
	return c;
}

static bool closes(uint32_t c) { return c == '"' || c == '\'' || c == ')' || c == 0x201D || c == 0x2019 || c == 0xBB || c == ']' || c == 0x201C; }
static bool stops(uint32_t c) { return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0x61F || c == 0x6D4 || c == 0x964; }
static bool is_cjk(uint32_t c) { return (c >= 0x3040 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) || (c >= 0xE00 && c < 0xE80); }

enum { C_LETTER = 1, C_DIGIT = 2, C_SPACE = 4, C_STOP = 8, C_CLOSE = 16, C_UPPER = 32 };

static const uint8_t *ascii_classes(void)
{
	static uint8_t t[128];
	if (t['a'])
		return t;
	for (unsigned c = 0; c < 128; c++) {
		bool upper = c >= 'A' && c <= 'Z', letter = upper || (c >= 'a' && c <= 'z');
		t[c] = (uint8_t)((letter ? C_LETTER : 0) | (upper ? C_UPPER : 0) | (c >= '0' && c <= '9' ? C_DIGIT : 0) | (c <= ' ' ? C_SPACE : 0) | (stops(c) ? C_STOP : 0) | (closes(c) ? C_CLOSE : 0));
	}
	return t;
}

static unsigned wide_class(uint32_t c, uint32_t *letters)
{
	if (c == 0xA0)
		return C_SPACE;
	bool letter = c > 0xBF && c != 0xD7 && !(c >= 0x2000 && c < 0x2C00) && !(c >= 0x3000 && c < 0x3040);
	*letters += letter ? (is_cjk(c) ? 3 : 1) : 0;
	return (stops(c) ? C_STOP : 0u) | (closes(c) ? C_CLOSE : 0u);
}

struct look look_at(struct span line)
{
	struct look l = {0};
	const uint8_t *ascii = ascii_classes();
	struct span s = {line.p, line.n < LOOK_BYTES ? line.n : utf8_floor(line, LOOK_BYTES)};
	unsigned before = C_SPACE;
	uint32_t last = 0;
	bool stop_open = false;
	for (size_t at = 0; at < s.n;) {
		uint32_t c = (unsigned char)s.p[at];
		unsigned k;
		bool cjk = false;
		if (c < 0x80) {
			k = ascii[c], at++;
			if (!(k & (C_SPACE | C_STOP | C_CLOSE)) && !(before & C_SPACE)) { /* within a word: nearly all of a text */
				l.letters += k & C_LETTER;
				l.digits += (k & C_DIGIT) != 0;
				stop_open = false;
				last = c, before = k;
				continue;
			}
			l.letters += k & C_LETTER;
			l.digits += (k & C_DIGIT) != 0;
		} else {
			c = utf8_next(s, &at);
			k = wide_class(c, &l.letters);
			cjk = is_cjk(c);
		}
		if ((before & C_SPACE) && !(k & C_SPACE)) {
			l.words++;
			l.caps += c < 0x80 ? (k & C_UPPER) != 0 : fold_is_upper(c);
		}
		if (stop_open && ((k & C_SPACE) || cjk))
			l.stops++, stop_open = false;
		if (k & C_STOP)
			stop_open = true;
		else if (!(k & C_CLOSE))
			stop_open = false;
		if (!(k & (C_SPACE | C_CLOSE)) || (!last && !(k & C_SPACE)))
			last = c;
		before = k;
	}
	l.stops += stop_open;
	l.ends_sentence = s.n < line.n || stops(last);
	l.mark_at_end = last == ':' || last == 0xFF1A || span_ends(line, "\xC2\xBB");
	return l;
}

bool look_is_prose(struct span line, const struct look *l)
{
	if (l->letters < 40 || l->letters < l->digits)
		return false;
	if (line.n >= 250)
		return true;
	bool spaced = l->words >= 8 || l->letters > l->words * 12; /* or a script without spaces */
	return spaced && l->stops > 0 && (l->ends_sentence || line.n >= 140 || l->mark_at_end);
}

bool look_is_title(struct span line, const struct look *l)
{
	if (line.n < 12 || line.n > 300 || l->letters < 9 || l->letters < l->digits)
		return false;
	bool wordy = l->words >= 3 || l->letters > l->words * 12;
	return wordy && l->words <= 40 && !(line.p[line.n - 1] == '.' && !span_ends(line, "..") && l->words > 4) && !l->mark_at_end;
}

bool look_is_contact(struct span line)
{
	size_t words = 0, contacts = 0;
	struct span rest = line, w;
	if (!line.n || (!memchr(line.p, '@', line.n) && !memchr(line.p, '/', line.n) && span_ifind(span_sub(line, 0, line.n < 8 ? line.n : 8), "www.") < 0))
		return false;
	while (span_cut(&rest, ' ', &w)) {
		if (w.n < 2)
			continue;
		words++;
		contacts += (memchr(w.p, '@', w.n) && (memchr(w.p, '.', w.n) || w.p[0] == '@')) || span_istarts(w, "http://") || span_istarts(w, "https://") || span_istarts(w, "www.");
	}
	return words > 0 && contacts == words;
}

struct span look_byline(struct span line)
{
	static const char *const heads[] = {"by ", "by: ", "von ", "par ", "por ", "di ", "de ", "written by ", "story by ", "text: ", "autor: ", "author: ", "автор: ", "автор "};
	line = span_trim(line);
	if (line.n > 120 || line.n < 5)
		return SPAN_NONE;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		if (!span_istarts(line, heads[i]))
			continue;
		struct span names = span_trim(span_sub(line, strlen(heads[i]), line.n));
		for (size_t k = 0; k + 1 < names.n; k++) /* "By A B | 4 May 2019", "By A B, Reuters" */
			if (names.p[k] == '|' || (names.p[k] == ' ' && names.p[k + 1] == '-') || span_starts(span_sub(names, k, names.n), "\xC2\xB7") || span_starts(span_sub(names, k, names.n), "\xE2\x80\xA2"))
				names.n = k;
		names = span_trim(names);
		struct look l = look_at(names);
		bool german_de = heads[i][0] == 'd' && l.caps != l.words;
		if (l.words && l.words <= 12 && l.caps * 2 > l.words && !l.ends_sentence && !german_de && !l.digits)
			return names;
	}
	return SPAN_NONE;
}
