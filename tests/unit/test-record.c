/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: what is encoded is what is decoded, to the last field; packed and unpacked, with and without a dictionary. */
#include "tests/unit/store-fixture.h"

#include "index/store/record-inner.h"

static struct interval some_days(int year) { return (struct interval){day_of(year, 3, 1), day_of(year, 5, 31), PREC_PART}; }

static void fill(struct arena *a, struct document *d, struct facts *f)
{
	struct span text = SPAN("Kim met Putin in Vladivostok in April 2019. \"Kim Il Sung University\" is no person.");
	struct dropped *dropped = arena_array(a, struct dropped, 2);
	struct when *dates = arena_array(a, struct when, 2);
	struct mention *m = arena_array(a, struct mention, 2), *ambiguous = arena_array(a, struct mention, 1), *rejected = arena_array(a, struct mention, 1);
	struct timex3 *t = arena_array(a, struct timex3, 2);
	struct sentence *s = arena_array(a, struct sentence, 2);
	struct meeting *meeting = arena_array(a, struct meeting, 1);
	dropped[0] = (struct dropped){SPAN("Leave a Reply"), DROP_COMMENT_FORM, 0};
	dropped[1] = (struct dropped){SPAN("The Herald belongs to its readers."), DROP_TEMPLATE, 12};
	dates[0] = (struct when){.days = interval_day(1899, 12, 31), .sure = 90, .conflict = true, .how = "json-ld"};
	dates[1] = (struct when){.days = interval_year(2019), .sure = 20, .how = "url"};
	*d = (struct document){.id = SPAN("a/\"b\"\0c"), .source = SPAN("news"), .path = SPAN("/a/b"), .url = SPAN("https://a.example/b"), .site = SPAN("A"),
		.section = SPAN("World"), .lang = SPAN("en-GB"), .title = SPAN("A meeting – Встреча"), .title_how = SPAN("og"), .author = SPAN("B"),
		.published = dates[0], .dates = dates, .n_dates = 2, .body_kind = BODY_HTML, .text = text, .dropped = dropped, .n_dropped = 2, .replaced = 7,
		.content_hash = 0xFEDCBA9876543210u};
	m[0] = (struct mention){.start = 0, .end = 3, .leader = SPAN("kim-jong-un"), .surface = span_sub(text, 0, 3), .how = "surname", .sure = 0.75f, .office = -1};
	m[1] = (struct mention){.start = 8, .end = 13, .leader = SPAN("vladimir-putin"), .surface = SPAN("PUTIN"), .how = "surname", .sure = 1, .why = "office-near",
		.office = 12, .office_key = SPAN("RU/head-of-state")};
	struct span *who = arena_array(a, struct span, 2);
	who[0] = SPAN("kim-jong-un"), who[1] = SPAN("kim-il-sung");
	ambiguous[0] = (struct mention){.start = 0, .end = 3, .surface = span_sub(text, 0, 3), .how = "surname", .why = "ambiguous", .candidates = who, .n_candidates = 2, .office = -1};
	rejected[0] = (struct mention){.start = 45, .end = 56, .leader = SPAN("kim-il-sung"), .surface = span_sub(text, 45, 56), .how = "full-name", .why = "institution", .office = -1};
	t[0] = (struct timex3){.start = 32, .end = 42, .surface = span_sub(text, 32, 42), .type = "DATE", .value = SPAN("2019-04"), .days = some_days(2019), .how = "absolute",
		.rule = "month-year", .anchor = UINT32_MAX};
	t[1] = (struct timex3){.start = 20, .end = 25, .surface = span_sub(text, 20, 25), .type = "DURATION", .value = SPAN("P3Y"), .how = "relative", .rule = "span", .anchor = 32};
	s[0] = (struct sentence){0, 43}, s[1] = (struct sentence){44, (uint32_t)text.n};
	meeting[0] = (struct meeting){.leaders = who, .n_leaders = 2, .status = "held", .days = some_days(2019), .place = SPAN("Vladivostok"), .start = 0, .end = 43};
	uint32_t *from = arena_array(a, uint32_t, 1);
	from[0] = 1;
	*f = (struct facts){m, 2, ambiguous, 1, rejected, 1, t, 2, meeting, 1, s, 2, {.days = some_days(2020), .sure = 40, .how = "inferred"}, from, 1};
}

static void same_span(struct span a, struct span b) { assert_true(span_eq(a, b)); }
static void same_word(const char *a, const char *b) { assert_true(a ? b && strcmp(a, b) == 0 : !b); }

static void same_days(struct interval a, struct interval b)
{
	assert_int_equal(a.precision, b.precision);
	if (a.precision == PREC_NONE)
		return;
	assert_int_equal(a.from, b.from);
	assert_int_equal(a.to, b.to);
}

static void same_when(const struct when *a, const struct when *b)
{
	same_days(a->days, b->days);
	same_word(a->how, b->how);
	assert_int_equal(a->sure, b->sure);
	assert_int_equal(a->conflict, b->conflict);
}

static void same_mentions(const struct mention *a, size_t n_a, const struct mention *b, size_t n_b)
{
	assert_int_equal(n_a, n_b);
	for (size_t i = 0; i < n_a; i++) {
		assert_int_equal(a[i].start, b[i].start);
		assert_int_equal(a[i].end, b[i].end);
		same_span(a[i].leader, b[i].leader);
		same_span(a[i].surface, b[i].surface);
		same_word(a[i].how, b[i].how);
		same_word(a[i].why, b[i].why);
		assert_memory_equal(&a[i].sure, &b[i].sure, sizeof a[i].sure);
		assert_int_equal(a[i].office, b[i].office);
		same_span(a[i].office_key, b[i].office_key);
		assert_int_equal(a[i].n_candidates, b[i].n_candidates);
		for (uint32_t k = 0; k < a[i].n_candidates; k++)
			same_span(a[i].candidates[k], b[i].candidates[k]);
	}
}

static void same_document(const struct document *a, const struct document *b)
{
	same_span(a->id, b->id), same_span(a->source, b->source), same_span(a->path, b->path), same_span(a->url, b->url), same_span(a->site, b->site);
	same_span(a->section, b->section), same_span(a->lang, b->lang), same_span(a->title, b->title), same_span(a->title_how, b->title_how);
	same_span(a->author, b->author), same_span(a->text, b->text);
	same_when(&a->published, &b->published);
	assert_int_equal(a->n_dates, b->n_dates);
	for (size_t i = 0; i < a->n_dates; i++)
		same_when(&a->dates[i], &b->dates[i]);
	assert_int_equal(a->n_dropped, b->n_dropped);
	for (size_t i = 0; i < a->n_dropped; i++) {
		same_span(a->dropped[i].text, b->dropped[i].text);
		assert_int_equal(a->dropped[i].why, b->dropped[i].why);
		assert_int_equal(a->dropped[i].place, b->dropped[i].place);
	}
	assert_int_equal(a->body_kind, b->body_kind);
	assert_int_equal(a->replaced, b->replaced);
	assert_true(a->content_hash == b->content_hash);
	assert_int_equal(b->body.n, 0);
}

static void same_facts(const struct facts *a, const struct facts *b)
{
	same_mentions(a->mentions, a->n_mentions, b->mentions, b->n_mentions);
	same_mentions(a->ambiguous, a->n_ambiguous, b->ambiguous, b->n_ambiguous);
	same_mentions(a->rejected, a->n_rejected, b->rejected, b->n_rejected);
	assert_int_equal(a->n_days, b->n_days);
	for (size_t i = 0; i < a->n_days; i++) {
		const struct timex3 *x = &a->days[i], *y = &b->days[i];
		assert_true(x->start == y->start && x->end == y->end && x->anchor == y->anchor);
		same_span(x->surface, y->surface), same_span(x->value, y->value);
		same_word(x->type, y->type), same_word(x->how, y->how), same_word(x->rule, y->rule);
		same_days(x->days, y->days);
	}
	assert_int_equal(a->n_meetings, b->n_meetings);
	for (size_t i = 0; i < a->n_meetings; i++) {
		assert_int_equal(a->meetings[i].n_leaders, b->meetings[i].n_leaders);
		for (uint32_t k = 0; k < a->meetings[i].n_leaders; k++)
			same_span(a->meetings[i].leaders[k], b->meetings[i].leaders[k]);
		same_word(a->meetings[i].status, b->meetings[i].status);
		same_days(a->meetings[i].days, b->meetings[i].days);
		same_span(a->meetings[i].place, b->meetings[i].place);
		assert_true(a->meetings[i].start == b->meetings[i].start && a->meetings[i].end == b->meetings[i].end);
	}
	assert_int_equal(a->n_sentences, b->n_sentences);
	assert_memory_equal(a->sentences, b->sentences, a->n_sentences * sizeof *a->sentences);
	same_when(&a->inferred, &b->inferred);
	assert_int_equal(a->n_inferred_from, b->n_inferred_from);
	assert_memory_equal(a->inferred_from, b->inferred_from, a->n_inferred_from * sizeof *a->inferred_from);
}

static void round_trip(void **state)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str bytes = {0}, again = {0};
	struct document d, d2;
	struct facts f, f2;
	(void)state;
	fill(&a, &d, &f);
	record_encode(&bytes, &d, &f);
	OK(record_decode(&a, str_view(&bytes), &d2, &f2, err));
	same_document(&d, &d2);
	same_facts(&f, &f2);
	record_encode(&again, &d2, &f2);
	assert_true(span_eq(str_view(&bytes), str_view(&again)));
	struct record_head h;
	OK(record_head(str_view(&bytes), &h, err));
	same_span(h.id, d.id);
	same_span(h.path, d.path);
	assert_true(h.content_hash == d.content_hash && h.text_bytes == d.text.n);
}

static void nothing_but_an_id(void **state)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str bytes = {0}, none = {0};
	struct document d = {.id = SPAN("x")}, d2;
	struct facts f = {0}, f2;
	(void)state;
	record_encode(&bytes, &d, &f);
	assert_true(bytes.n < 64);
	OK(record_decode(&a, str_view(&bytes), &d2, &f2, err));
	same_document(&d, &d2);
	same_facts(&f, &f2);
	d.id = SPAN_NONE;
	record_encode(&none, &d, &f);
	assert_int_equal(record_decode(&a, str_view(&none), &d2, &f2, NULL), ERR_CORRUPT);
}

/* Version 1 had start and length of each sentence side by side. Such records are read, and keep their version under another id. */
static void the_first_version_is_read(void **state)
{
	static const char now[] = {3, 0, 2, 2, 4, 4, 6}, then[] = {3, 0, 4, 10, 4, 10, 6};
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str bytes = {0}, renamed = {0};
	struct sentence sentences[] = {{0, 4}, {5, 9}, {10, 16}};
	struct document d = {.id = SPAN("x"), .text = SPAN("One. Two. Three."), .title = SPAN("Numbers")}, d2;
	struct facts f = {.sentences = sentences, .n_sentences = 3}, f2;
	(void)state;
	record_encode(&bytes, &d, &f);
	ptrdiff_t at = span_find(str_view(&bytes), (struct span){now, sizeof now});
	assert_true(at > 0 && bytes.p[0] == RECORD_VERSION);
	OK(record_decode(&a, str_view(&bytes), &d2, &f2, err));
	same_facts(&f, &f2);
	memcpy(bytes.p + at, then, sizeof then);
	assert_true(record_decode(&a, str_view(&bytes), &d2, &f2, NULL) != 0 || memcmp(f2.sentences, sentences, sizeof sentences) != 0);
	bytes.p[0] = 1;
	OK(record_decode(&a, str_view(&bytes), &d2, &f2, err));
	same_document(&d, &d2);
	same_facts(&f, &f2);
	OK(record_rename(str_view(&bytes), SPAN("another"), SPAN_NONE, &renamed, err));
	assert_int_equal(renamed.p[0], 1);
	OK(record_decode(&a, str_view(&renamed), &d2, &f2, err));
	same_span(d2.id, SPAN("another"));
	same_facts(&f, &f2);
	bytes.p[0] = RECORD_VERSION + 1;
	assert_int_equal(record_decode(&a, str_view(&bytes), &d2, &f2, NULL), ERR_CORRUPT);
}

static void every_cut_is_refused(void **state)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str bytes = {0};
	struct document d;
	struct facts f;
	(void)state;
	fill(&a, &d, &f);
	record_encode(&bytes, &d, &f);
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(record_decode(&a, (struct span){bytes.p, n}, &d, &f, NULL), ERR_CORRUPT);
	str_ch(&bytes, 0);
	assert_int_equal(record_decode(&a, str_view(&bytes), &d, &f, NULL), ERR_CORRUPT);
}

static void packs(void **state)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str packed = {0}, smaller = {0}, samples = {0}, sizes = {0}, dictionary = {0}, plain = {0};
	struct span got;
	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		char id[16];
		size_t before = samples.n;
		snprintf(id, sizeof id, "doc/%u", i);
		fixture_record(&samples, id, i * 31);
		str_add(&sizes, &(size_t){samples.n - before}, sizeof(size_t));
	}
	fixture_record(&plain, "doc/new", 12345);
	record_pack(&packed, str_view(&plain));
	OK(record_unpack(&a, str_view(&packed), &got, err));
	same_span(got, str_view(&plain));
	record_train(&dictionary, str_view(&samples), (const size_t *)(const void *)sizes.p, 2000, (size_t)64 << 10);
	assert_true(dictionary.n > 0);
	ZSTD_CDict *c = record_dictionary(str_view(&dictionary));
	ZSTD_DDict *u = ZSTD_createDDict(dictionary.p, dictionary.n);
	record_pack_with(&smaller, str_view(&plain), c);
	assert_true(smaller.n < packed.n);
	OK(record_unpack_with(&a, str_view(&smaller), u, &got, err));
	same_span(got, str_view(&plain));
	OK(record_unpack_with(&a, str_view(&packed), u, &got, err));
	assert_int_equal(record_unpack(&a, str_view(&smaller), &got, NULL), ERR_CORRUPT); /* the dictionary is wanting */
	unsigned refused = 0;
	for (size_t i = 0; i < packed.n * 8; i++) { /* each bit: refused, or without meaning (zstd has a few such) */
		packed.p[i / 8] ^= (char)(1 << i % 8);
		if (record_unpack(&a, str_view(&packed), &got, NULL) != 0)
			refused++;
		else
			same_span(got, str_view(&plain));
		packed.p[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(refused > packed.n * 8 - 40);
	ZSTD_freeCDict(c);
	ZSTD_freeDDict(u);
}

/* Thousands of different days, each twice: what is told as a name the second time is the same name. */
static void many_names(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str out = {0};
	enum { N = 6000 };
	struct timex3 *v = arena_array(&a, struct timex3, N);
	for (uint32_t i = 0; i < N; i++)
		v[i] = (struct timex3){.start = 0, .end = 1, .surface = SPAN("x"), .type = "DATE", .value = arena_printf(&a, "%04u-05-09", i % (N / 2)), .how = "absolute", .rule = "date", .anchor = UINT32_MAX};
	struct document d = {.id = SPAN("many"), .text = SPAN("x")}, d2;
	struct facts f = {.days = v, .n_days = N}, f2;
	struct err err = {0};
	record_encode(&out, &d, &f);
	assert_int_equal(record_decode(&a, str_view(&out), &d2, &f2, &err), 0);
	assert_int_equal(f2.n_days, N);
	for (uint32_t i = 0; i < N; i++)
		assert_true(span_eq(f2.days[i].value, v[i].value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(many_names), cmocka_unit_test(round_trip), cmocka_unit_test(nothing_but_an_id), cmocka_unit_test(the_first_version_is_read), cmocka_unit_test(every_cut_is_refused), cmocka_unit_test(packs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
