/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables: looked up, broken, missing, replaced and corrected by the user. */
#include "base/io.h"
#include "index/facts/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above */
#include <cmocka.h>

static const char leaders_head[] = "id\tname\tfamily\tgiven\torder\tcountry\taliases\twikipedia\n";
static const char some_leaders[] = "anna-berg\tAnna Berg\tBerg\tAnna|Ann\tfamily-last\tXA\tAnna Maria Berg|=Annchen\tAnna Berg\n"
				   "otto-berg\tOtto Berg\tBerg\tOtto\tfamily-last\tXA\t\tOtto Berg\n"
				   "ro-min-su\tRo Min-su\tRo\tMin-su\tfamily-first\tXB\t\tRo Min-su\n"
				   "hassan-tal\tHassan al-Tal\tal-Tal\tHassan\tfamily-last\tXB\t\tHassan al-Tal\n";
static const char some_offices[] = "leader\tcountry\tkind\ttitle\tfrom\tto\n"
				   "otto-berg\tXA\thead-of-government\tPrime Minister\t1990-01-01\t1999-12-31\n"
				   "anna-berg\tXA\thead-of-state\tPresident\t2000-01-01\t2008-05-06\n"
				   "otto-berg\tXA\thead-of-state\tPresident\t2008-05-07\t\n";
static const char some_countries[] = "code\tname\tadjectives\taliases\tcapital\tfrom\tto\nXA\tAlandia\tAlandian\tRepublic of Alandia\tAlmar\t\t\nXB\tBeland\tBelandish\t\tBelport\t\t\n";
static const char some_decoys[] = "phrase\tkind\tleader\tnote\n* University\tinstitution\t\t\nFort *\tplace\t\t\nPeter Berg\tperson\totto-berg\tson\n";

static char folder[64];

static void put(const char *dir, const char *name, const char *text, size_t n)
{
	AUTO_STR struct str path = {0};
	struct err err;
	str_printf(&path, "%s/%s", dir, name);
	assert_int_equal(io_make_dirs(dir, 0755, &err), 0);
	assert_int_equal(io_replace_file(str_cz(&path), (struct span){text, n}, &err), 0);
}

static void put_z(const char *dir, const char *name, const char *text) { put(dir, name, text, strlen(text)); }

static void put_table(const char *name, const char *head, const char *rows)
{
	AUTO_STR struct str s = {0};
	str_z(&s, head);
	str_z(&s, rows);
	put(folder, name, s.p, s.n);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-gazetteer-XXXXXX");
	assert_non_null(mkdtemp(folder));
	put_table("leaders.tsv", leaders_head, some_leaders);
	put_z(folder, "offices.tsv", some_offices);
	put_z(folder, "countries.tsv", some_countries);
	put_z(folder, "decoys.tsv", some_decoys);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	struct err err;
	return io_remove_tree(folder, &err);
}

static struct gazetteer *load(const char *user)
{
	struct gazetteer *g;
	struct err err;
	assert_int_equal(gazetteer_load(folder, user, &g, &err), 0);
	return g;
}

static bool told(const struct gazetteer *g, const char *file, uint32_t line, const char *word)
{
	const struct table_problem *p;
	size_t n = gazetteer_problems(g, &p);
	for (size_t i = 0; i < n; i++)
		if (span_find(p[i].file, span_of(file)) >= 0 && p[i].line == line && span_ifind(p[i].what, word) >= 0)
			return true;
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "told: %.*s:%u: %.*s\n", SPAN_ARG(p[i].file), p[i].line, SPAN_ARG(p[i].what));
	return false;
}

static size_t problems(const struct gazetteer *g)
{
	const struct table_problem *p;
	return gazetteer_problems(g, &p);
}

static const char *looked_up(const struct gazetteer *g, const char *name)
{
	const struct leader *l = NULL, *near[8];
	size_t n = 8;
	static char id[64];
	struct err err;
	int rc = gazetteer_lookup(g, span_of(name), &l, near, &n, &err);
	if (rc)
		return rc == ERR_AMBIGUOUS ? "several" : rc == ERR_UNKNOWN_LEADER ? "nobody" : "error";
	snprintf(id, sizeof id, "%.*s", SPAN_ARG(l->id));
	return id;
}

/* Who is found in a text, as "id id ?"; ambiguous ones are "?". */
static const char *found(const struct gazetteer *g, const char *text, const char *id, int year)
{
	static char out[512];
	AUTO_ARENA struct arena a = {0};
	struct document d = {.id = span_of(id), .text = span_of(text)};
	if (year)
		d.published.days = interval_year(year);
	struct tokens t;
	struct facts f = {0};
	tokens_make(&a, d.text, &t);
	leaders_find(&a, g, &d, &t, &f);
	out[0] = 0;
	for (size_t i = 0; i < f.n_mentions; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%.*s", *out ? " " : "", SPAN_ARG(f.mentions[i].leader));
	for (size_t i = 0; i < f.n_ambiguous; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s?", *out ? " " : "");
	return out;
}

static void test_lookup(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	assert_int_equal(problems(g), 0);
	assert_int_equal(gazetteer_n_leaders(g), 4);
	assert_string_equal(looked_up(g, "anna-berg"), "anna-berg");
	assert_string_equal(looked_up(g, "Anna Berg"), "anna-berg");
	assert_string_equal(looked_up(g, "ANN BERG"), "anna-berg");
	assert_string_equal(looked_up(g, "A. Berg"), "anna-berg");
	assert_string_equal(looked_up(g, "Annchen"), "anna-berg");
	assert_string_equal(looked_up(g, "berg"), "several");
	assert_string_equal(looked_up(g, "ro minsu"), "ro-min-su");
	assert_string_equal(looked_up(g, "Min Su Ro"), "ro-min-su");
	assert_string_equal(looked_up(g, "Hassan Tal"), "hassan-tal");
	assert_string_equal(looked_up(g, "al-Tal"), "hassan-tal");
	assert_string_equal(looked_up(g, "Nobody Atall"), "nobody");
	assert_string_equal(looked_up(g, ""), "nobody");
	gazetteer_free(g);
}

static void test_near_names(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	const struct leader *l, *near[8];
	size_t n = 8;
	struct err err;
	assert_int_equal(gazetteer_lookup(g, SPAN("Hassan Talib"), &l, near, &n, &err), ERR_UNKNOWN_LEADER);
	assert_int_equal(n, 1);
	assert_true(span_is(near[0]->id, "hassan-tal"));
	n = 8;
	assert_int_equal(gazetteer_lookup(g, SPAN("Hasan Tall"), &l, near, &n, &err), ERR_UNKNOWN_LEADER); /* both mistyped */
	assert_int_equal(n, 1);
	assert_true(span_is(near[0]->id, "hassan-tal"));
	n = 8;
	assert_int_equal(gazetteer_lookup(g, SPAN("hassle"), &l, near, &n, &err), ERR_UNKNOWN_LEADER); /* begins alike, is another word */
	assert_int_equal(n, 0);
	gazetteer_free(g);
}

static void test_forms_are_listed(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	const struct leader *l = gazetteer_by_id(g, SPAN("anna-berg"));
	assert_non_null(l);
	unsigned seen = 0;
	for (uint32_t i = 0; i < l->n_aliases; i++)
		seen |= span_is(l->aliases[i], "Ann Berg") ? 1u : span_is(l->aliases[i], "Anna Maria Berg") ? 2u : span_is(l->aliases[i], "Annchen") ? 4u : 0u;
	assert_int_equal(seen, 7);
	assert_null(gazetteer_by_id(g, SPAN("anna")));
	gazetteer_free(g);
}

static void test_offices(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	const struct leader *v[4];
	assert_int_equal(gazetteer_holders(g, SPAN("XA"), OFFICE_STATE, interval_day(2005, 1, 1), v, 4), 1);
	assert_true(span_is(v[0]->id, "anna-berg"));
	assert_int_equal(gazetteer_holders(g, SPAN("XA"), OFFICE_STATE, interval_year(2008), v, 4), 2);
	assert_int_equal(gazetteer_holders(g, SPAN("XA"), OFFICE_STATE, interval_year(2030), v, 4), 1);
	assert_int_equal(gazetteer_holders(g, SPAN("XB"), OFFICE_STATE, interval_year(2030), v, 4), 0);
	const struct leader *otto = gazetteer_by_id(g, SPAN("otto-berg"));
	assert_int_equal(otto->n_offices, 2);
	assert_true(otto->offices[0].from.from < otto->offices[1].from.from);
	assert_true(span_is(gazetteer_country_code(g, SPAN("alandian")), "XA"));
	assert_true(span_is(gazetteer_country_code(g, SPAN("xb")), "XB"));
	assert_int_equal(gazetteer_country_code(g, SPAN("Atlantis")).n, 0);
	assert_true(span_is(gazetteer_country_name(g, SPAN("XB")), "Beland"));
	gazetteer_free(g);
}

static void test_found_in_text(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	assert_string_equal(found(g, "It rained when Anna Berg left. Berg was late.", "d", 2005), "anna-berg anna-berg");
	assert_string_equal(found(g, "It rained when Ro Minsu met Hassan Al-Tal. Al-Tal was late.", "d", 2005), "ro-min-su hassan-tal hassan-tal");
	assert_string_equal(found(g, "She studies at Anna Berg University near Fort Berg.", "d", 2005), "");
	assert_string_equal(found(g, "It was Peter Berg who called. Berg is a painter.", "d", 2005), "");
	assert_string_equal(found(g, "Then the Alandian president spoke.", "d", 2005), "anna-berg");
	assert_string_equal(found(g, "Then the Alandian president spoke.", "d", 2012), "otto-berg");
	assert_string_equal(found(g, "Then the Alandian president spoke.", "d", 2008), "?");
	assert_string_equal(found(g, "Then the Alandian president spoke.", "d", 0), "?");
	gazetteer_free(g);
}

static void test_country_of_the_source(void **state)
{
	(void)state;
	struct gazetteer *g = load(NULL);
	AUTO_ARENA struct arena a = {0};
	struct document d = {.id = SPAN("d"), .text = SPAN("It rained when the President spoke."), .published.days = interval_year(2005)};
	for (int i = 0; i < 2; i++) {
		struct tokens t;
		struct facts f = {0};
		d.source = i ? SPAN("Alandian Times") : SPAN("Times");
		tokens_make(&a, d.text, &t);
		leaders_find(&a, g, &d, &t, &f);
		assert_int_equal(f.n_mentions, i);
		assert_true(!i || span_is(f.mentions[0].leader, "anna-berg"));
	}
	gazetteer_free(g);
}

static void test_broken_rows(void **state)
{
	(void)state;
	AUTO_STR struct str s = {0};
	str_z(&s, leaders_head);
	str_z(&s, "anna-berg\tAnna Berg\tBerg\tAnna\tfamily-last\tXA\t\t\n"); /* 2 */
	str_z(&s, "anna-berg\tAnna Two\tTwo\tAnna\tfamily-last\tXA\t\t\n");  /* 3: again */
	str_z(&s, "Bad Id\tBad\tBad\t\t\t\t\t\n");                           /* 4 */
	str_z(&s, "no-name\t\t\t\t\t\t\t\n");                                /* 5 */
	str_z(&s, "bad-utf\t\xff\xfe\tX\t\t\t\t\t\n");                        /* 6 */
	str_z(&s, "odd-order\tOdd Order\tOrder\tOdd\tsideways\tXA\t\t\n");   /* 7: used, told */
	str_z(&s, "# a comment\n\n");                                        /* 8, 9 */
	str_z(&s, "long-alias\tLong Alias\tAlias\tLong\t\tXA\tgood one|");    /* 10 */
	for (int i = 0; i < 300; i++)
		str_ch(&s, 'x');
	str_z(&s, "\t\nhuge-alias\tHuge\tHuge\t\t\t\t"); /* 11 */
	size_t huge = 10u << 20;
	str_room(&s, huge);
	memset(s.p + s.n, 'y', huge);
	s.n += huge;
	str_z(&s, "\t\nlast\tThe Last\tLast\tThe\tfamily-last\tXA\t\t"); /* 12: no newline at the end */
	put(folder, "leaders.tsv", s.p, s.n);
	put_z(folder, "offices.tsv", "leader\tcountry\tkind\ttitle\tfrom\tto\n"
				     "anna-berg\tXA\thead-of-state\tPresident\t2008-01-01\t2000-01-01\n" /* 2: reversed */
				     "nobody\tXA\thead-of-state\tPresident\t2008\t\n"                    /* 3 */
				     "anna-berg\tXA\tking\tKing\t2008\t\n"                               /* 4 */
				     "anna-berg\tXA\thead-of-state\tPresident\tsoon\t\n"                 /* 5 */
				     "anna-berg\tXA\thead-of-state\tPresident\t\t\n"                     /* 6 */
				     "anna-berg\tXA\thead-of-state\tPresident\t2001\t2002-05\n");
	put_z(folder, "decoys.tsv", "phrase\tkind\tleader\tnote\nX\tnonsense\t\t\n\tplace\t\t\n");
	struct gazetteer *g = load(NULL);
	assert_int_equal(gazetteer_n_leaders(g), 4);
	assert_true(told(g, "leaders.tsv", 3, "already"));
	assert_true(told(g, "leaders.tsv", 4, "id"));
	assert_true(told(g, "leaders.tsv", 5, "name"));
	assert_true(told(g, "leaders.tsv", 6, "UTF-8"));
	assert_true(told(g, "leaders.tsv", 7, "order"));
	assert_true(told(g, "leaders.tsv", 10, "300 bytes"));
	assert_true(told(g, "leaders.tsv", 11, "longer"));
	assert_true(told(g, "offices.tsv", 2, "before it begins"));
	assert_true(told(g, "offices.tsv", 3, "nobody"));
	assert_true(told(g, "offices.tsv", 4, "king"));
	assert_true(told(g, "offices.tsv", 5, "soon"));
	assert_true(told(g, "offices.tsv", 6, "beginning"));
	assert_true(told(g, "decoys.tsv", 2, "nonsense"));
	assert_true(told(g, "decoys.tsv", 3, "empty"));
	assert_int_equal(gazetteer_by_id(g, SPAN("anna-berg"))->n_offices, 1);
	assert_string_equal(looked_up(g, "good one"), "long-alias");
	assert_string_equal(looked_up(g, "The Last"), "last");
	gazetteer_free(g);
}

static void test_missing_and_folders(void **state)
{
	(void)state;
	AUTO_STR struct str path = {0};
	struct err err = {0};
	struct gazetteer *g = NULL;
	str_printf(&path, "%s/offices.tsv", folder);
	assert_int_equal(io_remove_tree(str_cz(&path), &err), 0);
	assert_int_equal(io_make_dirs(str_cz(&path), 0755, &err), 0);
	str_clear(&path);
	str_printf(&path, "%s/decoys.tsv", folder);
	assert_int_equal(io_remove_tree(str_cz(&path), &err), 0);
	g = load(NULL);
	assert_int_equal(problems(g), 2); /* a folder, a file that is missing */
	assert_int_equal(gazetteer_n_leaders(g), 4);
	gazetteer_free(g);
	assert_int_equal(gazetteer_load("/nonexistent/dossier", NULL, &g, &err), ERR_BAD_CONFIG);
	assert_non_null(g);
	assert_int_equal(gazetteer_n_leaders(g), 0);
	assert_string_equal(found(g, "It rained when Anna Berg left.", "d", 2005), "");
	gazetteer_free(g);
	gazetteer_free(NULL);
}

static void test_header_is_needed(void **state)
{
	(void)state;
	put_z(folder, "leaders.tsv", some_leaders);
	struct gazetteer *g;
	struct err err;
	assert_int_equal(gazetteer_load(folder, NULL, &g, &err), ERR_BAD_CONFIG);
	assert_true(told(g, "leaders.tsv", 1, "header"));
	gazetteer_free(g);
}

static void test_users_table(void **state)
{
	(void)state;
	AUTO_STR struct str user = {0};
	str_printf(&user, "%s/mine", folder);
	put_z(str_cz(&user), "leaders.tsv", "id\tname\tfamily\tgiven\torder\tcountry\taliases\twikipedia\n"
					    "anna-berg\tAnna Neu\tNeu\tAnna\tfamily-last\tXA\t\t\n"
					    "zoe-vik\tZoe Vik\tVik\tZoe\tfamily-last\tXA\t\t\n");
	struct gazetteer *plain = load(NULL), *g = load(str_cz(&user));
	assert_int_equal(problems(g), 0);
	assert_int_equal(gazetteer_n_leaders(g), 5);
	assert_string_equal(looked_up(g, "Zoe Vik"), "zoe-vik");
	assert_string_equal(looked_up(g, "Anna Neu"), "anna-berg");
	assert_string_equal(looked_up(g, "Anna Berg"), "nobody");
	assert_true(gazetteer_version(plain) != gazetteer_version(g));
	gazetteer_free(plain);
	gazetteer_free(g);
}

static void test_corrections(void **state)
{
	(void)state;
	AUTO_STR struct str user = {0};
	str_printf(&user, "%s/mine", folder);
	put_z(str_cz(&user), "corrections.tsv", "action\tleader\tvalue\tdocument\n"
						"merge\totto-berg\tanna-berg\t\n"
						"alias\tro-min-su\tThe Old Fox\t\n"
						"rename\tro-min-su\tRo Minsu the Elder\t\n"
						"split\tanna-berg\tAnna Maria Berg\t\n"
						"not-in-document\tro-min-su\t\td7\n"
						"ignore\thassan-tal\t\t\n"
						"merge\tnobody\tanna-berg\t\n"
						"paint\tanna-berg\tgreen\t\n");
	struct gazetteer *g = load(str_cz(&user));
	assert_true(told(g, "corrections.tsv", 8, "nobody"));
	assert_true(told(g, "corrections.tsv", 9, "paint"));
	assert_string_equal(found(g, "It rained when Otto Berg left.", "d", 2012), "anna-berg");
	assert_string_equal(looked_up(g, "Otto Berg"), "anna-berg");
	assert_string_equal(found(g, "They met The Old Fox and Ro Min-su.", "d", 2005), "ro-min-su ro-min-su");
	assert_string_equal(found(g, "They met The Old Fox and Ro Min-su.", "d7", 2005), "");
	assert_string_equal(found(g, "It rained when Hassan al-Tal left.", "d", 2005), "");
	assert_string_equal(found(g, "It rained when Anna Maria Berg left.", "d", 2005), "");
	assert_true(span_is(gazetteer_by_id(g, SPAN("ro-min-su"))->name, "Ro Minsu the Elder"));
	gazetteer_free(g);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_lookup), TEST(test_near_names), TEST(test_forms_are_listed), TEST(test_offices), TEST(test_found_in_text), TEST(test_country_of_the_source),
		TEST(test_broken_rows), TEST(test_missing_and_folders), TEST(test_header_is_needed), TEST(test_users_table), TEST(test_corrections)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
