/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/read/meta.h"

#include "index/read/datetext.h"

void published_find(struct arena *a, const struct html *h, const struct page_meta *m, struct document *doc)
{
	(void)h;
	struct interval i;
	if (doc->n_dates || !date_value(m->ld_date, ORDER_MDY, &i))
		return;
	doc->published = (struct when){i, 90, false, "json-ld"};
	doc->dates = arena_new(a, struct when);
	doc->dates[0] = doc->published;
	doc->n_dates = 1;
}
