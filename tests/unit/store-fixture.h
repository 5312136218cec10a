/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the store share: a folder of their own, and documents made from numbers. */
#ifndef DOSSIER_TESTS_STORE_FIXTURE_H
#define DOSSIER_TESTS_STORE_FIXTURE_H

#include "base/io.h"
#include "index/document.h"
#include "index/store/record.h"
#include "index/store/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(z) span_of(z)

static inline void fixture_dir(char out[64])
{
	snprintf(out, 64, "/tmp/dossier-store-XXXXXX");
	assert_non_null(mkdtemp(out));
}

static inline void fixture_remove(const char *dir)
{
	struct err err = {0};
	if (io_remove_tree(dir, &err) != 0)
		fail_msg("%s", err.msg);
}

#define OK(call) \
	do { \
		struct err err_ = {0}; \
		struct err *err = &err_; \
		int rc_ = (call); \
		if (rc_ != 0) \
			fail_msg("%s: %s (%s)", #call, err_name(rc_), err->msg); \
	} while (0)

/* A document whose text and facts follow from its id and version. */
static inline void fixture_record(struct str *out, const char *id, unsigned version)
{
	AUTO_ARENA struct arena a = {0};
	static const char *const leaders[] = {"kim-jong-un", "vladimir-putin", "angela-merkel", "donald-trump"};
	static const char *const words[] = {"summit", "Moscow", "talks", "missile", "border", "treaty", "visit", "army"};
	struct document d = {.id = S(id), .source = version % 2 ? SPAN("news") : SPAN("wire"), .lang = SPAN("en")};
	struct facts f = {0};
	d.title = arena_printf(&a, "Report %u about %s", version, words[version % 8]);
	d.text = arena_printf(&a, "Document %s in version %u: Putin spoke of the %s, the %s and the %s. Nothing else happened on 26 April 2019.", id, version,
		words[version % 8], words[version / 8 % 8], words[version / 64 % 8]);
	d.content_hash = span_hash(d.text);
	d.published.days = interval_day(2000 + (int)(version % 20), 1 + (int)(version % 12), 3);
	d.published.how = "meta";
	size_t at = (size_t)span_find(d.text, SPAN("Putin"));
	struct mention m = {.start = (uint32_t)at, .end = (uint32_t)at + 5, .leader = S(leaders[version % 4]), .how = "surname", .sure = 0.9f, .office = -1};
	m.surface = span_sub(d.text, m.start, m.end);
	struct sentence s = {0, (uint32_t)d.text.n};
	f.mentions = &m;
	f.n_mentions = 1;
	f.sentences = &s;
	f.n_sentences = 1;
	record_encode(out, &d, &f);
}

#endif
