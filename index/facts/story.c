/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See story.h. */
#include "index/facts/story.h"

#include "base/fold.h"
#include "base/utf8.h"

struct words {
	struct span s;
	size_t at;
	char buf[64];
};

enum word_kind { WORD_PLAIN, WORD_NUMBER, WORD_AMOUNT };

/* "7,114,000", "3.5": digits with single commas and points between. Returns the bytes. */
static size_t number_bytes(struct span s, size_t at, int *digits)
{
	size_t i = at;
	bool whole = true; /* before the point */
	*digits = 0;
	for (; i < s.n; i++) {
		bool digit = s.p[i] >= '0' && s.p[i] <= '9';
		whole &= s.p[i] != '.';
		bool inner = (s.p[i] == ',' || s.p[i] == '.') && i + 1 < s.n && s.p[i + 1] >= '0' && s.p[i + 1] <= '9';
		if (!digit && !inner)
			break;
		*digits += digit && whole;
	}
	return i - at;
}

/* The next word as a hash: letters and digits, ASCII in lower case; a number is one word; an ideograph is a word of its own. 0: the end. */
static uint64_t next_word(struct words *w, enum word_kind *kind)
{
	size_t n = 0;
	*kind = WORD_PLAIN;
	while (w->at < w->s.n) {
		unsigned char b = (unsigned char)w->s.p[w->at];
		if (b < 0x80) {
			bool digit = b >= '0' && b <= '9', letter = (b | 32) >= 'a' && (b | 32) <= 'z';
			if (!digit && !letter && n)
				break;
			if (digit && !n) {
				int digits;
				size_t from = w->at;
				w->at += number_bytes(w->s, from, &digits);
				*kind = digits >= 5 ? WORD_AMOUNT : WORD_NUMBER;
				return span_hash((struct span){w->s.p + from, w->at - from}) | 1;
			}
			if (digit)
				*kind = WORD_NUMBER; /* "MAY7" */
			if ((digit || letter) && n < sizeof w->buf)
				w->buf[n++] = (char)(letter ? b | 32 : b);
			w->at++;
			continue;
		}
		size_t from = w->at;
		uint32_t c = utf8_next(w->s, &w->at);
		enum char_class k = c == UTF8_BAD ? CHAR_OTHER : fold_class(c);
		if (k == CHAR_CJK && n) {
			w->at = from;
			break;
		}
		if (k == CHAR_CJK)
			return span_hash((struct span){w->s.p + from, w->at - from}) | 1;
		if (k != CHAR_LETTER && k != CHAR_DIGIT && k != CHAR_MARK) {
			if (n)
				break;
			continue;
		}
		if (n + 4 <= sizeof w->buf)
			memcpy(w->buf + n, w->s.p + from, w->at - from), n += w->at - from;
	}
	return n ? span_hash((struct span){w->buf, n}) | 1 : 0;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xFF51AFD7ED558CCDu;
	h ^= h >> 33;
	return h;
}

#define GROUPS 8
#define BINS   (STORY_MINIMA / GROUPS)
#define EMPTY  UINT64_MAX
#define BAND_MINIMA 3
#define TEXT_BANDS  19 /* of shingles */
#define MATTER_BANDS 5 /* of a word of the title and a number */
#define TITLE_WORDS 4
#define LONG_WORD   5u /* bytes, with what stands before it: articles and prepositions are no sign */
#define LONG_NUMBER 4u /* bytes, with the space before it: "27" is in too many */
#define ENOUGH_WORDS 6 /* different ones */

static void take_shingle(uint64_t bins[STORY_MINIMA], uint64_t h)
{
	for (unsigned g = 0; g < GROUPS; g++) {
		h = h * 0x9E3779B97F4A7C15u + 0xD1B54A32D192ED03u;
		uint64_t v = h ^ h >> 29, *bin = &bins[g * BINS + (v >> 60)];
		v &= UINT64_MAX >> 4;
		*bin = v < *bin ? v : *bin;
	}
}

/* An empty bin takes what another one has, which one follows from its own number: equal sets borrow alike. */
static void fill_empty(uint64_t bins[STORY_MINIMA])
{
	uint64_t from[STORY_MINIMA];
	memcpy(from, bins, sizeof from);
	for (uint64_t i = 0; i < STORY_MINIMA; i++)
		for (uint64_t h = mix(i + 1); bins[i] == EMPTY; h = mix(h + i + 1))
			bins[i] = from[h % STORY_MINIMA];
}

static void make_bands(const uint64_t bins[STORY_MINIMA], uint32_t bands[STORY_BANDS])
{
	for (unsigned b = 0; b < TEXT_BANDS; b++) {
		uint64_t h = b + 1;
		for (unsigned k = 0; k < BAND_MINIMA; k++) /* of different groups */
			h = mix(h * 31 + bins[b + k * (STORY_MINIMA / BAND_MINIMA)]);
		bands[b] = (uint32_t)h | 1;
	}
}

/* The least two of a set under each of some hash functions. */
struct least {
	uint64_t first[MATTER_BANDS], second[MATTER_BANDS];
};

static void least_begin(struct least *l) { memset(l, 0xFF, sizeof *l); }

static void least_take(struct least *l, uint64_t word)
{
	for (unsigned i = 0; i < MATTER_BANDS; i++) {
		uint64_t h = mix(word + (i + 1) * 0x9E3779B97F4A7C15u);
		if (h < l->first[i])
			l->second[i] = l->first[i], l->first[i] = h;
		else if (h < l->second[i] && h != l->first[i])
			l->second[i] = h;
	}
}

/* What two reports have in common though every sentence was written anew: a word of the title and a number, or without numbers two such words, or without a title two numbers. */
static void matter_bands(const struct least *title, const struct least *numbers, uint32_t bands[MATTER_BANDS])
{
	for (unsigned i = 0; i < MATTER_BANDS; i++) {
		uint64_t a = title->first[i] == EMPTY ? numbers->second[i] : title->first[i], b = numbers->first[i] == EMPTY ? title->second[i] : numbers->first[i];
		bands[i] = a == EMPTY || b == EMPTY ? 0 : (uint32_t)mix(mix(a ^ (i + 1)) ^ b) | 1;
	}
}

static void take_number(struct story_sig *s, uint64_t h, enum word_kind kind)
{
	if (kind == WORD_PLAIN)
		return;
	s->numbers[h >> 62] |= (uint64_t)1 << (h >> 56 & 63);
	s->n_numbers++;
	if (kind == WORD_AMOUNT)
		s->amounts[h >> 63] |= (uint64_t)1 << (h >> 56 & 63);
}

/* The words in order; a band, if they are enough to mean something. */
static uint64_t take_title(struct story_sig *s, struct span title, struct least *words)
{
	struct words w = {.s = title};
	enum word_kind kind;
	uint64_t h, all = 1;
	size_t from = 0;
	while ((h = next_word(&w, &kind)) != 0) {
		s->title |= (uint64_t)1 << (mix(h) & 63);
		s->n_title++;
		if (w.at - from >= LONG_WORD)
			least_take(words, h);
		from = w.at;
		all = mix(all ^ h);
	}
	return all;
}

/* Too short, or the same few words again and again ("blah blah"): without its title such a text is nobody's. `words`: a bit each. */
static void sign_poor(struct story_sig *s, uint64_t title, uint64_t words, uint32_t bands[STORY_BANDS])
{
	s->n_words = 0;
	s->exact = mix(s->exact ^ title);
	if (__builtin_popcountll(words) + __builtin_popcountll(s->title) >= ENOUGH_WORDS)
		bands[0] = (uint32_t)mix(s->exact + 0x9E3779B97F4A7C15u) | 1;
}

void story_signature(struct span title, struct span text, struct story_sig *out, uint32_t bands[STORY_BANDS])
{
	struct words w = {.s = text};
	uint64_t bins[STORY_MINIMA], last[STORY_WORDS] = {0}, h, exact = 0, different = 0;
	enum word_kind kind;
	struct least titles, numbers;
	size_t from = 0;
	least_begin(&titles);
	least_begin(&numbers);
	*out = (struct story_sig){0};
	memset(bands, 0, STORY_BANDS * sizeof *bands);
	memset(bins, 0xFF, sizeof bins);
	while ((h = next_word(&w, &kind)) != 0) {
		exact = mix(exact ^ h);
		different |= (uint64_t)1 << (mix(h) & 63);
		if (out->n_words < 2)
			out->lead[out->n_words] = (uint16_t)(h >> 8);
		take_number(out, h, kind);
		if (kind != WORD_PLAIN && w.at - from >= LONG_NUMBER)
			least_take(&numbers, h);
		from = w.at;
		memmove(last, last + 1, sizeof last - sizeof last[0]);
		last[STORY_WORDS - 1] = h;
		if (++out->n_words < STORY_WORDS)
			continue;
		uint64_t shingle = 0;
		for (int i = 0; i < STORY_WORDS; i++)
			shingle = mix(shingle * 31 + last[i]);
		take_shingle(bins, shingle);
	}
	out->exact = exact;
	uint64_t title_words = take_title(out, title, &titles);
	if (story_shingles(out) < STORY_LEAST || __builtin_popcountll(different) < ENOUGH_WORDS) {
		sign_poor(out, title_words, different, bands);
		return;
	}
	fill_empty(bins);
	for (int i = 0; i < STORY_MINIMA; i++)
		out->minima[i / 16] |= (mix(bins[i]) & 15) << (i % 16 * 4);
	make_bands(bins, bands);
	matter_bands(&titles, &numbers, bands + TEXT_BANDS);
	if (out->n_title >= TITLE_WORDS)
		bands[STORY_BANDS - 1] = (uint32_t)title_words | 1;
}

float story_resemblance(const struct story_sig *a, const struct story_sig *b)
{
	const uint64_t low = 0x1111111111111111u, half = 0x0F0F0F0F0F0F0F0Fu;
	uint64_t columns = 0; /* of those that differ, in four bits each: no more than eight */
	if (!story_shingles(a) || !story_shingles(b))
		return a->exact == b->exact ? 1.0f : 0.0f;
	for (int i = 0; i < STORY_MINIMA / 16; i++) {
		uint64_t x = a->minima[i] ^ b->minima[i];
		columns += (x | x >> 1 | x >> 2 | x >> 3) & low;
	}
	int differ = (int)((((columns & half) + (columns >> 4 & half)) * 0x0101010101010101u) >> 56);
	float same = 1 - (float)differ * 16 / (15 * STORY_MINIMA); /* one of 16 that differ looks equal */
	return same > 0 ? same : 0;
}

static float containment(float j, const struct story_sig *a, const struct story_sig *b)
{
	float na = (float)story_shingles(a), nb = (float)story_shingles(b), least = na < nb ? na : nb;
	if (least < 1)
		return j;
	float c = j * (na + nb) / ((1 + j) * least); /* |A and B| = J (|A| + |B|) / (1 + J) */
	return c > 1 ? 1 : c;
}

float story_containment(const struct story_sig *a, const struct story_sig *b) { return containment(story_resemblance(a, b), a, b); }

/* Of the numbers of the one that has fewer, how many the other has too; 1 where there are too few to say. */
float story_numbers_shared(const struct story_sig *a, const struct story_sig *b)
{
	int na = 0, nb = 0, both = 0;
	for (int i = 0; i < 4; i++) {
		na += __builtin_popcountll(a->numbers[i]);
		nb += __builtin_popcountll(b->numbers[i]);
		both += __builtin_popcountll(a->numbers[i] & b->numbers[i]);
	}
	int least = na < nb ? na : nb;
	return least < 3 ? 1.0f : (float)both / (float)least;
}

float story_titles_shared(const struct story_sig *a, const struct story_sig *b)
{
	int na = __builtin_popcountll(a->title), nb = __builtin_popcountll(b->title), least = na < nb ? na : nb;
	return least < 2 ? 0.0f : (float)__builtin_popcountll(a->title & b->title) / (float)least;
}

/* They share their long numbers, at least two. */
static bool amounts_shared(const struct story_sig *a, const struct story_sig *b, bool one_title)
{
	int na = 0, nb = 0, both = 0;
	for (int i = 0; i < 2; i++) {
		na += __builtin_popcountll(a->amounts[i]);
		nb += __builtin_popcountll(b->amounts[i]);
		both += __builtin_popcountll(a->amounts[i] & b->amounts[i]);
	}
	int least = na < nb ? na : nb;
	return least >= 2 && both * 10 >= least * (one_title ? 6 : 7);
}

static bool all_numbers_shared(const struct story_sig *a, const struct story_sig *b)
{
	bool a_in_b = true, b_in_a = true;
	for (int i = 0; i < 4; i++) {
		a_in_b &= (a->numbers[i] & ~b->numbers[i]) == 0;
		b_in_a &= (b->numbers[i] & ~a->numbers[i]) == 0;
	}
	return a_in_b || b_in_a;
}

static bool is_table(const struct story_sig *s) { return s->n_numbers * 7 > s->n_words; }

/*
 * What texts are: notices and tables resemble each other by their form alone, so that every figure counts; a long report brought up to date is half
 * rewritten, and prices move meanwhile, but it keeps its title.
 */
struct likeness {
	float j, c, numbers, title; /* resemblance, containment, numbers and words of the title shared */
	uint32_t least;             /* shingles of the shorter one */
	int days;
	bool one_title, amounts, tables, other_name, same_numbers;
};

static struct likeness likeness_of(float j, const struct story_sig *a, const struct story_sig *b, int days)
{
	struct likeness k = {.j = j, .c = containment(j, a, b), .numbers = story_numbers_shared(a, b), .title = story_titles_shared(a, b), .days = days};
	k.least = story_shingles(a->n_words < b->n_words ? a : b);
	k.one_title = k.title > 0.75f;
	k.amounts = amounts_shared(a, b, k.one_title);
	k.tables = is_table(a) && is_table(b);
	k.same_numbers = a->n_numbers == b->n_numbers && memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
	k.other_name = a->lead[0] != b->lead[0] && k.title < 0.9f;
	return k;
}

#define NOTICE 60u  /* shingles: fewer are one of a form */
#define BRIEF  120u
#define LONG   250u

static bool numbers_fit(const struct likeness *k, const struct story_sig *a, const struct story_sig *b)
{
	if (k->least < NOTICE && !k->amounts)
		return all_numbers_shared(a, b);
	if (k->numbers >= 0.8f)
		return true;
	if (k->days <= 1 && k->numbers >= 0.5f && k->least >= LONG && k->j >= (k->one_title ? 0.35f : 0.45f))
		return true;
	if (k->days <= 1 && k->numbers >= 0.6f && k->least >= BRIEF && k->j >= 0.8f && k->one_title)
		return true;
	return k->numbers >= 0.65f && (k->amounts || (k->days == 0 && k->c >= (k->one_title ? 0.75f : 0.85f)));
}

/* A report written anew the same day, or a long one overnight: its title's words and its figures stay, and two fifths of its phrases. */
static bool is_rewritten(const struct likeness *k)
{
	if (k->tables || k->numbers < 0.9f || k->days > 1)
		return false;
	if (k->days == 1)
		return k->one_title && k->least >= LONG && k->j >= 0.2f && k->c >= 0.5f;
	return k->title >= 0.65f && k->least >= NOTICE && !k->other_name && k->j >= 0.15f && k->c >= 0.4f;
}

/* words_fit() asks for as much, whatever else they share. */
static float least_resemblance(int days) { return days > 3 ? 0.9f : days > 1 ? 0.3f : 0.15f; }

static bool words_fit(const struct likeness *k)
{
	if (k->days > 3) /* the weekly report in last week's words */
		return k->j >= 0.9f && k->least >= 100 && k->numbers >= 0.95f;
	if (k->days > 1 && k->one_title && k->least >= BRIEF && k->j >= 0.6f && k->numbers >= 0.95f)
		return true; /* of Saturday in Monday's paper */
	if (k->days > 1)
		return (k->c >= 0.9f && k->j >= 0.3f) || (k->least >= 2 * LONG && k->j >= 0.5f && k->numbers >= 0.95f);
	if (is_rewritten(k))
		return true;
	if (k->tables && !k->amounts)
		return k->j >= (k->one_title && k->days == 0 && k->same_numbers ? 0.85f : 0.95f);
	if (k->least < BRIEF && k->j < 0.75f && k->other_name && !k->amounts)
		return false; /* another name in the same form */
	if (k->amounts && k->one_title && k->days == 0 && k->numbers >= 0.95f)
		return k->j >= 0.2f && k->c >= 0.4f;
	if (k->amounts && (k->one_title || k->c >= 0.6f))
		return k->j >= 0.3f && k->c >= 0.5f;
	if (k->one_title && k->days == 0 && k->least >= NOTICE)
		return k->j >= (k->least < BRIEF ? 0.35f : 0.15f);
	if (k->one_title && k->least >= LONG)
		return k->j >= 0.35f;
	return k->least < BRIEF ? k->j >= 0.65f || (k->c >= (k->one_title ? 0.75f : 0.78f) && k->j >= 0.3f) || (k->c >= 0.9f && k->j >= 0.15f && k->least >= NOTICE) : k->j >= 0.45f || (k->c >= 0.65f && k->j >= 0.2f);
}

bool story_same(const struct story_sig *a, const struct story_sig *b, int days_apart)
{
	int days = days_apart < 0 ? -days_apart : days_apart;
	if (a->exact == b->exact)
		return days <= 3 || story_shingles(a) >= 100;
	if (story_shingles(a) < STORY_LEAST || story_shingles(b) < STORY_LEAST)
		return false;
	float j = story_resemblance(a, b);
	if (j < least_resemblance(days)) /* most candidates end here */
		return false;
	struct likeness k = likeness_of(j, a, b, days);
	return numbers_fit(&k, a, b) && words_fit(&k);
}
