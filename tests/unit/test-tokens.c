/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/document.h"
#include "index/facts/tokens.h"

#include "base/str.h"

/* "before|word" for each token, "/" where a sentence begins. */
static void show(const struct tokens *t, struct str *out)
{
	for (size_t i = 0; i < t->n; i++) {
		struct span w = token_word(t, i);
		if (i)
			str_ch(out, t->v[i].before == '\n' ? 'n' : t->v[i].before);
		if (t->v[i].flags & TOKEN_SENTENCE)
			str_ch(out, '|');
		str_span(out, w);
	}
}

static void texts_are_cut_as_the_header_says(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"Kim Jong-un’s visit. In 2019", "|kim jong-un's visit.|in 2019"},
		{"the U.S. President met Dr. Łódź", "|the u.s.president met dr.lodz"},
		{"in the U.S. The end", "|in the u.s.|the end"},
		{"26/4/2019, Q3 and 3rd", "|26/4/2019,q3 and 3rd"},
		{"war — and peace - now–then", "|war_and peace_now-then"},
		{"“Yes,” he said; (no)", "|yes\"he said;no"},
		{"one\ntwo\n\nthree", "|one\x6etwo\x6e|three"},
		{"김정은 金正恩", "|김 정 은 金 正 恩"},
		{"J. F. Kennedy spoke. Mr. X left.", "|j.f.kennedy spoke.|mr.x left"},
		{"a\xff\xffz", "|a*z"},
		{"26\xe2\x80\x8f April", "|26 april"},
		{"soft\xc2\xadhyphen", "|softhyphen"},
		{"cafe\xcc\x81 x", "|cafe x"},
		{"", ""},
		{" \n. ", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		AUTO_ARENA struct arena a = {0};
		AUTO_STR struct str s = {0};
		struct tokens t;
		tokens_make(&a, span_of(rows[i][0]), &t);
		show(&t, &s);
		assert_string_equal(str_cz(&s), rows[i][1]);
	}
}

static void flags_say_how_a_word_looks(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	struct tokens t;
	tokens_make(&a, SPAN("Kim KIM kim 2019 Q3 G20 Ärger Putin's A"), &t);
	static const int want[] = {TOKEN_UPPER | TOKEN_SENTENCE | TOKEN_PARAGRAPH, TOKEN_UPPER | TOKEN_CAPS, 0, TOKEN_DIGITS | TOKEN_HAS_DIGIT,
		TOKEN_UPPER | TOKEN_HAS_DIGIT, TOKEN_UPPER | TOKEN_HAS_DIGIT, TOKEN_UPPER, TOKEN_UPPER, TOKEN_POSSESSIVE, TOKEN_UPPER};
	assert_int_equal(t.n, 10);
	for (size_t i = 0; i < t.n; i++)
		assert_int_equal(t.v[i].flags, want[i]);
	assert_true(span_is(token_surface(&t, 6), "Ärger") && span_is(token_word(&t, 6), "arger"));
}

static void long_words_are_cut_and_offsets_stay_true(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str s = {0};
	for (int i = 0; i < 100000; i++)
		str_z(&s, "xé");
	str_z(&s, " end");
	struct tokens t;
	tokens_make(&a, str_view(&s), &t);
	assert_int_equal(t.n, 2);
	assert_true(t.v[0].len <= 255 && t.v[0].end == 300000);
	assert_true(span_is(token_surface(&t, 1), "end"));
}

static void any_bytes_are_safe(void **state)
{
	(void)state;
	uint64_t x = 88172645463325252u;
	for (int round = 0; round < 2000; round++) {
		AUTO_ARENA struct arena a = {0};
		char bytes[200];
		for (size_t i = 0; i < sizeof bytes; i++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			bytes[i] = (char)(round % 2 ? x : x % 128);
		}
		struct tokens t;
		tokens_make(&a, (struct span){bytes, (size_t)(x % sizeof bytes)}, &t);
		uint32_t last = 0;
		for (size_t i = 0; i < t.n; i++) {
			assert_true(t.v[i].start >= last && t.v[i].end > t.v[i].start && t.v[i].end <= t.text.n);
			last = t.v[i].end;
		}
		for (size_t i = 0; i < t.n_sentences; i++)
			assert_true(t.sentences[i].start < t.sentences[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(texts_are_cut_as_the_header_says), cmocka_unit_test(flags_say_how_a_word_looks),
		cmocka_unit_test(long_words_are_cut_and_offsets_stay_true), cmocka_unit_test(any_bytes_are_safe)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
