/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time expressions: the case files of tests/cases/days, and what no case file can hold.
 *
 *	@published 2015-01-20             the publication day of the lines that follow; - is unknown; @lang likewise
 *	Kim may come [in] …               one passage a line, every expression in brackets
 *	 => DATE 2015-05 2015-05 ; …      type, value, days of each, in order; - where it has no days
 *	 => … ; published 2015            at the end: what is inferred, - for nothing
 *
 * Nothing may be found that stands in no brackets.
 */
#include "index/facts/facts.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct bracket {
	uint32_t start, end;
};

struct passage {
	struct str text;
	struct bracket v[64];
	size_t n;
};

struct suite {
	const char *file;
	int line, expressions, wrong;
	struct document d;
	struct str lang;
};

static void days_of(struct arena *a, const struct document *d, struct facts *f)
{
	struct tokens t;
	*f = (struct facts){0};
	tokens_make(a, d->text, &t);
	days_find(a, d, &t, f);
}

static void read_passage(struct span s, struct passage *p)
{
	str_clear(&p->text);
	p->n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '[')
			p->v[p->n].start = (uint32_t)p->text.n;
		else if (s.p[i] == ']')
			p->v[p->n++].end = (uint32_t)p->text.n;
		else if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n')
			str_ch(&p->text, '\n'), i++;
		else
			str_ch(&p->text, s.p[i]);
	assert_true(p->n < 64);
}

static void complain(struct suite *u, const char *what, struct span a, struct span b)
{
	AUTO_STR struct str said = {0};
	str_printf(&said, "%s:%d: %s: want \"", u->file, u->line, what);
	str_span(&said, a);
	str_z(&said, "\", got \"");
	str_span(&said, b);
	print_message("%s\"\n", str_cz(&said));
	u->wrong++;
}

static struct span days_text(struct str *s, struct interval i)
{
	str_clear(s);
	if (interval_any(i))
		interval_text(s, i);
	else
		str_ch(s, '-');
	return str_view(s);
}

static void check_one(struct suite *u, const struct timex3 *x, struct span want)
{
	AUTO_STR struct str s = {0};
	struct span type, value, days;
	want = span_trim(want);
	span_cut(&want, ' ', &type);
	span_cut(&want, ' ', &value);
	days = span_trim(want);
	if (!span_is(type, x->type))
		complain(u, "type", type, span_of(x->type));
	if (!span_eq(value, x->value))
		complain(u, "value", value, x->value);
	struct span got = days_text(&s, x->days);
	if (!span_eq(days, got))
		complain(u, "days", days, got);
	u->expressions++;
}

/* Every bracket is found, and nothing else. */
static void check_places(struct suite *u, const struct passage *p, const struct facts *f)
{
	for (size_t i = 0; i < p->n || i < f->n_days; i++) {
		struct span want = i < p->n ? span_sub(str_view(&p->text), p->v[i].start, p->v[i].end) : SPAN_NONE;
		struct span got = i < f->n_days ? f->days[i].surface : SPAN_NONE;
		if (!span_eq(want, got) || (i < p->n && i < f->n_days && p->v[i].start != f->days[i].start))
			complain(u, "expression", want, got);
	}
}

static void check_passage(struct suite *u, struct span text, struct span expected)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str s = {0};
	struct passage p = {0};
	struct facts f;
	struct span piece;
	size_t i = 0;
	read_passage(text, &p);
	u->d.text = str_view(&p.text);
	days_of(&a, &u->d, &f);
	check_places(u, &p, &f);
	while (span_cut(&expected, ';', &piece)) {
		piece = span_trim(piece);
		if (span_starts(piece, "published ")) {
			struct span got = days_text(&s, f.inferred.days);
			if (!span_eq(span_sub(piece, 10, piece.n), got))
				complain(u, "published", span_sub(piece, 10, piece.n), got);
		} else if (!span_is(piece, "none") && i < f.n_days)
			check_one(u, &f.days[i++], piece);
	}
	if (i < f.n_days)
		complain(u, "expectation missing for", SPAN_NONE, f.days[i].surface);
	str_done(&p.text);
}

static void directive(struct suite *u, struct span line)
{
	struct span name;
	span_cut(&line, ' ', &name);
	line = span_trim(line);
	if (span_is(name, "@published")) {
		u->d.published = (struct when){0};
		if (!span_is(line, "-"))
			assert_true(interval_parse(line, &u->d.published.days));
	} else if (span_is(name, "@lang")) {
		str_clear(&u->lang);
		str_span(&u->lang, line);
		u->d.lang = span_is(line, "-") ? SPAN_NONE : str_view(&u->lang);
	} else
		fail_msg("%s:%d: unknown directive", u->file, u->line);
}

static void run_file(struct suite *u, const char *path)
{
	AUTO_STR struct str passage = {0};
	char *buf = NULL;
	size_t cap = 0;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	u->file = path;
	u->line = 0;
	u->d = (struct document){0};
	for (ssize_t n; (n = getline(&buf, &cap, f)) > 0;) {
		struct span line = span_trim((struct span){buf, (size_t)n});
		u->line++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] == '@')
			directive(u, line);
		else if (span_starts(line, "=>"))
			check_passage(u, str_view(&passage), span_sub(line, 2, line.n));
		else {
			str_clear(&passage);
			str_span(&passage, line);
		}
	}
	free(buf);
	str_done(&u->lang);
	u->d.lang = SPAN_NONE;
	fclose(f);
}

static void cases(void **state)
{
	(void)state;
	struct suite u = {0};
	DIR *dir = opendir(SOURCE_DIR "/tests/cases/days");
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		AUTO_STR struct str path = {0};
		if (!span_ends(span_of(e->d_name), ".cases"))
			continue;
		str_printf(&path, SOURCE_DIR "/tests/cases/days/%s", e->d_name);
		run_file(&u, path.p);
	}
	closedir(dir);
	print_message("%d expressions\n", u.expressions);
	assert_int_equal(u.wrong, 0);
	assert_true(u.expressions >= 500);
}

/* --- bad input: nothing absurd comes out, whatever goes in --- */

static void check_sane(const struct document *d, const struct facts *f)
{
	uint32_t end = 0;
	for (size_t i = 0; i < f->n_days; i++) {
		const struct timex3 *x = &f->days[i];
		assert_true(x->start >= end && x->end > x->start && x->end <= d->text.n);
		end = x->end;
		assert_true(x->value.n > 0);
		assert_non_null(x->rule);
		if (!interval_any(x->days))
			continue;
		assert_true(x->days.from <= x->days.to);
		assert_true(x->days.from >= DAY_MIN && x->days.to <= DAY_MAX);
	}
	for (size_t i = 0; i < f->n_inferred_from; i++)
		assert_true(f->inferred_from[i] < f->n_days);
}

static size_t found_in(struct span text, const char *published)
{
	AUTO_ARENA struct arena a = {0};
	struct facts f;
	struct document d = {.text = text};
	if (published)
		assert_true(interval_parse(span_of(published), &d.published.days));
	days_of(&a, &d, &f);
	check_sane(&d, &f);
	return f.n_days;
}

static void no_dates(void **state)
{
	(void)state;
	static const char *const texts[] = {"99999-99-99", "0/0/0", "00/00/0000", "31/31/2019", "2019-13-01", "2019-02-30", "192.168.10.11", "1.2.2019.4", "", " ", "-", "/", "12/", "/12/2019/",
		"+49 30 12345678", "9999999999999999999999", "February 30", "30 February 2019", "February 29, 2019", "April 31", "the 40th of May", "99:99", "25:61 p.m.", "week 60 of 2019"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		AUTO_ARENA struct arena a = {0};
		struct facts f;
		struct document d = {.text = span_of(texts[i])};
		days_of(&a, &d, &f);
		check_sane(&d, &f);
		for (size_t k = 0; k < f.n_days; k++)
			if (f.days[k].days.precision == PREC_DAY)
				fail_msg("\"%s\" gave the day %.*s", texts[i], SPAN_ARG(f.days[k].value));
	}
}

static void many_dates(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	for (int i = 0; i < 10000; i++)
		str_printf(&s, "%d May %d ", i % 31 + 1, 1900 + i % 150);
	assert_int_equal(found_in(str_view(&s), NULL), 10000);
	str_clear(&s);
	for (int i = 0; i < 10000; i++)
		str_z(&s, "26/4/2019, ");
	assert_int_equal(found_in(str_view(&s), "2019-05-01"), 10000);
}

static void repeated(void **state)
{
	(void)state;
	static const char *const pieces[] = {"1", "12/", "a", "the ", "last ", "May ", "two hundred and ", "1,000,", "first ", "early ", "\xE2\x80\x8F", "'", "1 1/2 ", "and a half ", "of the year ",
		"1990s ", "the year-ago ", "a year ago ", "later this year ", "until then ", "invasion of Ukraine last year ", "the 70th anniversary of the end of the Second World War this year ", "10:", "a.m. ", "as the year comes to a close 2018 ", "recently three years coronavirus pandemic ", "May to "};
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		AUTO_STR struct str s = {0};
		while (s.n < 1 << 20)
			str_z(&s, pieces[i]);
		found_in(str_view(&s), NULL);
		found_in(str_view(&s), "2019-05-01");
	}
}

static void marks_inside(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct facts f;
	struct document d = {.text = SPAN("It was signed on 26\xE2\x80\x8F/4/2019 and on 3 \xE2\x80\x8EMay\xE2\x80\x8F 2018.")};
	days_of(&a, &d, &f);
	check_sane(&d, &f);
	assert_int_equal(f.n_days, 2);
	assert_true(span_is(f.days[0].value, "2019-04-26"));
	assert_true(span_is(f.days[1].value, "2018-05-03"));
}

static void any_bytes(void **state)
{
	(void)state;
	uint32_t seed = 1;
	static const char *const words[] = {"the ", "May ", "2019", "-", "/", "12", " last ", "year ", "ago ", "two ", "of ", "'", "s ", ".", ", ", "Friday ", "a ", "and ", "half ", "quarter ", "\n\n", "\xFF", "é", "p.m. ", "1990s "};
	for (int round = 0; round < 3000; round++) {
		AUTO_STR struct str s = {0};
		for (int i = 0; i < 30; i++) {
			seed = seed * 1664525 + 1013904223;
			str_z(&s, words[(seed >> 16) % (sizeof words / sizeof *words)]);
		}
		found_in(str_view(&s), round % 2 ? "2019-05-01" : NULL);
	}
}

/* The publication day may stand at the ends of the calendar. */
static void ends_of_time(void **state)
{
	(void)state;
	static const char text[] = "last century, last year, two hundred years ago, next decade, yesterday, tomorrow, last week, next month, the previous year, 9999 years ago, next weekend, 5,000 years from now";
	static const char *const published[] = {"0001-01-01", "9999-12-31", "0001", "9999", "1582-10-15"};
	for (size_t i = 0; i < sizeof published / sizeof *published; i++)
		assert_true(found_in(span_of(text), published[i]) > 0);
}

static void same_twice(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct facts f, g;
	struct document d = {.text = SPAN("On Friday, 13 March 2015, two years after 2013, in the third quarter.")};
	days_of(&a, &d, &f);
	days_of(&a, &d, &g);
	assert_int_equal(f.n_days, g.n_days);
	for (size_t i = 0; i < f.n_days; i++)
		assert_true(span_eq(f.days[i].value, g.days[i].value) && f.days[i].start == g.days[i].start);
}

static void contradiction(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct facts f;
	struct document d = {.text = SPAN("After the invasion of Ukraine last year, and after the invasion of Iraq last year, he wrote this.")};
	days_of(&a, &d, &f);
	assert_false(interval_any(f.inferred.days));
	assert_true(f.inferred.conflict);
	assert_true(f.n_inferred_from >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases), cmocka_unit_test(no_dates), cmocka_unit_test(many_dates), cmocka_unit_test(repeated), cmocka_unit_test(marks_inside), cmocka_unit_test(any_bytes),
		cmocka_unit_test(ends_of_time), cmocka_unit_test(same_twice), cmocka_unit_test(contradiction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
