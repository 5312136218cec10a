/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking: every file that the manifest names against its size and checksum, then every record against its own. Reads alone, so
 * that it may run beside a writer; what that one replaces meanwhile is looked at again with the next manifest.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"

#include <sys/stat.h>

struct checking {
	const char *dir;
	void (*tell)(void *arg, const char *what);
	void *arg;
	int n;
};

static void problem(struct checking *c, const char *what)
{
	c->n++;
	c->tell(c->arg, what);
}

static void check_files(struct checking *c, const struct segment_entry *e)
{
	AUTO_STR struct str path = {0};
	for (uint32_t i = 0; i < e->n_files; i++) {
		struct err why = {0};
		str_clear(&path);
		str_printf(&path, "%s/%s/%s", c->dir, e->name, e->files[i].name);
		if (file_verify(path.p, &e->files[i], true, &why) != 0)
			problem(c, why.msg);
	}
}

static void check_inside(struct checking *c, const struct segment_entry *e)
{
	struct err why = {0};
	roaring_bitmap_t *dead = NULL;
	struct segment_body *body = NULL;
	if (dead_read(c->dir, e, &dead, &why) != 0 || body_open(c->dir, e, &body, &why) != 0)
		problem(c, why.msg);
	if (dead)
		roaring_bitmap_free(dead);
	body_close(body);
}

static int check_ledger(struct checking *c, const struct manifest *m)
{
	struct ledger *l = ledger_new();
	struct err why = {0};
	if (m->ledger.name[0] && ledger_load(l, c->dir, &m->ledger, &why) != 0)
		problem(c, why.msg);
	ledger_free(l);
	return 0;
}

static uint64_t generation_now(const char *path)
{
	struct manifest m;
	if (manifest_read(path, &m, NULL) != 0)
		return UINT64_MAX;
	uint64_t g = m.generation;
	manifest_done(&m);
	return g;
}

static int check_once(struct checking *c, const char *path, uint64_t *generation, struct err *err)
{
	struct manifest m;
	int rc = manifest_read(path, &m, err);
	if (rc)
		return rc;
	*generation = m.generation;
	for (size_t i = 0; i < m.n_segments; i++) {
		int before = c->n;
		check_files(c, &m.segments[i]);
		if (c->n == before)
			check_inside(c, &m.segments[i]);
	}
	rc = check_ledger(c, &m);
	manifest_done(&m);
	return rc;
}

struct heard {
	struct str words; /* NUL after each */
};

static void hear(void *arg, const char *what) { str_add(&((struct heard *)arg)->words, what, strlen(what) + 1); }

int store_check(const char *dir, void (*tell)(void *arg, const char *what), void *arg, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/manifest", dir);
	for (int i = 0;; i++) {
		struct heard heard = {0};
		struct checking c = {.dir = dir, .tell = hear, .arg = &heard};
		uint64_t generation = 0;
		int rc = check_once(&c, path.p, &generation, err);
		bool moved = c.n && generation_now(path.p) != generation && i < 8;
		for (size_t at = 0; rc == 0 && !moved && at < heard.words.n; at += strlen(heard.words.p + at) + 1)
			tell(arg, heard.words.p + at);
		str_done(&heard.words);
		if (!moved)
			return rc ? rc : c.n;
	}
}
