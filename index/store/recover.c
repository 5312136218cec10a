/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening what somebody left behind, perhaps in the middle of a write, perhaps on a bad disk.
 *
 *	manifest ─ damaged? ─► manifest.copy, or manifest.prev, whichever is newer; with the latter, what the lost one may have
 *	                       named is moved aside, and all files are read again
 *	segment  ─ damaged? ─► moved aside as damaged-…, never deleted; its records that are sound are put again, and what was
 *	                       lost is read again from its sources: the ledger forgets every "file:" it knows
 *	ledger   ─ damaged? ─► its sound entries are kept
 *	anything else that no manifest names was never committed: swept
 *
 * What was done is told in words, a sentence each.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"
#include "index/store/record-inner.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

static void tell(struct str *told, const char *what)
{
	if (told->n)
		str_z(told, "; ");
	str_z(told, what);
}

static int make_uuid(char out[37], struct err *err)
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		return err_errno(err, "random numbers");
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	size_t n = 0;
	for (size_t i = 0; i < sizeof b; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		n += (size_t)snprintf(out + n, 37 - n, "%02x", b[i]);
	}
	return 0;
}

static int read_one(const struct writer *w, const char *name, struct manifest *m, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/%s", w->dir, name);
	return manifest_read(path.p, m, err);
}

/* Gives the newer of two, which may be missing; frees the other. False when there is none. */
static bool newer(bool have_a, struct manifest *a, bool have_b, struct manifest *b, struct manifest *out)
{
	bool take_a = have_a && (!have_b || a->generation >= b->generation);
	if (have_a && !take_a)
		manifest_done(a);
	if (have_b && take_a)
		manifest_done(b);
	if (have_a || have_b)
		*out = take_a ? *a : *b;
	return have_a || have_b;
}

static bool folder_has_segments(const char *dir)
{
	bool has = false;
	DIR *d = opendir(dir);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		has |= strncmp(e->d_name, "seg-", 4) == 0;
	if (d)
		closedir(d);
	return has;
}

static int start_empty(struct writer *w, struct err *err)
{
	w->now.next_segment = w->now.next_ledger = 1;
	int rc = make_uuid(w->now.uuid, err);
	return rc ? rc : manifest_publish(w->dir, &w->now, !w->opt.no_sync, err);
}

static int find_manifest(struct writer *w, struct str *told, struct err *err)
{
	struct manifest copy, prev;
	struct err why = {0};
	int rc = read_one(w, "manifest", &w->now, &why);
	bool have_prev = read_one(w, "manifest.prev", &prev, NULL) == 0;
	if (rc == 0) {
		if (have_prev)
			w->before = prev;
		return 0;
	}
	if (rc != ERR_CORRUPT && rc != ERR_NOT_FOUND) {
		if (have_prev)
			manifest_done(&prev);
		return err_set(err, rc, "%s", why.msg);
	}
	bool have_copy = read_one(w, "manifest.copy", &copy, NULL) == 0;
	bool fell_back = !have_copy || (have_prev && copy.generation <= prev.generation); /* a copy that was not yet written is as old */
	if (newer(have_copy, &copy, have_prev, &prev, &w->now)) {
		tell(told, why.msg);
		w->fell_back = fell_back;
		tell(told, fell_back ? "went back to the manifest before it" : "took its copy");
		w->restructured = true; /* a sound one is written with the next commit */
		return 0;
	}
	if (rc == ERR_NOT_FOUND && !folder_has_segments(w->dir))
		return start_empty(w, err);
	return err_set(err, ERR_CORRUPT, "%s: no manifest can be read; bring back a backup, or remove the folder and add the sources again", w->dir);
}

static int forget_key(void *arg, struct span key, struct span value)
{
	struct str *keys = arg;
	(void)value;
	str_add(keys, &key.n, sizeof key.n);
	str_span(keys, key);
	return 0;
}

/* So that every source is read again: what is unchanged costs a look each. */
static void forget_files(struct writer *w)
{
	AUTO_STR struct str keys = {0};
	ledger_each(w->ledger, SPAN("file:"), forget_key, &keys);
	for (size_t at = 0; at < keys.n;) {
		size_t n;
		memcpy(&n, keys.p + at, sizeof n);
		ledger_set(w->ledger, (struct span){keys.p + at + sizeof n, n}, SPAN_NONE);
		at += sizeof n + n;
	}
}

static int load_ledger(struct writer *w, struct str *told)
{
	struct err why = {0};
	if (!w->now.ledger.name[0])
		return 0;
	if (ledger_load(w->ledger, w->dir, &w->now.ledger, &why) != 0) {
		tell(told, why.msg);
		tell(told, "the entries that are sound were kept, and all files will be read again");
		forget_files(w);
	}
	return 0;
}

/* ---- Segments ---- */

static int move_aside(const struct writer *w, const char *name, char aside[ENTRY_NAME + 16], struct err *err)
{
	AUTO_STR struct str from = {0}, to = {0};
	str_printf(&from, "%s/%s", w->dir, name);
	for (int i = 0;; i++) {
		snprintf(aside, ENTRY_NAME + 16, i ? "damaged-%s.%d" : "damaged-%s", name, i);
		str_clear(&to);
		str_printf(&to, "%s/%s", w->dir, aside);
		if (access(to.p, F_OK) == 0)
			continue;
		if (rename(from.p, to.p) == 0 || errno == ENOENT)
			return 0;
		return err_errno(err, "%s: cannot be moved aside", from.p);
	}
}

/* Puts one record again, unless a newer document has its id. 1: sound, 0: not. */
static int put_again(struct writer *w, const struct records *r, uint32_t row, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	struct span plain;
	struct record_head h;
	enum put_status status;
	struct err why = {0};
	bool there = false;
	if (records_at(r, row).n == 0)
		return 1; /* died before a merge */
	if (records_read(r, row, &a, &plain, &why) != 0 || record_head(plain, &h, &why) != 0)
		return 0;
	for (size_t i = 0; i < w->n_live && !there; i++) {
		uint32_t at;
		there = body_find(w->live[i].body, w->live[i].dead, h.id, &at, NULL);
	}
	if (there)
		return 1;
	int rc = writer_put(w, plain, &status, err);
	return rc == ERR_CORRUPT ? 0 : rc ? rc : 1;
}

static int put_records(struct writer *w, const struct records *r, const roaring_bitmap_t *dead, uint32_t *n_lost, struct err *err)
{
	for (uint32_t row = 0; row < r->n_rows; row++) {
		int rc = dead && roaring_bitmap_contains(dead, row) ? 1 : put_again(w, r, row, err);
		if (rc < 0)
			return rc;
		*n_lost += rc == 0;
	}
	return 0;
}

struct casualty { /* a damaged segment, moved aside */
	struct segment_entry e;
	roaring_bitmap_t *dead; /* NULL: none, or unknown */
	bool dead_unknown;
	char aside[ENTRY_NAME + 16];
};

static int salvage(struct writer *w, struct casualty *c, struct str *told, struct err *err)
{
	AUTO_STR struct str path = {0}, words = {0};
	struct records r = {0};
	uint32_t n_lost = c->e.n_rows - c->e.n_dead;
	int rc = 0;
	str_printf(&path, "%s/%s/%s", w->dir, c->aside, FILE_RECORDS);
	if (records_map(path.p, &r, NULL) == 0) {
		n_lost = 0;
		rc = put_records(w, &r, c->dead, &n_lost, err);
		records_unmap(&r);
	}
	if (n_lost || c->dead_unknown)
		forget_files(w);
	str_printf(&words, "%s was set aside as %s and made anew from its records", c->e.name, c->aside);
	if (n_lost)
		str_printf(&words, "; %u documents in it could not be read, and all files will be read again", n_lost);
	tell(told, words.p);
	return rc;
}

static roaring_bitmap_t *older_dead(const struct writer *w, const char *name)
{
	roaring_bitmap_t *dead = NULL;
	for (size_t i = 0; i < w->before.n_segments; i++)
		if (strcmp(w->before.segments[i].name, name) == 0 && dead_read(w->dir, &w->before.segments[i], &dead, NULL) != 0)
			return NULL;
	return dead;
}

/* Opens one segment; *bad when it is damaged. */
static int open_live(struct writer *w, const struct segment_entry *e, bool *bad, struct casualty *c, struct str *told, struct err *err)
{
	struct err why = {0};
	roaring_bitmap_t *dead = NULL;
	int rc = dead_read(w->dir, e, &dead, &why);
	*c = (struct casualty){.e = *e, .dead_unknown = rc != 0};
	if (rc == 0 && w->opt.verify)
		rc = segment_verify(w->dir, e, true, &why);
	if (rc == 0)
		rc = live_add(w, e, dead ? roaring_bitmap_copy(dead) : NULL, &why);
	*bad = rc == ERR_CORRUPT;
	if (rc == 0 && w->live[w->n_live - 1].stories_lost)
		tell(told, "the stories of a segment could not be read, and are found anew");
	if (rc == 0)
		w->live[w->n_live - 1].fresh = w->live[w->n_live - 1].dead_dirty = false;
	if (!*bad) {
		if (dead)
			roaring_bitmap_free(dead);
		return rc ? err_set(err, rc, "%s", why.msg) : 0;
	}
	tell(told, why.msg);
	c->dead = c->dead_unknown ? older_dead(w, e->name) : dead;
	return move_aside(w, e->name, c->aside, err);
}

static int open_segments(struct writer *w, struct str *told, struct err *err)
{
	struct casualty *lost = NULL;
	size_t n_lost = 0, cap = 0;
	int rc = 0;
	for (size_t i = 0; i < w->now.n_segments && rc == 0; i++) {
		bool bad = false;
		lost = mem_grow(lost, &cap, n_lost + 1, sizeof *lost);
		rc = open_live(w, &w->now.segments[i], &bad, &lost[n_lost], told, err);
		n_lost += bad;
	}
	for (size_t i = 0; i < n_lost; i++) { /* after all that are sound are open: their documents win */
		if (rc == 0)
			rc = salvage(w, &lost[i], told, err);
		if (lost[i].dead)
			roaring_bitmap_free(lost[i].dead);
	}
	w->restructured |= n_lost > 0;
	free(lost);
	return rc;
}

/* After falling back: segments that the lost manifest may have named are not ours to remove. */
static int keep_strays(struct writer *w, struct str *told, struct err *err)
{
	AUTO_STR struct str names = {0};
	char aside[ENTRY_NAME + 16];
	struct span rest, name;
	int rc = 0;
	DIR *d = opendir(w->dir);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if (strncmp(e->d_name, "seg-", 4) == 0 && strlen(e->d_name) < 16 && strtoul(e->d_name + 4, NULL, 10) >= w->now.next_segment)
			str_printf(&names, "%s\n", e->d_name);
	if (d)
		closedir(d);
	rest = str_view(&names);
	while (rc == 0 && span_cut(&rest, '\n', &name)) {
		char z[ENTRY_NAME];
		snprintf(z, sizeof z, "%.*s", SPAN_ARG(name));
		rc = move_aside(w, z, aside, err);
		tell(told, aside);
	}
	forget_files(w);
	tell(told, "what came after it is kept beside, and all files will be read again");
	return rc;
}

int recover(struct writer *w, struct str *told, struct err *err)
{
	uint64_t revision;
	int rc = find_manifest(w, told, err);
	if (rc == 0)
		rc = load_ledger(w, told);
	if (rc == 0 && w->fell_back)
		rc = keep_strays(w, told, err);
	if (rc == 0)
		rc = open_segments(w, told, err);
	if (rc == 0 && !templates_open(w))
		tell(told, "what was learnt of boilerplate could not be read, and is learnt again");
	if (rc == 0 && told->n)
		rc = commit_all(w, &revision, err);
	else if (rc == 0)
		sweep(w);
	return rc;
}
