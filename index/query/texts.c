/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One text after another in one block, and where each begins. */
#include "index/query/texts.h"

#include "base/mem.h"

struct str *texts_begin(struct texts *t, uint32_t i)
{
	if (i >= t->cap)
		t->place = mem_grow(t->place, &t->cap, i + 1u, sizeof *t->place);
	while (t->n <= i)
		t->place[t->n++] = (struct text_place){0};
	t->place[i].at = (uint32_t)t->bytes.n;
	return &t->bytes;
}

struct span texts_end(struct texts *t, uint32_t i)
{
	t->place[i].n = (uint32_t)t->bytes.n - t->place[i].at;
	return texts_at(t, i);
}

void texts_done(struct texts *t)
{
	str_done(&t->bytes);
	free(t->place);
	*t = (struct texts){0};
}
