/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"
#include "index/store/record-inner.h"
#include "index/store/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>

struct store_options store_default_options(void) { return (struct store_options){.seal_documents = 3000, .seal_bytes = (uint64_t)16 << 20, .max_segments = 8}; }

int writer_fail(struct writer *w, int rc)
{
	if (rc && !w->broken)
		w->broken = rc;
	return rc;
}

int refuse_broken(const struct writer *w, struct err *err)
{
	if (!w->broken)
		return 0;
	return err_set(err, w->broken, "%s: an earlier write failed; the writer must be started again", w->dir);
}

bool writer_broken(const struct writer *w) { return w->broken != 0; }

void next_name(struct writer *w, char name[ENTRY_NAME]) { snprintf(name, ENTRY_NAME, "seg-%06u", w->now.next_segment++); }

struct build_options build_options_of(const struct writer *w)
{
	return (struct build_options){.gazetteer = w->opt.gazetteer, .facts = w->opt.facts_version, .table = w->several_tables ? 0 : w->opt.table_version, .sync = !w->opt.no_sync,
		.keep_xapian = w->opt.keep_xapian};
}

#define LOCK_MS     50    /* a writer that is just closing */
#define CHILDREN_MS 10000 /* a killed child on a busy machine waits for its turn to die */

/* Locks within so many milliseconds. 0; ERR_LOCKED, err untouched; ERR_IO. */
static int lock_within(int fd, int ms)
{
	for (; ms >= 0; ms -= 5) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_IO;
		poll(NULL, 0, 5);
	}
	return ERR_LOCKED;
}

/* The folder itself is locked: a lock file could be removed under its holder. */
static int lock_folder(struct writer *w, struct err *err)
{
	w->lock = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->lock < 0)
		return err_errno(err, "%s", w->dir);
	int rc = lock_within(w->lock, LOCK_MS);
	if (rc == ERR_LOCKED)
		return err_set(err, ERR_LOCKED, "%s: the index is locked; is another dossierd running?", w->dir);
	return rc ? err_errno(err, "%s: lock", w->dir) : 0;
}

/*
 * Children share this lock and hold it as long as they live. When a writer is killed, theirs may still be writing for a moment, into
 * folders that the next one would begin anew under the same names.
 */
static int lock_children(struct writer *w, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/children", w->dir);
	w->guard = open(path.p, O_RDONLY | O_CREAT | O_CLOEXEC, 0640);
	if (w->guard < 0)
		return err_errno(err, "%s", path.p);
	int rc = lock_within(w->guard, CHILDREN_MS);
	if (rc == ERR_LOCKED)
		return err_set(err, ERR_LOCKED, "%s: processes of an earlier dossierd do not end", w->dir);
	return rc ? err_errno(err, "%s: lock", path.p) : 0;
}

int writer_open(const char *dir, const struct store_options *opt, struct writer **out, struct str *recovered, struct err *err)
{
	AUTO_STR struct str unheard = {0};
	int rc = io_make_dirs(dir, 0750, err);
	if (rc)
		return rc;
	struct writer *w = mem_alloc(sizeof *w);
	w->dir = mem_dup(dir, strlen(dir) + 1);
	w->opt = *opt;
	w->n_slots = opt->builders == 0 ? 1 : opt->builders < MAX_SLOTS ? opt->builders + 1 : MAX_SLOTS;
	for (size_t i = 0; i < ALL_SLOTS; i++)
		w->slots[i].fd = -1, w->slots[i].staged = i >= MAX_SLOTS && i < QUICK_SLOT;
	w->slots[QUICK_SLOT].quick = true;
	w->sealed = -1;
	w->ledger = ledger_new();
	w->lock = w->guard = -1;
	rc = lock_folder(w, err);
	if (rc == 0)
		rc = lock_children(w, err);
	bool suspected = rc == 0 && store_suspected(dir);
	w->opt.verify |= suspected;
	if (rc == 0)
		rc = recover(w, recovered ? recovered : &unheard, err);
	if (rc == 0 && suspected && store_suspect(dir, false, NULL) != 0)
		str_z(recovered ? recovered : &unheard, "; the mark `suspect` cannot be removed");
	if (rc) {
		writer_close(w);
		return rc;
	}
	if (opt->gazetteer)
		table_keep(w, opt->gazetteer, opt->table_version);
	*out = w;
	return 0;
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	merge_forget(w);
	writer_stage_drop(w);
	slots_drop(w);
	while (w->n_live)
		live_drop(w, w->n_live - 1);
	free(w->live);
	manifest_done(&w->now);
	manifest_done(&w->before);
	ledger_free(w->ledger);
	templates_free(w->templates);
	if (w->sealed >= 0)
		close(w->sealed);
	if (w->guard >= 0)
		close(w->guard);
	if (w->lock >= 0)
		close(w->lock);
	free(w->dir);
	free(w);
}

/* ---- Documents ---- */

/* What a quick commit leaves out comes after all those that may be made before the next whole one. */
static uint64_t later_revision(struct writer *w)
{
	if (!w->later_revision)
		w->later_revision = w->now.revision + 1 + w->opt.quick_most;
	return w->later_revision;
}

bool find_document(struct writer *w, struct span id, struct found *out)
{
	for (struct slot *s = w->slots; s < w->slots + ALL_SLOTS; s++) {
		if (s->staged)
			continue;
		uint32_t name = names_find(&s->ids, id), row = name == NO_NAME ? NO_ROW : ((uint32_t *)(void *)s->row_of.p)[name];
		if (row != NO_ROW)
			return *out = (struct found){s, NULL, row, name, ((uint64_t *)(void *)s->content.p)[name], s->quick ? w->now.revision + 1 : later_revision(w), false}, true;
	}
	for (size_t i = w->n_live; i-- > 0;) {
		struct live *l = &w->live[i];
		uint32_t row = 0;
		bool damaged = false;
		if (!l->staged && body_find(l->body, l->dead, id, &row, &damaged))
			return *out = (struct found){NULL, l, row, NO_NAME, l->body->columns.content_hash[row], l->body->columns.revision[row], damaged}, true;
	}
	return false;
}

static void add_dead(roaring_bitmap_t **dead, uint32_t row)
{
	if (!*dead)
		*dead = roaring_bitmap_create();
	roaring_bitmap_add(*dead, row);
}

void bury_row(struct writer *w, struct live *l, uint32_t row, bool quick)
{
	add_dead(&l->dead, row);
	if (!quick)
		add_dead(&l->held, row);
	l->dead_dirty = true;
	l->n_new_dead++;
	w->n_removed++;
}

static void bury(struct writer *w, const struct found *f, bool quick)
{
	if (f->slot) {
		add_dead(&f->slot->dead, f->row);
		((uint32_t *)(void *)f->slot->row_of.p)[f->name] = NO_ROW;
	} else {
		bury_row(w, f->live, f->row, quick);
	}
}

/* A record that decodes: what comes from a reading process is not trusted. */
int check_record(const struct writer *w, struct span record, struct record_head *h, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	struct document d;
	struct facts f;
	int rc = refuse_broken(w, err);
	if (rc == 0)
		rc = record_head(record, h, err);
	return rc ? rc : record_decode(&a, record, &d, &f, err);
}

static bool too_many(const struct writer *w) { return w->n_live > 5 * (size_t)w->opt.max_segments; }

/* When merging has fallen far behind, documents wait for it: the number of segments is bounded. The caller ends the merge as ever. */
static void wait_for_merge(const struct writer *w)
{
	struct pollfd p = {.fd = writer_merge_fd(w), .events = POLLIN};
	while (p.fd >= 0 && too_many(w) && poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

/* A document that was removed comes back before that was committed: the rows that were to go with it go now. */
static void release_held(struct writer *w, struct span id)
{
	uint64_t hash = span_hash(id);
	for (struct live *l = w->live; l < w->live + w->n_live; l++) {
		const struct columns *c = &l->body->columns;
		for (uint32_t i = l->held ? columns_first_id(c, hash) : c->n_rows; i < c->n_rows && c->id_sorted[i] == hash; i++)
			roaring_bitmap_remove(l->held, c->id_rows[i]);
	}
}

enum put_how { PUT_AS_EVER, PUT_ANYWAY, PUT_QUICK };

/* A document stays with its earlier self until both are committed; so no commit shows both, or neither. */
static bool is_quick(const struct writer *w, enum put_how how, const struct found *f, bool known)
{
	if (known && f->slot)
		return f->slot->quick;
	bool room = w->opt.quick_most && (!w->later_revision || w->now.revision + 1 < w->later_revision);
	return how == PUT_QUICK && room && !too_many(w) && !(known && f->live->later);
}

static int put(struct writer *w, struct span record, enum put_how how, enum put_status *status, bool *later, struct err *err)
{
	struct record_head h;
	struct found f = {0};
	struct slot *s = NULL;
	bool anyway = how == PUT_ANYWAY;
	int rc = check_record(w, record, &h, err);
	if (rc)
		return rc;
	bool known = find_document(w, h.id, &f), quick = is_quick(w, how, &f, known);
	*later = !quick && !(known && f.live && !f.live->later);
	if (known && !anyway && !f.damaged && f.content == h.content_hash)
		return *status = PUT_UNCHANGED, 0;
	*later = !quick;
	if (!quick)
		wait_for_merge(w);
	rc = quick ? quick_slot(w, &s, err) : slot_for(w, &s, err);
	uint64_t revision = anyway && known ? f.revision : quick ? w->now.revision + 1 : later_revision(w); /* new facts make no new document */
	if (rc == 0 && known && find_document(w, h.id, &f)) /* sealing may have moved it */
		bury(w, &f, quick);
	if (quick)
		release_held(w, h.id);
	if (rc == 0)
		rc = slot_add(w, s, record, &h, revision, err);
	if (rc)
		return writer_fail(w, rc);
	*status = known ? PUT_REPLACED : PUT_ADDED;
	return 0;
}

int writer_put(struct writer *w, struct span record, enum put_status *status, struct err *err)
{
	bool later;
	return put(w, record, PUT_AS_EVER, status, &later, err);
}

int writer_put_quick(struct writer *w, struct span record, enum put_status *status, bool *later, struct err *err)
{
	return put(w, record, PUT_QUICK, status, later, err);
}

int writer_renew(struct writer *w, struct span record, struct err *err)
{
	enum put_status status;
	bool later;
	return put(w, record, PUT_ANYWAY, &status, &later, err);
}

int writer_renew_same(struct writer *w, struct span record, struct err *err)
{
	struct record_head h;
	struct found f = {0};
	int rc = record_head(record, &h, err);
	if (rc || !find_document(w, h.id, &f) || f.content != h.content_hash)
		return rc;
	return writer_renew(w, record, err);
}

int writer_remove(struct writer *w, struct span id, bool *existed, struct err *err)
{
	struct found f = {0};
	int rc = refuse_broken(w, err);
	if (rc)
		return rc;
	*existed = find_document(w, id, &f);
	if (!*existed)
		return 0;
	if (f.live)
		later_revision(w);
	bury(w, &f, false);
	return 0;
}

bool writer_content(struct writer *w, struct span id, uint64_t *content_hash)
{
	struct found f = {0};
	if (!find_document(w, id, &f))
		return false;
	*content_hash = f.content;
	return true;
}

int writer_record(struct writer *w, struct span id, struct arena *a, struct span *plain, struct err *err)
{
	struct found f = {0};
	int rc = refuse_broken(w, err);
	if (rc)
		return rc;
	bool there = find_document(w, id, &f);
	if (there && f.slot) {
		rc = writer_fail(w, slots_seal(w, err));
		there = rc == 0 && find_document(w, id, &f);
	}
	if (rc)
		return rc;
	if (!there || f.slot)
		return err_set(err, ERR_NOT_FOUND, "there is no document \"%.*s\"", (int)(id.n < 200 ? id.n : 200), id.p);
	return body_record(f.live->body, f.row, a, plain, err);
}

int writer_commit(struct writer *w, uint64_t *revision, struct err *err)
{
	int rc = refuse_broken(w, err);
	return rc ? rc : writer_fail(w, commit_all(w, revision, err));
}

int writer_commit_quick(struct writer *w, uint64_t *revision, struct err *err)
{
	int rc = refuse_broken(w, err);
	return rc ? rc : writer_fail(w, commit_quick(w, revision, err));
}

bool writer_holds_back(const struct writer *w) { return w->later_revision != 0; }

size_t writer_pending(const struct writer *w)
{
	size_t n = (size_t)slots_rows(w) + w->n_removed;
	for (size_t i = 0; i < w->n_live; i++)
		n += w->live[i].fresh && !w->live[i].staged ? w->live[i].e.n_rows : 0;
	return n;
}

/* ---- Upgrading ---- */

bool outdated(const struct writer *w, const struct live *l) { return !l->staged && (l->e.facts != w->opt.facts_version || l->e.table != w->opt.table_version); }

static uint32_t n_dead(const struct live *l) { return l->dead ? (uint32_t)roaring_bitmap_get_cardinality(l->dead) : 0; }

/* Copies of the records: visiting changes the segments. */
static int collect(const struct writer *w, struct arena *a, size_t max, struct span *v, size_t *n, struct err *err)
{
	for (size_t i = 0; i < w->n_live && *n < max; i++) {
		const struct live *l = &w->live[i];
		for (uint32_t row = 0; outdated(w, l) && row < l->e.n_rows && *n < max; row++) {
			if (l->dead && roaring_bitmap_contains(l->dead, row))
				continue;
			int rc = body_record(l->body, row, a, &v[*n], err);
			if (rc)
				return rc;
			(*n)++;
		}
	}
	return 0;
}

int writer_outdated(struct writer *w, size_t max, int (*visit)(void *arg, struct span record, struct err *err), void *arg, uint64_t *left, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	struct span *v = arena_array(&a, struct span, max + 1);
	size_t n = 0;
	*left = 0;
	for (size_t i = 0; i < w->n_live; i++)
		*left += outdated(w, &w->live[i]) ? w->live[i].e.n_rows - n_dead(&w->live[i]) : 0;
	int rc = collect(w, &a, max, v, &n, err);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = visit(arg, v[i], err);
	return rc;
}

/* ---- Status and ledger ---- */

void writer_status(const struct writer *w, struct store_status *out)
{
	*out = (struct store_status){.revision = w->now.revision, .n_segments = w->now.n_segments};
	memcpy(out->uuid, w->now.uuid, sizeof out->uuid);
	for (size_t i = 0; i < w->now.n_segments; i++) {
		const struct segment_entry *e = &w->now.segments[i];
		out->n_documents += e->n_rows - e->n_dead;
		out->n_dead += e->n_dead;
		out->text_bytes += e->text_bytes;
		out->bytes_on_disk += e->dead.size;
		for (uint32_t k = 0; k < e->n_files; k++)
			out->bytes_on_disk += e->files[k].size;
	}
	out->bytes_on_disk += w->now.ledger.size;
}

void writer_note(struct writer *w, struct span key, struct span value) { ledger_set(w->ledger, key, value); }
bool writer_noted(const struct writer *w, struct span key, struct span *value) { return ledger_get(w->ledger, key, value); }

int writer_notes(const struct writer *w, struct span prefix, int (*visit)(void *arg, struct span key, struct span value), void *arg)
{
	return ledger_each(w->ledger, prefix, visit, arg);
}
