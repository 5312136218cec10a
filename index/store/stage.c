/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: new facts for the documents that a changed leaders' table concerns, built out of sight, shown with one commit.
 *
 *	segments of the old table ─ concerned_rows ─► records ─► … ─► staged segments       (in no manifest, found by nobody)
 *	switch:  a staged row whose document lives on unchanged buries the old row, any other is dead itself;
 *	         staged segments become fresh ones, the old segments are of the new table now: without being rewritten
 */
#include "index/store/writer-inner.h"

#include "base/mem.h"
#include "index/facts/digest.h"
#include "index/store/concerned.h"

struct stage {
	struct arena arena;
	struct str digest; /* of the table before; the changes borrow from it */
	struct changes changes;
	struct build_options opt;
	uint64_t from;
};

const struct build_options *stage_options(const struct writer *w) { return &w->stage->opt; }
uint64_t stage_table(const struct writer *w) { return w->stage ? w->stage->opt.table : 0; }
bool writer_staging(const struct writer *w) { return w->stage != NULL; }
bool writer_stage_columns(const struct writer *w) { return w->stage && w->stage->changes.columns; }

static bool stageable(const struct writer *w, const struct live *l, uint64_t from)
{
	return !l->staged && l->e.facts == w->opt.facts_version && l->e.table == from && from;
}

static void stage_free(struct writer *w)
{
	struct stage *s = w->stage;
	w->stage = NULL;
	arena_done(&s->arena);
	str_done(&s->digest);
	free(s);
}

int writer_stage_begin(struct writer *w, uint64_t from, const struct gazetteer *to, struct err *err)
{
	int rc = refuse_broken(w, err);
	if (rc)
		return rc;
	writer_stage_drop(w);
	struct stage *s = w->stage = mem_alloc(sizeof *s);
	s->from = from;
	s->opt = build_options_of(w);
	s->opt.gazetteer = to;
	s->opt.table = gazetteer_version(to);
	rc = table_load(w, from, &s->digest, err);
	if (rc == 0)
		rc = digest_compare(str_view(&s->digest), to, &s->arena, &s->changes, err);
	if (rc == 0)
		rc = slots_seal(w, err); /* what is in them was found with the old table too */
	if (rc)
		return stage_free(w), rc;
	for (size_t i = 0; i < w->n_live; i++)
		w->live[i].planned = stageable(w, &w->live[i], from);
	table_keep(w, to, s->opt.table);
	return 0;
}

void writer_stage_drop(struct writer *w)
{
	if (!w->stage)
		return;
	stage_slots_drop(w);
	for (size_t i = w->n_live; i-- > 0;) {
		struct live *l = &w->live[i];
		if (l->concerned)
			roaring_bitmap_free(l->concerned);
		l->concerned = NULL;
		l->planned = false;
		if (l->staged)
			live_drop(w, i); /* its folder is swept with the next commit */
	}
	stage_free(w);
}

bool writer_stage_wanted(struct writer *w, uint64_t *from)
{
	AUTO_STR struct str digest = {0};
	for (size_t i = 0; i < w->n_live; i++) {
		*from = w->live[i].e.table;
		if (outdated(w, &w->live[i]) && stageable(w, &w->live[i], *from) && table_load(w, *from, &digest, NULL) == 0)
			return true;
		str_clear(&digest);
	}
	return false;
}

/* ---- Next ---- */

/* The segment to go on with; those without concerned documents are passed over. */
static struct live *next_segment(struct writer *w)
{
	for (size_t i = 0; i < w->n_live; i++) {
		struct live *l = &w->live[i];
		if (l->planned && !l->concerned)
			l->concerned = concerned_rows(&w->stage->changes, l->body, l->dead);
		if (l->planned && !roaring_bitmap_is_empty(l->concerned))
			return l;
	}
	return NULL;
}

static uint64_t known_left(const struct writer *w)
{
	uint64_t n = 0;
	for (size_t i = 0; i < w->n_live; i++)
		n += w->live[i].concerned ? roaring_bitmap_get_cardinality(w->live[i].concerned) : 0;
	return n;
}

int writer_stage_next(struct writer *w, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, uint64_t *left, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	struct live *l = next_segment(w);
	*left = known_left(w);
	for (size_t n = 0; l && n < max && !roaring_bitmap_is_empty(l->concerned);) {
		uint32_t row = roaring_bitmap_minimum(l->concerned);
		struct span record;
		roaring_bitmap_remove(l->concerned, row);
		arena_reset(&a);
		if (body_record(l->body, row, &a, &record, NULL) != 0)
			continue; /* a damaged one keeps its facts: the check tells it, and its source mends it */
		int rc = visit(arg, record, err);
		if (rc)
			return rc;
		n++;
	}
	return 0;
}

int writer_stage_put(struct writer *w, struct span record, struct err *err)
{
	struct record_head h;
	struct found f = {0};
	struct slot *s = NULL;
	int rc = check_record(w, record, &h, err);
	if (rc)
		return rc;
	if (!find_document(w, h.id, &f) || f.slot || f.content != h.content_hash)
		return 0; /* it was removed or replaced meanwhile */
	rc = stage_slot(w, &s, err);
	if (rc == 0)
		rc = slot_add(w, s, record, &h, f.revision, err);
	return writer_fail(w, rc);
}

/* ---- Switch ---- */

/* The living row of the same document, found without its record: id and content as hashes. */
static bool old_row(struct writer *w, uint64_t id, uint64_t content, struct live **out, uint32_t *row)
{
	for (size_t i = 0; i < w->n_live; i++) {
		const struct columns *c = &w->live[i].body->columns;
		uint32_t low = columns_first_id(c, id);
		for (; !w->live[i].staged && low < c->n_rows && c->id_sorted[low] == id; low++) {
			*row = c->id_rows[low];
			*out = &w->live[i];
			if (c->content_hash[*row] == content && !((*out)->dead && roaring_bitmap_contains((*out)->dead, *row)))
				return true;
		}
	}
	return false;
}

static void take_places(struct writer *w, struct live *l)
{
	const struct columns *c = &l->body->columns;
	struct live *old;
	uint32_t at;
	for (uint32_t row = 0; row < c->n_rows; row++) {
		if (old_row(w, c->id_hash[row], c->content_hash[row], &old, &at)) {
			bury_row(w, old, at, false);
			continue;
		}
		if (!l->dead)
			l->dead = roaring_bitmap_create();
		roaring_bitmap_add(l->dead, row);
		l->dead_dirty = true;
	}
}

int writer_turn(struct writer *w, const struct gazetteer *to, struct err *err)
{
	int rc = slots_seal(w, err);
	if (rc)
		return writer_fail(w, rc);
	slots_restart(w);
	w->opt.gazetteer = to;
	w->opt.table_version = gazetteer_version(to);
	w->table_changed = true;
	table_keep(w, to, w->opt.table_version);
	return 0;
}

int writer_stage_switch(struct writer *w, uint64_t *revision, struct err *err)
{
	int rc = stage_seal(w, err);
	if (rc == 0)
		rc = slots_seal(w, err);
	if (rc)
		return writer_fail(w, rc);
	for (size_t i = 0; i < w->n_live; i++)
		if (w->live[i].staged)
			take_places(w, &w->live[i]);
	for (size_t i = 0; i < w->n_live; i++) {
		struct live *l = &w->live[i];
		if (l->planned)
			l->e.table = w->stage->opt.table;
		l->fresh |= l->staged;
		l->staged = l->planned = false;
		if (l->concerned)
			roaring_bitmap_free(l->concerned);
		l->concerned = NULL;
	}
	rc = writer_turn(w, w->stage->opt.gazetteer, err);
	stage_slots_drop(w);
	stage_free(w);
	return rc ? rc : writer_commit(w, revision, err);
}

int writer_several_tables(struct writer *w, bool several, struct err *err)
{
	if (w->several_tables == several)
		return 0;
	int rc = slots_seal(w, err);
	if (rc)
		return writer_fail(w, rc);
	slots_restart(w);
	w->several_tables = several;
	return 0;
}
