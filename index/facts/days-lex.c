/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From tokens to items: one look-up a token; digits and words of number are read on, as far as they hold together.
 *
 *	26 / 4 / 2019 → DATE      twenty-four → COUNT 24      10:35 a.m. → CLOCK 10:35      nineteen ninety-one → YEAR 1991
 *
 * What cannot be a date makes none: 31 February, 0/0/0, 99999-99-99, an address of four numbers. Ambiguous 4/5/2019 is read
 * as the rest of the document writes: day first, if one of its dates can only be that, or its language is not English.
 */
#include "index/facts/days-words.h"

#include "base/mem.h"

struct lexer {
	const struct document *d;
	const struct tokens *t;
	const struct words *w;
	struct items *out;
	size_t cap;
	int day_first; /* -1: not looked at yet */
};

static void put(struct lexer *x, size_t tok, size_t n, uint16_t word, int32_t value)
{
	struct items *out = x->out;
	if (out->n == x->cap)
		out->v = mem_grow(out->v, &x->cap, out->n + 1, sizeof *out->v);
	out->v[out->n++] = (struct item){.tok = (uint32_t)tok, .n = (uint32_t)n, .word = word, .value = value};
}

static bool digits_only(const struct lexer *x, size_t i)
{
	return i < x->t->n && x->t->v[i].flags & TOKEN_DIGITS;
}

/* The value of a token of ASCII digits; -1 when it is longer than `most` or not such a token. */
static int32_t digits(const struct lexer *x, size_t i, size_t most)
{
	if (!digits_only(x, i))
		return -1;
	struct span s = token_word(x->t, i);
	int32_t v = 0;
	if (s.n > most || s.n > 8)
		return -1;
	for (size_t k = 0; k < s.n; k++) {
		if (s.p[k] < '0' || s.p[k] > '9')
			return -1;
		v = v * 10 + (s.p[k] - '0');
	}
	return v;
}

/* True when exactly the sign (and marks nobody sees) parts token i from the one before. */
static bool glued(const struct lexer *x, size_t i, char sign)
{
	if (i >= x->t->n || x->t->v[i].before != sign)
		return false;
	const char *p = x->t->text.p + x->t->v[i - 1].end, *end = x->t->text.p + x->t->v[i].start;
	int seen = 0;
	for (; p < end; p++)
		if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')
			return false;
		else if ((unsigned char)*p < 0x80)
			seen++;
	return sign == '-' ? seen <= 1 : seen == 1;
}

static bool word_is(const struct lexer *x, size_t i, const char *z) { return i < x->t->n && span_is(token_word(x->t, i), z); }
static size_t length(const struct lexer *x, size_t i) { return i < x->t->n ? x->t->v[i].len : 0; }

/* The order that unambiguous dates of the document have; else by language. */
static bool day_first(struct lexer *x)
{
	if (x->day_first >= 0)
		return x->day_first;
	x->day_first = x->d->lang.n >= 2 && (!span_istarts(x->d->lang, "en") || span_ieq(x->d->lang, "en-gb"));
	for (size_t i = 0; i + 2 < x->t->n; i++) {
		if (!digits_only(x, i) || !glued(x, i + 1, '/') || !glued(x, i + 2, '/') || length(x, i + 2) != 4)
			continue;
		int32_t a = digits(x, i, 2), b = digits(x, i + 1, 2);
		if (a > 12 && a <= 31 && b >= 1 && b <= 12)
			return (x->day_first = 1);
		if (b > 12 && b <= 31 && a >= 1 && a <= 12)
			return (x->day_first = 0);
	}
	return x->day_first;
}

/* Two digits of a year: within the hundred years that end twenty after publication. */
static int32_t full_year(const struct lexer *x, int32_t two)
{
	int y = 2000;
	if (interval_any(x->d->published.days))
		day_split(x->d->published.days.to, &y, NULL, NULL);
	else
		y = 2030 - 20;
	int32_t full = (y + 20) / 100 * 100 + two;
	return full > y + 20 ? full - 100 : full;
}

/* "19t14" at the end of an ISO date: its two digits, or -1. */
static int32_t day_before_t(const struct lexer *x, size_t i)
{
	struct span s = i < x->t->n ? token_word(x->t, i) : SPAN_NONE;
	if (s.n < 3 || s.p[2] != 't' || s.p[0] < '0' || s.p[0] > '9' || s.p[1] < '0' || s.p[1] > '9')
		return -1;
	return (s.p[0] - '0') * 10 + (s.p[1] - '0');
}

/* Four groups of digits with one sign are no date. */
static bool more_groups(const struct lexer *x, size_t i, char sign) { return digits_only(x, i) && glued(x, i, sign); }

static size_t iso_tail(const struct lexer *x, size_t i)
{
	size_t n = 0;
	while (n < 3 && i + n < x->t->n && x->t->v[i + n].flags & TOKEN_HAS_DIGIT && glued(x, i + n, n == 2 ? '.' : ':'))
		n++;
	return n;
}

/* YYYY-MM-DD, YYYY/M/D, with or without a time of day; 0 if it is none. */
static size_t lex_iso(struct lexer *x, size_t i, char sign)
{
	int32_t y = digits(x, i, 4), m = digits(x, i + 1, 2), d;
	bool with_time = false;
	if (length(x, i) != 4 || m < 1 || m > 12)
		return 0;
	if (!glued(x, i + 2, sign) || !(x->t->v[i + 2].flags & TOKEN_HAS_DIGIT)) {
		if (sign != '-' || length(x, i + 1) != 2 || m == y % 100 + 1)
			return 0;
		put(x, i, 2, MADE_YEARMONTH, y * 12 + m - 1);
		return 2;
	}
	d = digits(x, i + 2, 2);
	if (d < 0 && (d = day_before_t(x, i + 2)) >= 0)
		with_time = true;
	if (!day_valid(y, m, d) || more_groups(x, i + 3, sign))
		return 0;
	size_t n = with_time ? 3 + iso_tail(x, i + 3) : 3;
	put(x, i, n, MADE_DATE, day_of(y, m, d));
	return n;
}

/* D/M/Y and M/D/Y; two digits of the year only where the whole looks like a date. */
static size_t lex_slashed(struct lexer *x, size_t i, char sign)
{
	int32_t a = digits(x, i, 2), b = digits(x, i + 1, 2), y = digits(x, i + 2, 4);
	if (!glued(x, i + 2, sign) || a < 1 || b < 1 || y < 0 || more_groups(x, i + 3, sign))
		return 0;
	if (length(x, i + 2) == 2 && (sign == '/' || (sign == '.' && length(x, i) == 2 && length(x, i + 1) == 2)))
		y = full_year(x, y);
	else if (length(x, i + 2) != 4 || y < 1000)
		return 0;
	bool dmy = a > 12 || (b <= 12 && (sign == '.' || day_first(x)));
	int32_t d = dmy ? a : b, m = dmy ? b : a;
	if (!day_valid(y, m, d))
		return 0;
	put(x, i, 3, MADE_DATE, day_of(y, m, d));
	return 3;
}

static size_t lex_numeric_date(struct lexer *x, size_t i)
{
	char sign = i + 1 < x->t->n ? x->t->v[i + 1].before : 0;
	if ((sign != '/' && sign != '-' && sign != '.') || !glued(x, i + 1, sign) || !digits_only(x, i + 1))
		return 0;
	if (i > 0 && glued(x, i, sign) && x->t->v[i - 1].flags & TOKEN_HAS_DIGIT)
		return 0;
	size_t n = lex_iso(x, i, sign);
	return n ? n : lex_slashed(x, i, sign);
}

static bool has_zone(const struct lexer *x, size_t i)
{
	uint16_t id = i < x->t->n ? word_find(x->w, token_word(x->t, i)) : 0;
	return id && word_classes(x->w, id) & CLASS_BIT(CL_ZONE) && x->t->v[i].flags & TOKEN_CAPS;
}

/* What makes of "17:30" a time of day without a.m.: a word before it, or a zone after. */
static bool clock_context(const struct lexer *x, size_t i, size_t after)
{
	static const char *const before[] = {"at", "by", "around", "about", "until", "till", "from", "before", "after", "since", "to", "between", NULL};
	for (size_t k = 0; i > 0 && before[k]; k++)
		if (word_is(x, i - 1, before[k]) && token_follows(x->t, i))
			return true;
	return has_zone(x, after);
}

/* a.m., am, p.m., pm after the clock: tokens taken, and 0 or 720 minutes. */
static size_t half_of_day(const struct lexer *x, size_t i, int32_t *add)
{
	if (i >= x->t->n || (x->t->v[i].before != ' ' && x->t->v[i].start != x->t->v[i - 1].end))
		return 0;
	bool am = word_is(x, i, "a") || word_is(x, i, "am");
	if (!am && !word_is(x, i, "p") && !word_is(x, i, "pm"))
		return 0;
	*add = am ? 0 : 720;
	if (length(x, i) == 2)
		return 1;
	return word_is(x, i + 1, "m") && x->t->v[i + 1].before == '.' ? 2 : 0;
}

static int32_t minutes_of(int32_t h, int32_t m, int32_t add) { return h > 12 ? h * 60 + m : h % 12 * 60 + m + add; }

static size_t lex_clock(struct lexer *x, size_t i)
{
	int32_t h = digits(x, i, 2), m = 0, add = 0;
	size_t n = 1, half;
	if (length(x, i) == 4 && digits(x, i, 4) >= 0 && (word_is(x, i + 1, "hours") || word_is(x, i + 1, "hrs") || has_zone(x, i + 1)) && clock_context(x, i, i + 1)) {
		h = digits(x, i, 4) / 100, m = digits(x, i, 4) % 100; /* "at 2130 hours", "at 0600 GMT" */
		if (h > 23 || m > 59)
			return 0;
		n = has_zone(x, i + 1) ? 1 : 2;
		put(x, i, n, MADE_CLOCK, h * 60 + m);
		return n;
	}
	if (h < 0 || h > 24)
		return 0;
	if (glued(x, i + 1, ':') || glued(x, i + 1, '.')) {
		m = digits(x, i + 1, 2);
		if (m < 0 || m > 59 || length(x, i + 1) != 2)
			return 0;
		n = 2;
		if (glued(x, i + 2, ':') && digits(x, i + 2, 2) >= 0)
			n = 3;
	}
	half = half_of_day(x, i + n, &add);
	if (half == 1 && add == 0 && h == 1 && length(x, i + n) == 2 && !clock_context(x, i, i + n + half))
		return 0; /* "1 am sure" */
	if (half && h >= 1 && h <= 12) {
		put(x, i, n + half, MADE_CLOCK, minutes_of(h, m, add));
		return n + half;
	}
	if (n >= 2 && x->t->v[i + 1].before == ':' && clock_context(x, i, i + n) && h < 24) {
		put(x, i, n, MADE_CLOCK, h * 60 + m);
		return n;
	}
	if (n == 1 && word_is(x, i + 1, "o") && word_is(x, i + 2, "clock") && h >= 1 && h <= 12) {
		put(x, i, 3, MADE_CLOCK, h * 60);
		return 3;
	}
	return 0;
}

/* "1/2" after a number: quarters. */
static int fraction(const struct lexer *x, size_t i)
{
	int32_t a = digits(x, i, 1), b = digits(x, i + 1, 1);
	if (a < 1 || !glued(x, i + 1, '/') || (b != 2 && b != 4) || a >= b)
		return 0;
	return (int)(a * 4 / b);
}

/* Adds "and a half", "1/2" to the number that was put last; returns tokens taken. */
static size_t add_fraction(struct lexer *x, size_t i)
{
	struct item *it = &x->out->v[x->out->n - 1];
	int q = 0;
	size_t n = 0;
	if (word_is(x, i, "and") && word_is(x, i + 1, "a") && word_is(x, i + 2, "half"))
		q = 2, n = 3;
	else if (i < x->t->n && token_follows(x->t, i) && (q = fraction(x, i)))
		n = 2;
	if (!q)
		return 0;
	it->quarters = (uint8_t)q;
	it->n += (uint32_t)n;
	it->word = MADE_COUNT;
	return n;
}

static uint16_t number_item(int32_t v, size_t len)
{
	if (v >= 1 && v <= 31 && len <= 2)
		return MADE_SMALL;
	if (len == 4 && v >= 1900 && v <= 2099)
		return MADE_YEAR;
	if (len == 4 && v >= 1000 && v <= 2199)
		return MADE_OLDYEAR;
	return MADE_COUNT;
}

/* Thousands: "10,000". */
static size_t more_thousands(const struct lexer *x, size_t i, int32_t *v)
{
	size_t n = 0;
	while (n < 2 && glued(x, i + n, ',') && length(x, i + n) == 3 && digits(x, i + n, 3) >= 0 && *v < 1000000)
		*v = *v * 1000 + digits(x, i + n, 3), n++;
	return n;
}

static bool money(const struct lexer *x, size_t i) { return x->t->v[i].before == '$'; }

/* A space before the apostrophe: '89, and not 6'89. */
static bool opens_with_apostrophe(const struct lexer *x, size_t i)
{
	if (x->t->v[i].before != '\'')
		return false;
	if (i == 0)
		return true;
	const char *p = x->t->text.p + x->t->v[i - 1].end, *end = x->t->text.p + x->t->v[i].start;
	if (*p != ' ' && *p != '\n' && *p != '(' && *p != '-')
		return false;
	return end - p == 2 || (end - p <= 4 && (unsigned char)p[1] >= 0x80); /* and no quotation of two */
}

static size_t lex_digits(struct lexer *x, size_t i)
{
	size_t n = lex_numeric_date(x, i);
	if (!n)
		n = lex_clock(x, i);
	if (n)
		return n;
	int32_t v = digits(x, i, 7);
	if (v < 0 || money(x, i) || (i > 0 && x->t->v[i].before == '.' && glued(x, i, '.') && digits_only(x, i - 1)))
		return 1;
	size_t thousands = length(x, i) <= 3 ? more_thousands(x, i + 1, &v) : 0;
	if (length(x, i) == 2 && opens_with_apostrophe(x, i)) {
		put(x, i, 1, MADE_YEAR2, full_year(x, v));
		return 1;
	}
	if (fraction(x, i)) {
		put(x, i, 2, MADE_COUNT, 0);
		x->out->v[x->out->n - 1].quarters = (uint8_t)fraction(x, i);
		return 2;
	}
	put(x, i, 1 + thousands, thousands ? MADE_COUNT : number_item(v, length(x, i)), v);
	return 1 + thousands + add_fraction(x, i + 1 + thousands);
}

/* Digits and letters in one: 3rd, 1990s, 5pm, q3, 3q, fy2013, 1er. */
static bool split_digits(struct span s, int32_t *v, struct span *rest, size_t *n_digits)
{
	size_t n = 0;
	*v = 0;
	while (n < s.n && n < 5 && s.p[n] >= '0' && s.p[n] <= '9')
		*v = *v * 10 + (s.p[n++] - '0');
	*rest = span_sub(s, n, s.n);
	*n_digits = n;
	return n > 0 && n < 5;
}

static size_t lex_mixed(struct lexer *x, size_t i)
{
	struct span s = token_word(x->t, i), rest;
	int32_t v;
	size_t n;
	if (s.n < 2 || s.n > 7)
		return 1;
	if (split_digits(s, &v, &rest, &n)) {
		if (span_is(rest, "st") || span_is(rest, "nd") || span_is(rest, "rd") || span_is(rest, "th") || span_is(rest, "er"))
			put(x, i, 1, v >= 1 && v <= 31 ? MADE_ORDNO : MADE_ORD, v);
		else if (span_is(rest, "d") && (v % 10 == 2 || v % 10 == 3) && v <= 23) /* "the 3d instant" */
			put(x, i, 1, MADE_ORDNO, v);
		else if (span_is(rest, "s") && v % 10 == 0 && n == 4 && v >= 1000 && v < 2100)
			put(x, i, 1, MADE_DECADE, v / 10);
		else if (span_is(rest, "s") && v % 10 == 0 && n == 2)
			put(x, i, 1, MADE_DECADE, full_year(x, v) / 10);
		else if ((span_is(rest, "am") || span_is(rest, "pm")) && v >= 1 && v <= 12)
			put(x, i, 1, MADE_CLOCK, minutes_of(v, 0, rest.p[0] == 'a' ? 0 : 720));
		else if (span_is(rest, "q") && v >= 1 && v <= 4)
			put(x, i, 1, MADE_QUARTERNO, v);
		else if (span_is(rest, "h") && v >= 1 && v <= 2)
			put(x, i, 1, MADE_HALFNO, v);
		return 1;
	}
	if (s.p[0] == 'q' && s.n == 2 && s.p[1] >= '1' && s.p[1] <= '4')
		put(x, i, 1, MADE_QUARTERNO, s.p[1] - '0');
	else if (s.p[0] == 'h' && s.n == 2 && (s.p[1] == '1' || s.p[1] == '2') && x->t->v[i].flags & TOKEN_UPPER)
		put(x, i, 1, MADE_HALFNO, s.p[1] - '0');
	else if (s.p[0] == 'w' && s.n == 3 && split_digits(span_sub(s, 1, 3), &v, &rest, &n) && rest.n == 0 && v >= 1 && v <= 53)
		put(x, i, 1, MADE_WEEKNO, v);
	else if (s.p[0] == 'f' && s.p[1] == 'y' && s.n > 3 && split_digits(span_sub(s, 2, s.n), &v, &rest, &n) && rest.n == 0 && (n == 2 || n == 4))
		put(x, i, 1, MADE_FISCAL, n == 2 ? full_year(x, v) : v);
	return 1;
}

static uint16_t token_id(const struct lexer *x, size_t i) { return i < x->t->n ? word_find(x->w, token_word(x->t, i)) : 0; }
static bool has_class(const struct lexer *x, uint16_t id, enum day_class c) { return id && word_classes(x->w, id) & CLASS_BIT(c); }
static bool holds(const struct lexer *x, size_t i) { return i < x->t->n && (token_follows(x->t, i) || x->t->v[i].before == '-') && !(x->t->v[i].flags & TOKEN_PARAGRAPH); }

/* The value of the next word of number, or -1. */
static int32_t number_word(const struct lexer *x, size_t i)
{
	uint16_t id = token_id(x, i);
	return has_class(x, id, CL_NUMBER) ? word_value(x->w, id, CL_NUMBER) : -1;
}

/* "two hundred and five": adds up as people speak. Returns tokens; at most eight. */
static size_t read_number(const struct lexer *x, size_t i, int32_t *value)
{
	int32_t total = 0, part = number_word(x, i);
	size_t n = 1;
	if (part >= 100)
		total = 0;
	for (; n < 8 && holds(x, i + n); n++) {
		size_t at = i + n, and = word_is(x, at, "and") && part % 100 == 0 && part ? 1 : 0;
		int32_t v = holds(x, at + and) || !and ? number_word(x, at + and) : -1;
		if (v < 0 || total + part > 1000000)
			break;
		if (v == 12 && word_is(x, at + and, "dozen"))
			part *= 12;
		else if (v >= 1000)
			total += part * v, part = 0;
		else if (v >= 100)
			part *= v;
		else if (part % 100 == 0 || (part % 10 == 0 && part % 100 >= 20 && v < 10))
			part += v;
		else
			break;
		n += and;
	}
	*value = total + part;
	return n;
}

/* "nineteen ninety-seven", "twenty fifteen". */
static size_t lex_year_words(struct lexer *x, size_t i, int32_t century)
{
	if (century < 15 || century > 20 || !holds(x, i + 1))
		return 0;
	int32_t tens = number_word(x, i + 1), rest;
	size_t n;
	if (tens < 10 || tens > 90)
		return 0;
	n = read_number(x, i + 1, &rest);
	if (rest < 10 || rest > 99)
		return 0;
	put(x, i, n + 1, MADE_YEARWORD, century * 100 + rest);
	return n + 1;
}

static size_t lex_number(struct lexer *x, size_t i)
{
	int32_t v = number_word(x, i);
	size_t n = lex_year_words(x, i, v);
	if (n)
		return n;
	n = read_number(x, i, &v);
	if (v >= 20 && v < 100 && v % 10 == 0 && holds(x, i + n)) { /* "twenty-first" */
		uint16_t id = token_id(x, i + n);
		int32_t o = has_class(x, id, CL_ORD) ? word_value(x->w, id, CL_ORD) : 0;
		if (o >= 1 && o <= 9) {
			v += o;
			put(x, i, n + 1, v <= 31 ? MADE_ORDDOM : MADE_ORD, v);
			return n + 1;
		}
	}
	if (v >= 1 && v <= 12 && word_is(x, i + n, "o") && word_is(x, i + n + 1, "clock")) {
		put(x, i, n + 2, MADE_CLOCK, v * 60);
		return n + 2;
	}
	put(x, i, n, MADE_COUNT, v);
	return n + add_fraction(x, i + n);
}

/* "a few", "a couple of", "a hundred": the article is part of the number. */
static size_t lex_article(struct lexer *x, size_t i)
{
	if (!holds(x, i + 1))
		return 0;
	uint16_t id = token_id(x, i + 1);
	if (has_class(x, id, CL_VAGUE)) {
		size_t n = 2;
		put(x, i, 2, MADE_COUNT, word_value(x->w, id, CL_VAGUE));
		if (word_is(x, i + 1, "couple") && word_is(x, i + 2, "of"))
			n = 3;
		else if (word_is(x, i + 2, "hundred") || word_is(x, i + 2, "thousand") || word_is(x, i + 2, "dozen"))
			n = 3;
		x->out->v[x->out->n - 1].n = (uint32_t)n;
		x->out->v[x->out->n - 1].article = true;
		return n;
	}
	if (!has_class(x, id, CL_NUMBER) || (word_value(x->w, id, CL_NUMBER) < 100 && !word_is(x, i + 1, "dozen")))
		return 0;
	int32_t v;
	size_t n = read_number(x, i + 1, &v);
	put(x, i, n + 1, MADE_COUNT, v);
	x->out->v[x->out->n - 1].article = true;
	return n + 1;
}

static size_t lex_word(struct lexer *x, size_t i, uint16_t id)
{
	uint64_t c = word_classes(x->w, id);
	if (c & CLASS_BIT(CL_NUMBER))
		return lex_number(x, i);
	if (c & CLASS_BIT(CL_VAGUE)) {
		put(x, i, 1, MADE_COUNT, word_value(x->w, id, CL_VAGUE));
		if (word_is(x, i, "couple") && word_is(x, i + 1, "of"))
			x->out->v[x->out->n - 1].n = 2;
		return x->out->v[x->out->n - 1].n;
	}
	if (x->t->v[i].len == 1 && token_word(x->t, i).p[0] == 'a') {
		size_t n = lex_article(x, i);
		if (n)
			return n;
	}
	put(x, i, 1, id, 0);
	return 1;
}

void days_lex(const struct document *d, const struct tokens *t, struct items *out)
{
	struct lexer x = {.d = d, .t = t, .w = day_words(), .out = out, .cap = t->n / 4 + 16, .day_first = -1};
	*out = (struct items){.v = mem_resize(NULL, x.cap * sizeof *out->v)};
	for (size_t i = 0; i < t->n;) {
		uint8_t f = t->v[i].flags;
		if (f & TOKEN_DIGITS)
			i += lex_digits(&x, i);
		else if (f & TOKEN_HAS_DIGIT)
			i += lex_mixed(&x, i);
		else {
			uint16_t id = word_find(x.w, token_word(t, i));
			if (id && !(f & TOKEN_UPPER))
				id = word_lower(x.w, id);
			i += id ? lex_word(&x, i, id) : 1;
		}
	}
}
