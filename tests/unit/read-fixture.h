/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of bad input: reads bytes to their end as a file of some name, and tells what came out. Every text and id must be valid UTF-8, every refusal in words. */
#ifndef DOSSIER_TESTS_READ_FIXTURE_H
#define DOSSIER_TESTS_READ_FIXTURE_H

#include "base/mem.h"
#include "base/utf8.h"
#include "index/read/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include <cmocka.h>

struct outcome {
	size_t good, bad;
	int end; /* 0, or the code that ended the file */
	struct err err;
	size_t text, replaced;
	char first[200]; /* beginning of the first text */
	char title[200];
	bool valid; /* every text and title was valid UTF-8 */
	double seconds;
};

__attribute__((unused)) static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((unused)) static struct outcome read_all(struct span bytes, const char *name, const struct read_limits *given)
{
	struct read_limits limits = given ? *given : reader_default_limits();
	struct read_input in = {.fd = -1, .bytes = bytes, .name = span_of(name), .source = SPAN("bad")};
	struct outcome o = {.valid = true};
	struct reader *r = NULL;
	struct arena a = {0};
	double start = now();
	o.end = reader_open(&in, &limits, &r, &o.err);
	for (size_t i = 0; !o.end && i < 3000000; i++) {
		struct document d;
		int rc = reader_next(r, &a, &d, &o.err);
		if (rc == 1)
			rc = clean_document(&a, &limits, &d, &o.err) ? ERR_BAD_DOCUMENT : 1;
		if (rc == 1) {
			if (!o.good++)
				snprintf(o.first, sizeof o.first, "%.*s", d.text.n > 190 ? 190 : SPAN_ARG(d.text)), snprintf(o.title, sizeof o.title, "%.*s", d.title.n > 190 ? 190 : SPAN_ARG(d.title));
			o.text += d.text.n;
			o.replaced += d.replaced;
			o.valid &= utf8_valid(d.text) && utf8_valid(d.title) && utf8_valid(d.id) && d.id.n > 0;
		} else if (rc == ERR_BAD_DOCUMENT || rc == ERR_LIMIT) {
			o.bad++;
			if (getenv("SHOW"))
				printf("%s: %s\n", name, o.err.msg);
			assert_true(o.err.msg[0]);
		} else {
			o.end = rc;
			if (getenv("SHOW") && rc)
				printf("%s: end: %s\n", name, o.err.msg);
			if (rc == 0)
				break;
			assert_true(o.err.msg[0]);
		}
		arena_reset(&a);
	}
	o.seconds = now() - start;
	reader_close(r);
	arena_done(&a);
	assert_true(o.valid);
	assert_true(o.seconds < 20); /* generous: sanitizers and a busy machine */
	return o;
}

__attribute__((unused)) static struct outcome read_z(const char *bytes, const char *name) { return read_all(span_of(bytes), name, NULL); }

/* head, n times middle, tail */
__attribute__((unused)) static struct str repeat(const char *head, const char *middle, size_t n, const char *tail)
{
	struct str s = {0};
	str_z(&s, head);
	str_room(&s, n * strlen(middle) + strlen(tail));
	for (size_t i = 0; i < n; i++)
		str_z(&s, middle);
	str_z(&s, tail);
	return s;
}

__attribute__((unused)) static struct outcome read_str(struct str *s, const char *name)
{
	struct outcome o = read_all(str_view(s), name, NULL);
	str_done(s);
	return o;
}

#define PARAGRAPH "<p>The two ministers met in the northern town on Friday and talked for an hour about the river.</p>"

#endif
