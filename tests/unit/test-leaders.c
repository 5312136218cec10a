/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mention says beside who it is: place, how, why, office, candidates; and the counts by leader. Who is found is in tests/cases/leaders. */
#include "base/str.h"
#include "index/facts/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the four above */
#include <cmocka.h>

static struct gazetteer *table;
static struct arena memory;

static int set_up(void **state)
{
	(void)state;
	struct err err;
	return gazetteer_load(SOURCE_DIR "/data", NULL, &table, &err);
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&memory);
	gazetteer_free(table);
	return 0;
}

static void find_in(struct facts *f, const char *date, const char *title, const char *text)
{
	arena_reset(&memory);
	struct document d = {.id = SPAN("d"), .title = span_of(title), .text = span_of(text)};
	struct tokens t;
	interval_parse(span_of(date), &d.published.days);
	*f = (struct facts){0};
	tokens_make(&memory, d.text, &t);
	leaders_find(&memory, table, &d, &t, f);
	for (size_t i = 0; i < f->n_mentions; i++) {
		assert_true(f->mentions[i].end <= d.text.n);
		assert_true(span_eq(f->mentions[i].surface, span_sub(d.text, f->mentions[i].start, f->mentions[i].end)));
		assert_true(i == 0 || f->mentions[i].start >= f->mentions[i - 1].start);
	}
}

static void expect(const struct mention *m, const char *surface, const char *leader, const char *how, const char *why, const char *office)
{
	assert_true(span_is(m->surface, surface));
	assert_true(span_is(m->leader, leader));
	assert_string_equal(m->how, how);
	assert_string_equal(m->why, why);
	assert_true(span_is(m->office_key, office));
}

static void test_how_and_why(void **state)
{
	(void)state;
	struct facts f;
	find_in(&f, "2010-06-24", "", "In Washington, the Russian president met Barack Obama. Mr. Obama smiled; Medvedev did, too. J. Biden came. Dmitry Medvedev left.");
	assert_int_equal(f.n_mentions, 6);
	expect(&f.mentions[0], "president", "dmitry-medvedev", "office", "office-at-date", "RU/head-of-state");
	expect(&f.mentions[1], "Barack Obama", "barack-obama", "full-name", "full-name", "US/head-of-state");
	expect(&f.mentions[2], "Obama", "barack-obama", "title+name", "introduced", "US/head-of-state");
	expect(&f.mentions[3], "Medvedev", "dmitry-medvedev", "surname", "introduced-later", "RU/head-of-state");
	expect(&f.mentions[4], "J. Biden", "joe-biden", "initials", "initials", "");
	expect(&f.mentions[5], "Dmitry Medvedev", "dmitry-medvedev", "full-name", "full-name", "RU/head-of-state");
	assert_true(f.mentions[0].office >= 0 && f.mentions[1].office == -1);
	assert_true(f.mentions[1].sure > f.mentions[3].sure && f.mentions[3].sure > 0.5f);
}

static void test_title_explains_the_text(void **state)
{
	(void)state;
	struct facts f;
	find_in(&f, "", "Kim Jong-un in Hanoi", "After lunch Kim took the train.");
	assert_int_equal(f.n_mentions, 1);
	expect(&f.mentions[0], "Kim", "kim-jong-un", "surname", "introduced", "");
	find_in(&f, "", "", "After lunch Kim took the train.");
	assert_int_equal(f.n_mentions, 0);
}

static void test_ambiguous(void **state)
{
	(void)state;
	struct facts f;
	find_in(&f, "2007-05", "", "Then the French president spoke.");
	assert_int_equal(f.n_mentions, 0);
	assert_int_equal(f.n_ambiguous, 1);
	const struct mention *m = &f.ambiguous[0];
	assert_true(m->leader.n == 0 && span_is(m->surface, "president"));
	assert_string_equal(m->why, "ambiguous");
	assert_int_equal(m->n_candidates, 2);
	assert_true(span_is(m->candidates[0], "jacques-chirac") || span_is(m->candidates[1], "jacques-chirac"));
	assert_true(span_is(m->candidates[0], "nicolas-sarkozy") || span_is(m->candidates[1], "nicolas-sarkozy"));
}

static void test_rejected(void **state)
{
	(void)state;
	struct facts f;
	find_in(&f, "2023-09-12", "", "Kim Jong-un left. Ellen Kim saw Kim Il Sung University. Trade, Kim said, will grow.");
	assert_int_equal(f.n_mentions, 1);
	assert_int_equal(f.n_rejected, 3);
	assert_string_equal(f.rejected[0].why, "other-person");
	assert_true(span_is(f.rejected[0].surface, "Ellen Kim") && span_is(f.rejected[0].leader, "kim-jong-un"));
	assert_string_equal(f.rejected[1].why, "institution");
	assert_string_equal(f.rejected[2].why, "other-person");
}

static void test_counts(void **state)
{
	(void)state;
	struct facts f;
	struct leader_count *v;
	find_in(&f, "2018-06-12", "", "Donald Trump met Kim Jong-un. Kim laughed, and Kim left. Angela Merkel did not come.");
	assert_int_equal(facts_leaders(&memory, &f, &v), 3);
	assert_true(span_is(v[0].id, "kim-jong-un") && v[0].mentions == 3);
	assert_true(span_is(v[1].id, "donald-trump") && v[1].first == 0);
	assert_true(span_is(v[2].id, "angela-merkel") && v[2].mentions == 1);
	f = (struct facts){0};
	assert_int_equal(facts_leaders(&memory, &f, &v), 0);
}

static void test_odd_texts(void **state)
{
	(void)state;
	static const char *const odd[] = {"", " ", "Kim", "\n\n", "al al al al al al Kim al", "President of the", "\xff\xfe Kim Jong-un \xc3", "Kim-Kim-Kim", "'s 's Kim's's", "the president of", "J. F.", "of the the of"};
	struct facts f;
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		find_in(&f, i % 2 ? "2018" : "", odd[i], odd[i]);
	assert_int_equal(f.n_mentions, 0);
}

/* A hundred thousand names, each of them a candidate for many leaders. */
static void test_many_names(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	struct facts f;
	str_z(&s, "Kim Jong-un came. ");
	for (int i = 0; i < 100000; i++)
		str_z(&s, "Kim, ");
	find_in(&f, "2018", "", str_cz(&s));
	assert_int_equal(f.n_mentions, 100001);
}

#define TEST(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_how_and_why), TEST(test_title_explains_the_text), TEST(test_ambiguous), TEST(test_rejected), TEST(test_counts),
		TEST(test_odd_texts), TEST(test_many_names)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
