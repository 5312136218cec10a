/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaders and days in any text: offsets lie in the text, in order; the record keeps all of it. */
#include "tests/fuzz/fuzz.h"

#include "index/facts/facts.h"
#include "index/store/record.h"

static struct gazetteer *table(void)
{
	static struct gazetteer *g;
	struct err err = {0};
	if (!g && gazetteer_load(SOURCE_DIR "/data", NULL, &g, &err) != 0)
		fprintf(stderr, "no table: %s\n", err.msg);
	return g;
}

static void check(const struct document *d, const struct facts *f)
{
	uint32_t last = 0;
	for (size_t i = 0; i < f->n_mentions; i++) {
		const struct mention *m = &f->mentions[i];
		NEVER(m->start >= m->end || m->end > d->text.n || m->start < last);
		NEVER(!m->leader.n);
		last = m->start;
	}
	last = 0;
	for (size_t i = 0; i < f->n_days; i++) {
		const struct timex3 *t = &f->days[i];
		NEVER(t->start >= t->end || t->end > d->text.n || t->start < last);
		NEVER(interval_any(t->days) && (t->days.from > t->days.to || t->days.from < DAY_MIN || t->days.to > DAY_MAX));
		last = t->end;
	}
}

static void check_record(const struct document *d, const struct facts *f)
{
	AUTO_STR struct str plain = {0};
	AUTO_ARENA struct arena a = {0};
	struct document d2 = {0};
	struct facts f2 = {0};
	record_encode(&plain, d, f);
	NEVER(record_decode(&a, str_view(&plain), &d2, &f2, NULL) != 0);
	NEVER(!span_eq(d2.text, d->text) || f2.n_mentions != f->n_mentions || f2.n_days != f->n_days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str text = {0};
	struct facts f = {0};
	if (size < 2)
		return 0;
	utf8_repair(&text, (struct span){(const char *)data + 2, size - 2});
	struct document d = {.id = SPAN("x"), .text = {text.p ? text.p : "", text.n}, .lang = SPAN("en")};
	if (data[0] & 1)
		d.published = (struct when){interval_month(1900 + data[1], 1 + data[0] % 12), 90, false, "given"};
	facts_find(&a, table(), &d, &f);
	check(&d, &f);
	check_record(&d, &f);
	return 0;
}
