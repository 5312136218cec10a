/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs tests/cases/meetings/NAME.cases: see the README beside them. Every meeting must be named, and none be found besides. */
#include "base/io.h"
#include "index/facts/facts.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the four above */
#include <cmocka.h>

static struct {
	unsigned cases, failures;
} tally;

static void describe(const struct facts *f, struct str *out)
{
	str_z(out, f->n_meetings ? "" : "nothing");
	for (size_t i = 0; i < f->n_meetings; i++) {
		const struct meeting *m = &f->meetings[i];
		str_printf(out, "%s%s ", i ? " & " : "", m->status);
		for (uint32_t k = 0; k < m->n_leaders; k++)
			str_printf(out, "%s%.*s", k ? "+" : "", SPAN_ARG(m->leaders[k]));
		str_z(out, " @");
		if (interval_any(m->days))
			interval_text(out, m->days);
		else
			str_z(out, "none");
		str_printf(out, " #%.*s", SPAN_ARG(m->place));
	}
}

static bool leaders_fit(struct span want, const struct meeting *m)
{
	struct span id;
	uint32_t n = 0;
	while (span_cut(&want, '+', &id)) {
		bool in = false;
		for (uint32_t k = 0; k < m->n_leaders; k++)
			in |= span_eq(m->leaders[k], id);
		if (!in)
			return false;
		n++;
	}
	return n == m->n_leaders;
}

static bool detail_fits(struct span want, const struct meeting *m)
{
	AUTO_STR struct str have = {0};
	if (want.p[0] == '@' && interval_any(m->days))
		interval_text(&have, m->days);
	else if (want.p[0] == '#')
		str_span(&have, m->place);
	for (size_t i = 0; i < have.n; i++)
		have.p[i] = have.p[i] == ' ' ? '~' : have.p[i];
	if (!have.n)
		str_z(&have, "none");
	return span_eq(span_sub(want, 1, want.n), str_view(&have));
}

static bool meeting_fits(struct span want, const struct meeting *m)
{
	struct span status, leaders, detail;
	if (!span_cut(&want, ' ', &status) || !span_cut(&want, ' ', &leaders) || !span_is(status, m->status) || !leaders_fit(leaders, m))
		return false;
	while (span_cut(&want, ' ', &detail))
		if (detail.n && !detail_fits(detail, m))
			return false;
	return true;
}

static bool fits(struct span want, const struct facts *f)
{
	size_t n = 0;
	if (span_is(want, "nothing"))
		return f->n_meetings == 0;
	for (struct span rest = want, one; span_cut(&rest, '&', &one); n++) {
		bool any = false;
		for (size_t i = 0; i < f->n_meetings; i++)
			any |= meeting_fits(span_trim(one), &f->meetings[i]);
		if (!any)
			return false;
	}
	return n == f->n_meetings;
}

static void run_case(const struct gazetteer *g, const char *file, unsigned line_no, struct span line)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str have = {0};
	struct document d = {.id = SPAN("case")};
	struct facts f;
	ptrdiff_t colon = span_find(line, SPAN(": ")), arrow = span_find(line, SPAN(" => "));
	assert_true(colon > 0 && arrow > colon);
	assert_true(interval_parse(span_sub(line, 0, (size_t)colon), &d.published.days));
	d.text = span_sub(line, (size_t)colon + 2, (size_t)arrow);
	facts_find(&a, g, &d, &f);
	tally.cases++;
	struct span want = span_trim(span_sub(line, (size_t)arrow + 4, line.n));
	for (size_t i = 0; i < f.n_meetings; i++)
		assert_true(f.meetings[i].start < f.meetings[i].end && f.meetings[i].end <= d.text.n);
	if (fits(want, &f))
		return;
	describe(&f, &have);
	fprintf(stderr, "%s:%u: %.*s\n  wanted %.*s\n  found  %s\n", strrchr(file, '/') + 1, line_no, SPAN_ARG(d.text), SPAN_ARG(want), str_cz(&have));
	tally.failures++;
}

static void run_file(const struct gazetteer *g, const char *path)
{
	AUTO_STR struct str text = {0};
	struct err err;
	assert_int_equal(io_read_file(path, 1 << 24, &text, &err), 0);
	struct span rest = str_view(&text), line;
	for (unsigned n = 1; span_cut(&rest, '\n', &line); n++)
		if (span_trim(line).n && line.p[0] != '#')
			run_case(g, path, n, line);
}

static void test_cases(void **state)
{
	(void)state;
	struct gazetteer *g;
	struct err err;
	glob_t files;
	assert_int_equal(gazetteer_load(SOURCE_DIR "/data", NULL, &g, &err), 0);
	assert_int_equal(glob(SOURCE_DIR "/tests/cases/meetings/*.cases", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(g, files.gl_pathv[i]);
	globfree(&files);
	gazetteer_free(g);
	printf("%u cases, %u failures\n", tally.cases, tally.failures);
	assert_true(tally.cases >= 130);
	assert_int_equal(tally.failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
