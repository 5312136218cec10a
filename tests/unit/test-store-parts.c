/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts alone: names, terms and languages, columns of one rich document, streams of many words, the ledger. */
#include "tests/unit/store-fixture.h"

#include "index/store/columns-build.h"
#include "index/store/ledger.h"
#include "index/store/names.h"
#include "index/store/schema.h"
#include "index/store/streams.h"
#include "index/store/terms.h"

#include <unistd.h>

static void names_are_numbered(void **state)
{
	struct names t = {0};
	char z[16];
	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 5000; i++) {
			snprintf(z, sizeof z, "n%u", i);
			assert_int_equal(names_add(&t, S(z)), i);
		}
	assert_int_equal(names_find(&t, SPAN("n4999")), 4999);
	assert_int_equal(names_find(&t, SPAN("n5000")), NO_NAME);
	assert_true(span_is(names_at(&t, 77), "n77"));
	uint32_t *sorted = names_sorted(&t);
	for (uint32_t i = 1; i < t.n; i++)
		assert_true(span_cmp(names_at(&t, sorted[i - 1]), names_at(&t, sorted[i])) < 0);
	free(sorted);
	names_clear(&t);
	assert_int_equal(names_find(&t, SPAN("n1")), NO_NAME);
	assert_int_equal(names_add(&t, SPAN_NONE), 0);
	assert_int_equal(names_find(&t, SPAN("")), 0);
	names_done(&t);
}

static void fields_are_found(void **state)
{
	(void)state;
	for (int i = 0; i < FIELD_COUNT_; i++) {
		const struct field *f = &schema_fields[i];
		assert_ptr_equal(schema_field(S(f->name)), f);
		assert_true(!*f->alias || schema_field(S(f->alias)) == f);
		assert_true(strlen(f->summary) > 5 && strncmp(f->example, f->name, strlen(f->name)) == 0);
	}
	assert_null(schema_field(SPAN("")));
	assert_null(schema_field(SPAN("nothing")));
}

static bool stems_to(const char *word, const char *lang, const char *stem)
{
	char out[TERM_MAX];
	size_t n = terms_stem(S(word), S(lang), out);
	return span_eq((struct span){out, n}, S(stem));
}

static void stems(void **state)
{
	char out[TERM_MAX];
	(void)state;
	assert_true(stems_to("meetings", "", "meet"));
	assert_true(stems_to("meetings", "en-GB", "meet"));
	assert_true(stems_to("meetings", "zh", "meetings"));
	assert_true(stems_to("hausern", "de", "haus"));
	assert_true(stems_to("2019", "en", "2019"));
	assert_true(stems_to("us", "en", "us"));
	assert_true(stems_to("习", "zh", "习"));
	assert_string_equal(terms_stemmer(SPAN("nb-NO")), "no");
	assert_string_equal(terms_stemmer(SPAN("xx")), "none");
	char word[200];
	memset(word, 'x', sizeof word);
	assert_int_equal(terms_stem((struct span){word, 200}, SPAN("xx"), out), TERM_MAX);
	for (size_t i = 0; i + 1 < sizeof word; i += 2)
		memcpy(word + i, "ж", 2);
	word[0] = 'a', word[1] = 'b', word[199] = 'c';
	size_t n = terms_stem((struct span){word + 1, 198}, SPAN("xx"), out);
	assert_int_equal(n, 63); /* one byte, then whole characters of two */
}

static const struct xc_term *term(const struct made_terms *t, const char *z)
{
	for (size_t i = 0; i < t->n_terms; i++)
		if (span_eq((struct span){t->terms[i].bytes, t->terms[i].len}, S(z)))
			return &t->terms[i];
	return NULL;
}

static void terms_of_a_document(void **state)
{
	AUTO_ARENA struct arena a = {0};
	struct stream_builder streams = {0};
	struct term_maker m = {.streams = &streams};
	struct made_terms t;
	struct document d = {.title = SPAN("Summit in Moscow"), .text = SPAN("The summits were two; Moscow hosted one summit.")};
	struct document german = {.lang = SPAN("de"), .text = SPAN("Die Häuser in Moscow")};
	(void)state;
	terms_make(&m, &a, &d, &t);
	assert_int_equal(t.n_title, 3);
	assert_int_equal(t.n_tokens, 11);
	assert_int_equal(term(&t, "summit")->wdf, 3 + TITLE_EXTRA);
	assert_int_equal(term(&t, "Ssummit")->wdf, 1);
	assert_int_equal(term(&t, "host")->wdf, 1);
	assert_null(term(&t, "Shost"));
	assert_int_equal(t.tokens[0], t.tokens[10]);
	for (size_t i = 1; i < t.n_terms; i++)
		assert_true(span_cmp((struct span){t.terms[i - 1].bytes, t.terms[i - 1].len}, (struct span){t.terms[i].bytes, t.terms[i].len}) < 0);
	terms_make(&m, &a, &german, &t);
	assert_int_equal(term(&t, "haus")->wdf, 1);
	assert_non_null(term(&t, "moscow"));
	assert_null(term(&t, "summit")); /* nothing is left of the one before */
	terms_make(&m, &a, &(struct document){.lang = SPAN("ja")}, &t);
	assert_int_equal(t.n_terms, 0);
	term_maker_done(&m);
	stream_builder_done(&streams);
}

/* ---- Columns ---- */

static struct mention mention(uint32_t start, const char *leader, const char *office)
{
	return (struct mention){.start = start, .end = start + 3, .leader = S(leader), .surface = SPAN("Kim"), .how = "surname", .office = -1, .office_key = S(office)};
}

static const char *item(const struct dictionary *d, const struct list_column *l, uint32_t row, uint32_t i)
{
	static char z[64];
	struct span s = dictionary_at(d, l->item[l->start[row] + i]);
	snprintf(z, sizeof z, "%.*s", SPAN_ARG(s));
	return z;
}

static void one_rich_row(struct columns *c, uint32_t row)
{
	assert_int_equal(c->leaders.start[row + 1] - c->leaders.start[row], 3);
	assert_string_equal(item(&c->leader_names, &c->leaders, row, 0), "b");
	assert_string_equal(item(&c->leader_names, &c->leaders, row, 1), "z");
	assert_string_equal(item(&c->leader_names, &c->leaders, row, 2), "a");
	assert_int_equal(c->leader_mentions[c->leaders.start[row]], 3);
	assert_int_equal(c->leader_mentions[c->leaders.start[row] + 1], 1);
	assert_int_equal(c->pairs.start[row + 1] - c->pairs.start[row], 2); /* one pair: b and z in the first sentence */
	assert_string_equal(item(&c->leader_names, &c->pairs, row, 0), "b");
	assert_string_equal(item(&c->leader_names, &c->pairs, row, 1), "z");
	assert_int_equal(c->countries.start[row + 1] - c->countries.start[row], 1);
	assert_string_equal(item(&c->country_names, &c->countries, row, 0), "RU");
	assert_string_equal(item(&c->office_names, &c->offices, row, 0), "RU/head-of-state");
	assert_string_equal(item(&c->ambiguous_names, &c->ambiguous, row, 0), "kim jong un");
	assert_int_equal(c->days.start[row + 1] - c->days.start[row], 2);
	assert_int_equal(c->day_from[0], day_of(1850, 1, 1)); /* in order of days */
	assert_int_equal(c->day_from[1], day_of(2019, 1, 1));
	assert_int_equal(c->day_to[1], day_of(2019, 12, 31));
	assert_int_equal(c->day_precision[0], PREC_YEAR);
	uint32_t first = c->days.item[c->days.start[row]];
	assert_int_equal(first + c->days.item[c->days.start[row] + 1], 1); /* one of each */
	assert_int_equal(c->published_flags[row], PUBLISHED_INFERRED | PUBLISHED_CONFLICT);
	assert_int_equal(c->published_from[row], day_of(2020, 2, 1));
	assert_int_equal(c->lang[row], NO_ORDINAL);
}

static void columns_of_a_document(void **state)
{
	AUTO_ARENA struct arena a = {0};
	struct column_builder b = {0}, again = {0};
	struct mention m[] = {mention(0, "z", ""), mention(4, "b", "RU/head-of-state"), mention(8, "b", "RU/head-of-state"), mention(40, "a", ""), mention(50, "b", "")};
	struct mention ambiguous[] = {mention(9, "", ""), mention(60, "", "")};
	struct sentence s[] = {{0, 30}, {30, 45}, {45, 100}};
	struct timex3 t[] = {{.days = interval_year(2019)}, {.days = interval_year(1850)}, {.days = interval_year(2019)}, {.type = "DURATION"}};
	struct facts f = {.mentions = m, .n_mentions = 5, .ambiguous = ambiguous, .n_ambiguous = 2, .sentences = s, .n_sentences = 3, .days = t, .n_days = 4,
		.inferred = {.days = interval_month(2020, 2), .conflict = true, .how = "inferred"}};
	struct document d = {.id = SPAN("x"), .source = SPAN("news")}, empty = {.id = SPAN("y")};
	struct columns c, c2;
	char dir[64], path[96];
	(void)state;
	ambiguous[0].surface = SPAN("Kim Jong-un"), ambiguous[1].surface = SPAN("kim jong un");
	fixture_dir(dir);
	snprintf(path, sizeof path, "%s/columns", dir);
	columns_add(&b, &a, NULL, &empty, &(struct facts){0}, 1, 0, 1);
	columns_add(&b, &a, NULL, &d, &f, 2, 9, 2);
	OK(columns_write(&b, path, err));
	OK(columns_map(path, &c, err));
	assert_int_equal(c.n_rows, 2);
	one_rich_row(&c, 1);
	assert_int_equal(c.published_precision[0], PREC_NONE);

	struct column_copier *k = column_copier_new(&again, &c);
	column_copier_row(k, 1, true, 7);
	column_copier_row(k, 1, false, 7);
	column_copier_free(k);
	snprintf(path, sizeof path, "%s/again", dir);
	OK(columns_write(&again, path, err));
	OK(columns_map(path, &c2, err));
	one_rich_row(&c2, 0);
	assert_int_equal(c2.leaders.start[1], c2.leaders.start[2]);
	assert_true(c2.id_hash[1] == span_hash(SPAN("x")));
	columns_unmap(&c);
	columns_unmap(&c2);
	column_builder_done(&b);
	column_builder_done(&again);
	fixture_remove(dir);
}

/* ---- Streams ---- */

#define MANY 300000u /* words: every length of a number */

static void check_streams(const struct token_streams *s, uint32_t row)
{
	static uint32_t v[MANY + 8];
	char z[16];
	size_t n_title, n = streams_read(s, row, v, MANY + 8, &n_title);
	assert_int_equal(n, MANY + 1);
	assert_int_equal(n_title, 2);
	for (uint32_t i = 0; i < MANY; i += i < 400 ? 1 : 997) {
		snprintf(z, sizeof z, "w%u", i);
		assert_true(span_is(streams_word_text(s, v[i]), z));
		assert_int_equal(streams_word(s, S(z)), v[i]);
	}
	assert_int_equal(v[MANY], v[7]); /* twice: the most frequent, so the first */
	assert_int_equal(v[7], 0);
}

static void streams_of_many_words(void **state)
{
	struct stream_builder b = {0};
	struct token_streams *s = NULL, *merged = NULL;
	uint32_t *tokens = malloc((MANY + 1) * sizeof *tokens), v[8];
	char dir[64], path[96], z[16];
	size_t n_title;
	(void)state;
	fixture_dir(dir);
	snprintf(path, sizeof path, "%s/streams", dir);
	stream_builder_row(&b, tokens, 0, 0);
	for (uint32_t i = 0; i <= MANY; i++) {
		snprintf(z, sizeof z, "w%u", i == MANY ? 7 : i);
		tokens[i] = stream_builder_word(&b, S(z));
	}
	stream_builder_row(&b, tokens, MANY + 1, 2);
	OK(stream_builder_write(&b, path, err));
	OK(streams_map(path, 2, &s, err));
	assert_int_equal(streams_read(s, 0, v, 8, &n_title), 0);
	check_streams(s, 1);
	assert_int_equal(streams_words_with_prefix(s, SPAN("w29999"), v, 8), 11);
	assert_true(v[0] < v[1] && v[6] < v[7]);
	assert_int_equal(streams_words_with_prefix(s, SPAN("nothing"), v, 8), 0);
	assert_int_equal(streams_map(path, 3, &merged, NULL), ERR_CORRUPT);

	struct token_streams *from[] = {s, s};
	uint32_t rows[] = {2, 2};
	roaring_bitmap_t *dead = roaring_bitmap_create();
	roaring_bitmap_add(dead, 1);
	const roaring_bitmap_t *deads[] = {dead, NULL};
	snprintf(path, sizeof path, "%s/merged", dir);
	OK(streams_merge(from, rows, deads, 2, path, err));
	OK(streams_map(path, 4, &merged, err));
	assert_int_equal(streams_read(merged, 1, v, 8, &n_title), 0);
	check_streams(merged, 3);
	roaring_bitmap_free(dead);
	streams_unmap(s);
	streams_unmap(merged);
	stream_builder_done(&b);
	free(tokens);
	fixture_remove(dir);
}

/* ---- The ledger ---- */

static int count(void *arg, struct span key, struct span value)
{
	assert_true(key.n && value.n);
	++*(int *)arg;
	return 0;
}

static void ledger_is_rewritten(void **state)
{
	char dir[64], path[128], key[32], value[64];
	struct ledger *l = ledger_new();
	struct file_entry e = {0};
	uint32_t next = 1;
	struct span v;
	int n = 0;
	(void)state;
	fixture_dir(dir);
	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < 300; i++) {
			snprintf(key, sizeof key, "file:/%u", i);
			snprintf(value, sizeof value, "round %u", round);
			ledger_set(l, S(key), i % 5 == 4 && round % 2 ? SPAN_NONE : S(value));
		}
		OK(ledger_commit(l, dir, false, &next, &e, err));
		assert_false(ledger_dirty(l));
		ledger_set(l, S(key), S(round % 2 ? "" : value)); /* the same again is no change */
		assert_false(ledger_dirty(l));
	}
	assert_true(next > 3 && next < 12); /* it was written anew a few times */
	assert_true(e.size < 100000);
	ledger_free(l);

	l = ledger_new();
	OK(ledger_load(l, dir, &e, err));
	assert_int_equal(ledger_each(l, SPAN("file:/"), count, &n), 0);
	assert_int_equal(n, 240);
	assert_true(ledger_get(l, SPAN("file:/0"), &v) && span_is(v, "round 39"));
	assert_false(ledger_get(l, SPAN("file:/4"), &v));
	ledger_free(l);

	AUTO_STR struct str b = {0};
	snprintf(path, sizeof path, "%s/%s", dir, e.name);
	OK(io_read_file(path, 1 << 20, &b, err));
	memset(b.p + 100, 0xEE, 30); /* lengths that make no sense */
	OK(io_replace_file(path, str_view(&b), err));
	l = ledger_new();
	n = 0;
	assert_int_equal(ledger_load(l, dir, &e, NULL), ERR_CORRUPT);
	ledger_each(l, SPAN("file:/"), count, &n);
	assert_in_range(n, 230, 241);
	assert_true(ledger_dirty(l));
	ledger_free(l);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_numbered), cmocka_unit_test(fields_are_found), cmocka_unit_test(stems),
		cmocka_unit_test(terms_of_a_document), cmocka_unit_test(columns_of_a_document), cmocka_unit_test(streams_of_many_words), cmocka_unit_test(ledger_is_rewritten)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
