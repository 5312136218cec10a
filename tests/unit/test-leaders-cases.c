/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs tests/cases/leaders/NAME.cases against the tables in data/: see the README beside the cases for the format.
 * Every mark must come true, and nobody may be found where nothing is marked.
 */
#include "base/io.h"
#include "index/facts/facts.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the four above */
#include <cmocka.h>

enum mark_kind { MARK_LEADER, MARK_AMBIGUOUS, MARK_NOBODY };
struct mark {
	enum mark_kind kind;
	uint32_t start, end;
	struct span id;
};
struct a_case {
	const char *file;
	unsigned line;
	struct document d;
	struct mark *marks;
	size_t n, cap;
};

static struct {
	unsigned cases, traps, failures;
} tally;

static void fail_case(const struct a_case *c, const char *what, struct span a, struct span b)
{
	if (tally.failures < 400)
		fprintf(stderr, "%s:%u: %s: %.*s (%.*s)\n", c->file, c->line, what, SPAN_ARG(a), SPAN_ARG(b));
	tally.failures++;
}

/* "[id|surface]", "[?|surface]", "{surface}" out of the line; the rest is the text. */
static void parse_text(struct arena *a, struct span line, struct a_case *c)
{
	char *text = arena_raw(a, line.n + 1);
	size_t n = 0;
	struct mark m = {0};
	for (size_t i = 0; i < line.n; i++) {
		char ch = line.p[i];
		if (ch == '[') {
			const char *bar = memchr(line.p + i, '|', line.n - i);
			assert_non_null(bar);
			m = (struct mark){.start = (uint32_t)n, .id = span_sub(line, i + 1, (size_t)(bar - line.p))};
			m.kind = span_starts(m.id, "?") ? MARK_AMBIGUOUS : MARK_LEADER;
			i = (size_t)(bar - line.p);
		} else if (ch == '{') {
			m = (struct mark){.kind = MARK_NOBODY, .start = (uint32_t)n};
		} else if (ch == ']' || ch == '}') {
			m.end = (uint32_t)n;
			*arena_push(a, c->marks, c->n, c->cap) = m;
		} else {
			text[n++] = ch == '~' ? '\n' : ch;
		}
	}
	text[n] = 0;
	c->d.text = (struct span){text, n};
}

static bool parse_case(struct arena *a, struct span line, struct a_case *c)
{
	ptrdiff_t colon = span_find(line, SPAN(": "));
	if (colon < 0)
		return false;
	struct span head = span_sub(line, 0, (size_t)colon);
	const char *quote = memchr(head.p, '"', head.n);
	if (quote) { /* the title may hold a colon: take all up to the last quotation mark before one */
		ptrdiff_t end = span_find(line, SPAN("\": "));
		if (end < 0)
			return false;
		colon = end + 1;
		c->d.title = span_sub(line, (size_t)(quote - line.p) + 1, (size_t)end);
		head = span_sub(line, 0, (size_t)(quote - line.p));
	}
	head = span_trim(head);
	if (!span_is(head, "-") && !interval_parse(head, &c->d.published.days))
		return false;
	c->d.id = SPAN("case");
	parse_text(a, span_sub(line, (size_t)colon + 2, line.n), c);
	return true;
}

static bool overlaps(const struct mark *k, const struct mention *m) { return k->start < m->end && m->start < k->end; }

static const struct mention *mention_at(const struct mark *k, const struct mention *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (overlaps(k, &v[i]))
			return &v[i];
	return NULL;
}

static void check_mark(const struct a_case *c, const struct mark *k, const struct facts *f)
{
	const struct mention *m = mention_at(k, f->mentions, f->n_mentions);
	struct span surface = span_sub(c->d.text, k->start, k->end);
	tally.traps += k->kind == MARK_NOBODY;
	if (k->kind == MARK_LEADER && (!m || !span_eq(m->leader, k->id)))
		fail_case(c, m ? "somebody else was found" : "not found", surface, m ? m->leader : k->id);
	else if (k->kind == MARK_NOBODY && m)
		fail_case(c, "is nobody, but was found", surface, m->leader);
	else if (k->kind == MARK_AMBIGUOUS && (m || !mention_at(k, f->ambiguous, f->n_ambiguous)))
		fail_case(c, "should be ambiguous", surface, m ? m->leader : SPAN("nothing"));
}

static void check_case(const struct gazetteer *g, struct a_case *c, struct arena *a)
{
	struct facts f = {0};
	struct tokens t;
	tokens_make(a, c->d.text, &t);
	leaders_find(a, g, &c->d, &t, &f);
	tally.cases++;
	for (size_t i = 0; i < c->n; i++)
		check_mark(c, &c->marks[i], &f);
	for (size_t i = 0; i < f.n_mentions; i++) {
		bool marked = false;
		for (size_t k = 0; k < c->n; k++)
			marked |= overlaps(&c->marks[k], &f.mentions[i]);
		if (!marked)
			fail_case(c, "not marked, but found", f.mentions[i].surface, f.mentions[i].leader);
		assert_true(f.mentions[i].sure > 0 && f.mentions[i].sure <= 1);
		assert_true(f.mentions[i].end <= c->d.text.n && f.mentions[i].start < f.mentions[i].end);
	}
}

static void run_file(const struct gazetteer *g, const char *path)
{
	AUTO_STR struct str text = {0};
	struct err err;
	assert_int_equal(io_read_file(path, 1 << 24, &text, &err), 0);
	struct span rest = str_view(&text), line;
	AUTO_ARENA struct arena a = {0};
	for (unsigned n = 1; span_cut(&rest, '\n', &line); n++) {
		if (!span_trim(line).n || line.p[0] == '#')
			continue;
		arena_reset(&a);
		struct a_case c = {.file = path, .line = n};
		if (!parse_case(&a, line, &c))
			fail_case(&c, "not understood", line, SPAN_NONE);
		else
			check_case(g, &c, &a);
	}
}

static void test_cases(void **state)
{
	(void)state;
	struct gazetteer *g;
	struct err err;
	glob_t files;
	assert_int_equal(gazetteer_load(SOURCE_DIR "/data", NULL, &g, &err), 0);
	assert_int_equal(glob(SOURCE_DIR "/tests/cases/leaders/*.cases", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(g, files.gl_pathv[i]);
	globfree(&files);
	gazetteer_free(g);
	printf("%u cases, %u traps, %u failures\n", tally.cases, tally.traps, tally.failures);
	assert_true(tally.cases >= 60);
	assert_int_equal(tally.failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
