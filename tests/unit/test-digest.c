/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two tables, told by the words whose meaning changed: each change names these and no others. */
#include "base/io.h"
#include "index/facts/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the four above */
#include <cmocka.h>

#define LEADERS  "id\tname\tfamily\tgiven\torder\tcountry\taliases\twikipedia\n"
#define ANNA     "anna-berg\tAnna Berg\tBerg\tAnna\tfamily-last\tXA\t=Annchen\t\n"
#define MINSU    "ro-min-su\tRo Min-su\tRo\tMin-su\tfamily-first\tXB\t\t\n"
#define OFFICES  "leader\tcountry\tkind\ttitle\tfrom\tto\n"
#define ANNA_HELD "anna-berg\tXA\thead-of-state\tPresident\t2000-01-01\t2008-05-06\n"
#define MINSU_HELD "ro-min-su\tXB\thead-of-state\tPresident\t2000-01-01\t2008-05-06\n"
#define COUNTRIES "code\tname\tadjectives\taliases\tcapital\tfrom\tto\nXA\tAlandia\tAlandian\t\tAlmar\t\t\nXB\tBeland\tBelandish\t\tBelport\t\t\n"
#define DECOYS   "phrase\tkind\tleader\tnote\n* University\tinstitution\t\t\n"
#define FIXES    "action\tleader\tvalue\tdocument\n"

struct tables {
	const char *leaders, *offices, *decoys, *corrections;
};
static const struct tables plain = {LEADERS ANNA MINSU, OFFICES ANNA_HELD MINSU_HELD, DECOYS, FIXES};

static void put(const char *dir, const char *name, const char *text)
{
	AUTO_STR struct str path = {0};
	struct err err;
	str_printf(&path, "%s/%s", dir, name);
	assert_int_equal(io_replace_file(str_cz(&path), span_of(text), &err), 0);
}

static struct gazetteer *load(const struct tables *t)
{
	char dir[] = "/tmp/test-digest-XXXXXX";
	struct gazetteer *g;
	struct err err;
	assert_non_null(mkdtemp(dir));
	put(dir, "leaders.tsv", t->leaders);
	put(dir, "offices.tsv", t->offices);
	put(dir, "decoys.tsv", t->decoys);
	put(dir, "countries.tsv", COUNTRIES);
	assert_int_equal(gazetteer_load(dir, NULL, &g, &err), 0);
	gazetteer_free(g);
	AUTO_STR struct str user = {0};
	str_printf(&user, "%s/user", dir);
	assert_int_equal(io_make_dirs(str_cz(&user), 0755, &err), 0);
	put(str_cz(&user), "corrections.tsv", t->corrections);
	assert_int_equal(gazetteer_load(dir, str_cz(&user), &g, &err), 0);
	assert_int_equal(io_remove_tree(dir, &err), 0);
	return g;
}

struct difference {
	struct arena a;
	struct str digest;
	struct changes c;
};

static void compare(struct difference *d, const struct tables *before, const struct tables *after)
{
	struct gazetteer *old = load(before), *new = load(after);
	struct err err;
	*d = (struct difference){0};
	digest_make(old, &d->digest);
	assert_int_equal(digest_compare(str_view(&d->digest), new, &d->a, &d->c, &err), 0);
	gazetteer_free(old);
	gazetteer_free(new);
}

static void done(struct difference *d)
{
	arena_done(&d->a);
	str_done(&d->digest);
}

/* Is there a change of just these words? */
static bool changed(const struct difference *d, const char *words, bool titled)
{
	for (size_t i = 0; i < d->c.n; i++) {
		AUTO_STR struct str s = {0};
		for (uint32_t k = 0; k < d->c.v[i].n; k++) {
			str_z(&s, k ? " " : "");
			str_span(&s, d->c.words[d->c.v[i].words[k]]);
		}
		if (span_is(str_view(&s), words) && d->c.v[i].titled == titled)
			return true;
	}
	return false;
}

static void nothing_changes(void **state)
{
	struct difference d;
	struct tables turned = {LEADERS MINSU ANNA, OFFICES MINSU_HELD ANNA_HELD, DECOYS "# a note\n", FIXES};
	(void)state;
	compare(&d, &plain, &plain);
	assert_int_equal(d.c.n + d.c.n_documents + d.c.columns, 0);
	done(&d);
	compare(&d, &plain, &turned); /* rows may stand in any order */
	assert_int_equal(d.c.n + d.c.n_documents + d.c.columns, 0);
	done(&d);
}

static void an_office_changes(void **state)
{
	struct difference d;
	struct tables later = plain;
	(void)state;
	later.offices = OFFICES "anna-berg\tXA\thead-of-state\tPresident\t2000-01-01\t2009-05-06\n" MINSU_HELD;
	compare(&d, &plain, &later);
	assert_true(changed(&d, "berg", false) && changed(&d, "anna berg", false) && changed(&d, "annchen", false));
	assert_true(changed(&d, "alandia", true) && changed(&d, "alandian", true) && changed(&d, "almar", true));
	assert_false(changed(&d, "ro", false) || changed(&d, "beland", true) || changed(&d, "university", false));
	assert_false(d.c.columns);
	bool title = false;
	for (size_t i = 0; i < d.c.n_words; i++)
		title |= d.c.title[i] && span_is(d.c.words[i], "president");
	assert_true(title);
	done(&d);
}

static void corrections_change(void **state)
{
	struct difference d;
	struct tables t = plain;
	(void)state;
	t.corrections = FIXES "not-in-document\tanna-berg\t\tdoc-1\n";
	compare(&d, &plain, &t);
	assert_int_equal(d.c.n, 0);
	assert_int_equal(d.c.n_documents, 1);
	assert_true(span_is(d.c.documents[0], "doc-1"));
	done(&d);
	compare(&d, &t, &plain); /* and when it is taken back */
	assert_int_equal(d.c.n_documents, 1);
	done(&d);
	t.corrections = FIXES "merge\tanna-berg\tro-min-su\t\n";
	compare(&d, &plain, &t);
	assert_true(changed(&d, "berg", false) && changed(&d, "annchen", false));
	done(&d);
	t.corrections = FIXES "alias\tanna-berg\tDie Frau Kapitan\t\n";
	compare(&d, &plain, &t);
	assert_true(changed(&d, "die frau kapitan", false));
	assert_false(changed(&d, "annchen", false) || changed(&d, "ro", false));
	done(&d);
}

static void rows_change(void **state)
{
	struct difference d;
	struct tables t = plain;
	(void)state;
	t.leaders = LEADERS ANNA MINSU "zorbina-hill\tZorbina Hill\tHill\tZorbina\tfamily-last\tXA\t\t\n";
	compare(&d, &plain, &t);
	assert_true(changed(&d, "hill", false) && changed(&d, "zorbina hill", false) && changed(&d, "zorbina", false)); /* a given name now: "Zorbina Berg" is another */
	assert_false(changed(&d, "berg", false));
	done(&d);
	compare(&d, &t, &plain); /* what goes counts as what comes */
	assert_true(changed(&d, "hill", false));
	done(&d);
	t = plain;
	t.decoys = DECOYS "* Bridge\tplace\t\t\n";
	compare(&d, &plain, &t);
	assert_int_equal(d.c.n, 1);
	assert_true(changed(&d, "bridge", false));
	done(&d);
	t = plain;
	t.leaders = LEADERS "anna-berg\tAnna Berg\tBerg\tAnna\tfamily-last\tXB\t=Annchen\t\n" MINSU;
	compare(&d, &plain, &t);
	assert_true(d.c.columns);
	done(&d);
}

static void damage_is_told(void **state)
{
	AUTO_STR struct str digest = {0};
	AUTO_ARENA struct arena a = {0};
	struct gazetteer *g = load(&plain);
	struct changes c;
	struct err err;
	(void)state;
	digest_make(g, &digest);
	for (size_t cut = 0; cut < digest.n; cut += 97)
		assert_int_equal(digest_compare(span_sub(str_view(&digest), 0, cut), g, &a, &c, &err), ERR_CORRUPT);
	for (size_t at = 0; at < digest.n; at += 61) {
		digest.p[at] ^= 4;
		assert_int_equal(digest_compare(str_view(&digest), g, &a, &c, &err), ERR_CORRUPT);
		digest.p[at] ^= 4;
	}
	assert_int_equal(digest_compare(str_view(&digest), g, &a, &c, &err), 0);
	gazetteer_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changes), cmocka_unit_test(an_office_changes), cmocka_unit_test(corrections_change), cmocka_unit_test(rows_change),
		cmocka_unit_test(damage_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
