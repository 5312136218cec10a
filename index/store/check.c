/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking: every file that the manifest names against its size and checksum, then every record against its own. Reads alone, so
 * that it may run beside a writer, and slowly. What is wrong with a segment counts only when the manifest of that moment still names it:
 * one that was merged meanwhile may be gone.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct checking {
	const char *dir;
	const struct pace *pace;
	void (*tell)(void *arg, const char *what);
	void *arg;
	struct str found; /* of the thing at hand; NUL after each */
	int n;
};

static void problem(struct checking *c, const char *what) { str_add(&c->found, what, strlen(what) + 1); }

static void check_files(struct checking *c, const struct segment_entry *e)
{
	AUTO_STR struct str path = {0};
	for (uint32_t i = 0; i < e->n_files; i++) {
		struct err why = {0};
		str_clear(&path);
		str_printf(&path, "%s/%s/%s", c->dir, e->name, e->files[i].name);
		if (file_verify_slowly(path.p, &e->files[i], c->pace, &why) != 0)
			problem(c, why.msg);
	}
}

static void check_inside(struct checking *c, const struct segment_entry *e)
{
	struct err why = {0};
	roaring_bitmap_t *dead = NULL;
	struct segment_body *body = NULL;
	struct story_numbers numbers = {0};
	if (dead_read(c->dir, e, &dead, &why) != 0 || body_open(c->dir, e, &body, &why) != 0)
		problem(c, why.msg);
	else if (story_numbers_read(c->dir, e, body->columns.story, &numbers, &why) != 0)
		problem(c, why.msg);
	story_numbers_done(&numbers);
	if (e->stories.name[0]) {
		AUTO_STR struct str path = {0};
		str_printf(&path, "%s/%s", c->dir, e->stories.name);
		if (file_verify_slowly(path.p, &e->stories, c->pace, &why) != 0)
			problem(c, why.msg);
	}
	if (dead)
		roaring_bitmap_free(dead);
	body_close(body);
}

static void check_ledger(struct checking *c, const struct manifest *m)
{
	struct ledger *l = ledger_new();
	struct err why = {0};
	if (m->ledger.name[0] && ledger_load(l, c->dir, &m->ledger, &why) != 0)
		problem(c, why.msg);
	ledger_free(l);
}

/* Does the manifest of now name it? When it cannot be read, it does. */
static bool still_named(const struct checking *c, const char *name, const struct segment_entry *e)
{
	AUTO_STR struct str path = {0};
	struct manifest m;
	str_printf(&path, "%s/manifest", c->dir);
	if (manifest_read(path.p, &m, NULL) != 0)
		return true;
	bool named = strcmp(m.ledger.name, name) == 0;
	for (size_t i = 0; i < m.n_segments; i++)
		named |= e && strcmp(m.segments[i].name, name) == 0 && strcmp(m.segments[i].dead.name, e->dead.name) == 0 &&
			 strcmp(m.segments[i].stories.name, e->stories.name) == 0;
	manifest_done(&m);
	return named;
}

/* Tells what was found wrong with a thing. */
static void settle(struct checking *c, const char *name, const struct segment_entry *e)
{
	if (c->found.n && still_named(c, name, e))
		for (size_t at = 0; at < c->found.n; at += strlen(c->found.p + at) + 1, c->n++)
			c->tell(c->arg, c->found.p + at);
	str_clear(&c->found);
}

int store_scrub(const char *dir, const struct pace *pace, void (*tell)(void *arg, const char *what), void *arg, struct err *err)
{
	AUTO_STR struct str path = {0};
	struct checking c = {.dir = dir, .pace = pace, .tell = tell, .arg = arg};
	struct manifest m;
	str_printf(&path, "%s/manifest", dir);
	int rc = manifest_read(path.p, &m, err);
	if (rc)
		return rc;
	check_ledger(&c, &m);
	settle(&c, m.ledger.name, NULL);
	for (size_t i = 0; i < m.n_segments; i++) {
		const struct segment_entry *e = &m.segments[i];
		check_files(&c, e);
		if (!c.found.n)
			check_inside(&c, e);
		settle(&c, e->name, e);
	}
	manifest_done(&m);
	str_done(&c.found);
	return c.n;
}

int store_check(const char *dir, void (*tell)(void *arg, const char *what), void *arg, struct err *err) { return store_scrub(dir, NULL, tell, arg, err); }

/* ---- Suspicion ---- */

static void mark_of(struct str *path, const char *dir) { str_printf(path, "%s/suspect", dir); }

bool store_suspected(const char *dir)
{
	AUTO_STR struct str path = {0};
	mark_of(&path, dir);
	return access(path.p, F_OK) == 0;
}

int store_suspect(const char *dir, bool is, struct err *err)
{
	AUTO_STR struct str path = {0};
	mark_of(&path, dir);
	AUTO_FD int fd = is ? open(path.p, O_WRONLY | O_CREAT | O_CLOEXEC, 0640) : -1;
	if (is ? fd < 0 : unlink(path.p) != 0 && access(path.p, F_OK) == 0)
		return err_errno(err, "%s", path.p);
	return 0;
}
