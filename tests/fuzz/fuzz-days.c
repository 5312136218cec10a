/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The date tagger on any bytes, and the readers of dates in metadata. Offsets lie in the text and in order, every interval is one, the same
 * text gives the same days twice; what is printed of an interval is read back as the same.
 */
#include "tests/fuzz/fuzz.h"

#include "base/day.h"
#include "index/facts/facts.h"
#include "index/read/datetext.h"

static void sound(struct interval i) { NEVER(interval_any(i) && (i.from > i.to || i.from < DAY_MIN || i.to > DAY_MAX || i.precision >= PREC_COUNT_)); }

static void find(struct arena *a, struct span text, const uint8_t *data, struct facts *f)
{
	static const char *const langs[] = {"en", "de", "fr", "ru", "zh", "es", "ar", ""};
	struct document d = {.id = SPAN("x"), .text = text, .lang = span_of(langs[data[1] >> 5])};
	struct tokens t = {0};
	if (data[0] & 1)
		d.published = (struct when){interval_day(1800 + data[1], 1 + data[0] % 12, 1 + data[0] % 28), 90, false, "given"};
	tokens_make(a, text, &t);
	days_find(a, &d, &t, f);
}

static void check(struct span text, const struct facts *f)
{
	uint32_t last = 0;
	for (size_t i = 0; i < f->n_days; i++) {
		const struct timex3 *t = &f->days[i];
		NEVER(t->start < last || t->start >= t->end || t->end > text.n);
		NEVER(!t->type || !t->how || !t->rule);
		NEVER(t->anchor != UINT32_MAX && t->anchor >= text.n);
		sound(t->days);
		last = t->end;
	}
	sound(f->inferred.days);
	for (size_t i = 0; i < f->n_inferred_from; i++)
		NEVER(f->inferred_from[i] >= f->n_days);
}

static void metadata(struct span text)
{
	struct date_hit hit;
	struct interval i, again;
	AUTO_STR struct str printed = {0};
	size_t at = 0;
	for (int n = 0; n < 100 && date_find(text, at, n & 1 ? ORDER_DMY : ORDER_MDY, &hit); n++) {
		NEVER(hit.start < at || hit.end <= hit.start || hit.end > text.n);
		sound(hit.days);
		at = hit.end;
	}
	if (date_value(text, ORDER_DMY, &i))
		sound(i);
	if (!interval_parse(text, &i))
		return;
	sound(i);
	interval_text(&printed, i);
	NEVER(interval_parse(str_view(&printed), &again) && (again.from != i.from || again.to != i.to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = {0};
	struct facts f = {0}, again = {0};
	if (size < 2)
		return 0;
	struct span text = {(const char *)data + 2, size - 2};
	metadata(text);
	find(&a, text, data, &f);
	check(text, &f);
	find(&a, text, data, &again);
	NEVER(again.n_days != f.n_days);
	for (size_t i = 0; i < f.n_days; i++)
		NEVER(again.days[i].start != f.days[i].start || again.days[i].days.from != f.days[i].days.from);
	return 0;
}
