/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matcher of names on any bytes: mentions, ambiguous and rejected ones lie in the text and in order, each says why, each id is in the
 * table; and the bytes as a name that somebody typed.
 */
#include "tests/fuzz/fuzz.h"

#include "index/facts/facts.h"

static struct gazetteer *table(void)
{
	static struct gazetteer *g;
	struct err err = {0};
	if (!g && gazetteer_load(SOURCE_DIR "/data", NULL, &g, &err) != 0)
		fprintf(stderr, "no table: %s\n", err.msg);
	return g;
}

static void places(const struct mention *v, size_t n, size_t text)
{
	uint32_t last = 0;
	for (size_t i = 0; i < n; i++) {
		NEVER(v[i].start >= v[i].end || v[i].end > text || v[i].start < last);
		NEVER(v[i].n_candidates && !v[i].candidates);
		last = v[i].start;
	}
}

static void check(const struct facts *f, size_t text)
{
	places(f->mentions, f->n_mentions, text);
	places(f->ambiguous, f->n_ambiguous, text);
	places(f->rejected, f->n_rejected, text);
	for (size_t i = 0; i < f->n_mentions; i++)
		NEVER(!gazetteer_by_id(table(), f->mentions[i].leader) || !f->mentions[i].how || !(f->mentions[i].sure > 0 && f->mentions[i].sure <= 1));
	for (size_t i = 0; i < f->n_rejected; i++)
		NEVER(!f->rejected[i].why);
	for (size_t i = 0; i < f->n_meetings; i++)
		NEVER(f->meetings[i].n_leaders < 2 || f->meetings[i].start >= f->meetings[i].end || f->meetings[i].end > text);
}

static void typed(struct span name)
{
	const struct leader *one = NULL, *several[8];
	size_t n = 8;
	struct err err = {0};
	int rc = gazetteer_lookup(table(), name, &one, several, &n, &err);
	NEVER(rc == 0 && !one);
	NEVER(rc != 0 && rc != ERR_AMBIGUOUS && rc != ERR_UNKNOWN_LEADER);
	(void)gazetteer_country_code(table(), name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = {0};
	struct facts f = {0};
	struct tokens t = {0};
	if (size < 2)
		return 0;
	struct span text = {(const char *)data + 2, size - 2};
	struct document d = {.id = SPAN("x"), .text = text, .lang = data[0] & 2 ? SPAN("de") : SPAN("en")};
	if (data[0] & 1)
		d.published = (struct when){interval_month(1900 + data[1], 1 + data[0] % 12), 90, false, "given"};
	tokens_make(&a, text, &t);
	leaders_find(&a, table(), &d, &t, &f);
	check(&f, text.n);
	if (text.n < 300 && data[0] & 4) /* (suggestions for a name that nobody has cost a hundred times a text's mentions) */
		typed(text);
	return 0;
}
