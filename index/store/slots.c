/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots: the segments in the making. A slot remembers the ids it holds, so that a document that comes again before the commit
 * replaces its earlier self.
 */
#include "index/store/writer-inner.h"

#include "base/mem.h"

static void slot_clear(struct slot *s)
{
	names_clear(&s->ids);
	str_clear(&s->row_of);
	str_clear(&s->content);
	if (s->dead)
		roaring_bitmap_free(s->dead);
	s->dead = NULL;
	s->builder = NULL;
	s->n_rows = 0;
	s->bytes = 0;
	s->name[0] = 0;
}

void slots_drop(struct writer *w)
{
	for (struct slot *s = w->slots; s < w->slots + w->n_slots; s++) {
		builder_discard(s->builder);
		slot_clear(s);
		names_done(&s->ids);
		str_done(&s->row_of);
		str_done(&s->content);
	}
}

uint64_t slots_rows(const struct writer *w)
{
	uint64_t n = 0;
	for (const struct slot *s = w->slots; s < w->slots + w->n_slots; s++)
		n += s->n_rows;
	return n;
}

bool slot_full(const struct writer *w, const struct slot *s)
{
	return s->n_rows && (s->n_rows >= w->opt.seal_documents || s->n_rows >= SEGMENT_ROWS || s->bytes >= w->opt.seal_bytes);
}

int slot_for(struct writer *w, struct slot **out, struct err *err)
{
	struct slot *s = &w->slots[0];
	int rc = slot_full(w, s) ? slot_seal(w, s, err) : 0;
	if (rc)
		return rc;
	if (!s->builder) {
		struct build_options opt = build_options_of(w);
		next_name(w, s->name);
		rc = builder_open(w->dir, s->name, &opt, &s->builder, err);
	}
	*out = s;
	return rc;
}

static void remember(struct slot *s, struct span id, uint64_t content)
{
	uint32_t before = s->ids.n, name = names_add(&s->ids, id), row = s->n_rows;
	if (name == before) {
		str_add(&s->row_of, &row, sizeof row);
		str_add(&s->content, &content, sizeof content);
		return;
	}
	((uint32_t *)(void *)s->row_of.p)[name] = row;
	((uint64_t *)(void *)s->content.p)[name] = content;
}

int slot_add(struct writer *w, struct slot *s, struct span record, struct span id, uint64_t content, size_t text_bytes, struct err *err)
{
	int rc = builder_add(s->builder, record, w->now.revision + 1, err);
	if (rc)
		return rc;
	remember(s, id, content);
	s->n_rows++;
	s->bytes += text_bytes;
	return 0;
}

int slot_seal(struct writer *w, struct slot *s, struct err *err)
{
	struct segment_entry e;
	struct builder *b = s->builder;
	s->builder = NULL;
	int rc = builder_seal(b, &e, err);
	roaring_bitmap_t *dead = s->dead;
	s->dead = NULL;
	slot_clear(s);
	if (rc == 0)
		return live_add(w, &e, dead, err);
	if (dead)
		roaring_bitmap_free(dead);
	return rc;
}

int slots_seal(struct writer *w, struct err *err)
{
	int rc = 0;
	for (struct slot *s = w->slots; s < w->slots + w->n_slots && rc == 0; s++)
		if (s->n_rows)
			rc = slot_seal(w, s, err);
	return rc;
}
