/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots: the segments in the making. A slot remembers the ids it holds, so that a document that comes again before the commit
 * replaces its earlier self.
 *
 *	idle ── first document ──► filling ── full, or commit ──► sealing ── outcome ──► idle, and one live segment more
 *
 * Without children sealing is done at once. With them a document goes to the first slot that takes it without waiting: a few
 * documents fill one, a flood fills all.
 */
#include "index/store/writer-inner.h"

#include "base/mem.h"
#include "index/store/slot-child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static void slot_clear(struct slot *s)
{
	names_clear(&s->ids);
	str_clear(&s->row_of);
	str_clear(&s->content);
	s->dead = NULL;
	s->builder = NULL;
	s->n_rows = 0;
	s->bytes = 0;
	s->name[0] = 0;
	s->sealing = false;
}

static void end_child(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->child > 0) {
		kill(s->child, SIGKILL);
		while (waitpid(s->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->fd = -1;
	s->child = 0;
}

static void slot_drop(struct slot *s)
{
	builder_discard(s->builder);
	end_child(s);
	if (s->dead)
		roaring_bitmap_free(s->dead);
	slot_clear(s);
}

void slots_restart(struct writer *w)
{
	for (struct slot *s = w->slots; s < w->slots + ALL_SLOTS; s++)
		if (!s->staged)
			slot_drop(s);
}

void stage_slots_drop(struct writer *w)
{
	for (struct slot *s = w->slots + MAX_SLOTS; s < w->slots + QUICK_SLOT; s++)
		slot_drop(s);
}

void slots_drop(struct writer *w)
{
	for (struct slot *s = w->slots; s < w->slots + ALL_SLOTS; s++) {
		slot_drop(s);
		names_done(&s->ids);
		str_done(&s->row_of);
		str_done(&s->content);
	}
}

uint64_t slots_rows(const struct writer *w)
{
	uint64_t n = w->slots[QUICK_SLOT].n_rows;
	for (const struct slot *s = w->slots; s < w->slots + w->n_slots; s++)
		n += s->n_rows;
	return n;
}

static bool slot_full(const struct writer *w, const struct slot *s)
{
	return s->n_rows && (s->n_rows >= w->opt.seal_documents || s->n_rows >= SEGMENT_ROWS || s->bytes >= w->opt.seal_bytes);
}

static int take_outcome(struct writer *w, struct slot *s, const struct outcome *o, struct err *err)
{
	roaring_bitmap_t *dead = s->dead;
	slot_clear(s);
	if (o->rc == 0) {
		int rc = live_add(w, &o->e, dead, err);
		if (rc == 0 && s->staged)
			w->live[w->n_live - 1].staged = true, w->live[w->n_live - 1].fresh = false;
		else if (rc == 0)
			w->live[w->n_live - 1].later = !s->quick;
		return rc;
	}
	if (dead)
		roaring_bitmap_free(dead);
	return err_set(err, o->rc, "%s", o->err.msg);
}

/* Waits for the child if it must. */
static int slot_collect(struct writer *w, struct slot *s, struct err *err)
{
	struct outcome o = {0};
	if (outcome_read(s->fd, &o) != 0)
		o.rc = err_set(&o.err, ERR_WORKER, "a process that builds segments died");
	return take_outcome(w, s, &o, err);
}

static int slot_seal(struct writer *w, struct slot *s, struct err *err)
{
	struct outcome o = {0};
	struct builder *b = s->builder;
	if (s->fd >= 0) {
		s->sealing = true;
		return child_seal(s->fd, err);
	}
	s->builder = NULL;
	o.rc = builder_seal(b, &o.e, &o.err);
	return take_outcome(w, s, &o, err);
}

static int seal_all(struct writer *w, struct slot *from, struct slot *to, struct err *err)
{
	int rc = 0;
	for (struct slot *s = from; s < to && rc == 0; s++)
		if (s->n_rows && !s->sealing)
			rc = slot_seal(w, s, err);
	return rc;
}

static int collect_all(struct writer *w, struct slot *from, struct slot *to, struct err *err)
{
	int rc = 0;
	for (struct slot *s = from; s < to && rc == 0; s++)
		if (s->sealing)
			rc = slot_collect(w, s, err);
	return rc;
}

int slots_seal(struct writer *w, struct err *err)
{
	struct slot *first = w->slots, *end = first + w->n_slots, *quick = first + QUICK_SLOT;
	int rc = seal_all(w, first, end, err);
	if (rc == 0)
		rc = seal_all(w, quick, quick + 1, err);
	if (rc == 0)
		rc = collect_all(w, first, end, err);
	return rc ? rc : collect_all(w, quick, quick + 1, err);
}

int quick_seal(struct writer *w, struct err *err)
{
	struct slot *s = w->slots + QUICK_SLOT;
	int rc = seal_all(w, s, s + 1, err);
	return rc ? rc : collect_all(w, s, s + 1, err);
}

/* ---- Which slot ---- */

static int slot_start(struct writer *w, struct slot *s, struct err *err)
{
	struct build_options opt = s->staged ? *stage_options(w) : build_options_of(w);
	int rc = 0;
	if (s->name[0])
		return 0;
	next_name(w, s->name);
	if (w->opt.builders == 0)
		return builder_open(w->dir, s->name, &opt, &s->builder, err);
	if (s->fd < 0) {
		rc = child_start(w->dir, &opt, w->guard, &s->child, &s->fd, err);
		struct epoll_event e = {.events = EPOLLIN};
		if (rc == 0 && w->sealed < 0)
			w->sealed = epoll_create1(EPOLL_CLOEXEC);
		if (rc == 0 && !s->staged && !s->quick && (w->sealed < 0 || epoll_ctl(w->sealed, EPOLL_CTL_ADD, s->fd, &e) != 0))
			rc = err_errno(err, "epoll");
	}
	return rc ? rc : child_open(s->fd, s->name, err);
}

/* The last one waits until all others seal: more builders than were asked for would be in each other's way. */
static bool is_spare(const struct writer *w, size_t i)
{
	bool others = false;
	for (size_t k = 0; k < i; k++)
		others |= !w->slots[k].sealing;
	return others && w->n_slots > 1 && i == w->n_slots - 1 && !w->slots[i].n_rows;
}

/* Looks at the children, waiting up to timeout_ms, and takes in what they have sealed. */
static int slots_look(struct writer *w, int timeout_ms, bool ready[MAX_SLOTS], struct err *err)
{
	struct pollfd p[MAX_SLOTS];
	for (size_t i = 0; i < w->n_slots; i++)
		p[i] = (struct pollfd){.fd = is_spare(w, i) ? -1 : w->slots[i].fd, .events = w->slots[i].sealing ? POLLIN : POLLOUT};
	int n = poll(p, w->n_slots, timeout_ms);
	if (n < 0 && errno != EINTR)
		return err_errno(err, "poll");
	for (size_t i = 0; i < w->n_slots; i++) {
		struct slot *s = &w->slots[i];
		bool event = n > 0 && p[i].revents;
		ready[i] = !is_spare(w, i) && (s->fd < 0 || event);
		int rc = s->sealing && event ? slot_collect(w, s, err) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int child_slot(struct writer *w, struct slot **out, struct err *err)
{
	bool ready[MAX_SLOTS];
	for (int timeout_ms = 0;; timeout_ms = -1) {
		int rc = slots_look(w, timeout_ms, ready, err);
		for (size_t i = 0; i < w->n_slots && rc == 0; i++) {
			struct slot *s = &w->slots[i];
			if (s->sealing || !ready[i])
				continue;
			if (!slot_full(w, s))
				return *out = s, slot_start(w, s, err);
			rc = slot_seal(w, s, err);
		}
		if (rc)
			return rc;
	}
}

int slot_for(struct writer *w, struct slot **out, struct err *err)
{
	struct slot *s = &w->slots[0];
	if (w->opt.builders)
		return child_slot(w, out, err);
	int rc = slot_full(w, s) ? slot_seal(w, s, err) : 0;
	*out = s;
	return rc ? rc : slot_start(w, s, err);
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

int quick_slot(struct writer *w, struct slot **out, struct err *err)
{
	struct slot *s = *out = w->slots + QUICK_SLOT;
	int rc = slot_full(w, s) ? quick_seal(w, err) : 0;
	return rc ? rc : slot_start(w, s, err);
}

static bool any_seals(const struct writer *w)
{
	bool any = false;
	for (size_t i = 0; i < w->n_slots; i++)
		any |= w->slots[i].sealing;
	return any;
}

int writer_seal_begin(struct writer *w, bool *sealing, struct err *err)
{
	int rc = refuse_broken(w, err);
	if (rc == 0)
		rc = writer_fail(w, seal_all(w, w->slots, w->slots + w->n_slots, err));
	*sealing = any_seals(w);
	return rc;
}

int writer_seal_step(struct writer *w, bool *sealing, struct err *err)
{
	bool ready[MAX_SLOTS];
	int rc = writer_fail(w, slots_look(w, 0, ready, err));
	*sealing = any_seals(w);
	return rc;
}

int writer_seal_fd(const struct writer *w) { return w->sealed; }

/* Two slots in turn: while one is sealed the other fills. */
int stage_slot(struct writer *w, struct slot **out, struct err *err)
{
	struct slot *v = w->slots + MAX_SLOTS, *s = v[0].sealing || (v[1].n_rows && !v[1].sealing) ? &v[1] : &v[0];
	int rc = 0;
	if (slot_full(w, s) && !s->sealing) {
		rc = slot_seal(w, s, err);
		s = s == v ? v + 1 : v;
	}
	if (rc == 0 && s->sealing)
		rc = slot_collect(w, s, err);
	*out = s;
	return rc ? rc : slot_start(w, s, err);
}

int stage_seal(struct writer *w, struct err *err)
{
	int rc = 0;
	struct slot *first = w->slots + MAX_SLOTS, *end = first + STAGE_SLOTS;
	for (struct slot *s = first; s < end && rc == 0; s++)
		if (s->n_rows && !s->sealing)
			rc = slot_seal(w, s, err);
	for (struct slot *s = first; s < end && rc == 0; s++)
		if (s->sealing)
			rc = slot_collect(w, s, err);
	return rc;
}

int slot_add(struct writer *w, struct slot *s, struct span record, const struct record_head *h, uint64_t revision, struct err *err)
{
	(void)w;
	int rc = s->builder ? builder_add(s->builder, record, revision, 0, err) : child_record(s->fd, record, revision, err);
	if (rc)
		return rc;
	remember(s, h->id, h->content_hash);
	s->n_rows++;
	s->bytes += h->text_bytes;
	return 0;
}
