/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backup: sealed files never change, so that a second name for them is a backup of them. A manifest that is replaced while its files
 * get their second names may leave some of them gone; then all is begun again with the newer one.
 * Digests of leaders' tables (tables.c) go with the segments made with them, as far as they are there: without one a restored index is whole,
 * but looks at every document after the next change of the table.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>

#define TRIES 20

static int copy_part(const char *from, const char *to, size_t limit, struct err *err)
{
	struct span map = SPAN_NONE;
	int rc = io_map_file(from, &map, err);
	if (rc)
		return rc;
	AUTO_FD int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	rc = fd < 0 ? err_errno(err, "%s", to) : io_write_all(fd, span_sub(map, 0, map.n < limit ? map.n : limit), err);
	io_unmap(&map);
	return rc ? rc : io_sync_fd(fd, to, err);
}

/* `part`: of a file that still grows, so that a link would be no backup. */
static int back_up_file(const char *dir, const char *dest, const char *name, size_t part, struct err *err)
{
	AUTO_STR struct str from = {0}, to = {0};
	str_printf(&from, "%s/%s", dir, name);
	str_printf(&to, "%s/%s", dest, name);
	if (part == SIZE_MAX && link(from.p, to.p) == 0)
		return 0;
	return copy_part(from.p, to.p, part, err);
}

static int back_up_segment(const char *dir, const char *dest, const struct segment_entry *e, struct err *err)
{
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s/%s", dest, e->name);
	int rc = io_make_dirs(path.p, 0750, err);
	for (uint32_t i = 0; i < e->n_files && rc == 0; i++) {
		str_clear(&path);
		str_printf(&path, "%s/%s", e->name, e->files[i].name);
		rc = back_up_file(dir, dest, path.p, SIZE_MAX, err);
	}
	if (rc == 0 && e->dead.name[0])
		rc = back_up_file(dir, dest, e->dead.name, SIZE_MAX, err);
	if (rc == 0 && e->stories.name[0])
		rc = back_up_file(dir, dest, e->stories.name, SIZE_MAX, err);
	str_clear(&path);
	str_printf(&path, "%s/%s", dest, e->name);
	return rc ? rc : io_sync_dir(path.p, err);
}

static int back_up_table(const char *dir, const char *dest, uint64_t version, struct err *err)
{
	char name[TABLE_NAME];
	AUTO_STR struct str from = {0}, to = {0};
	table_name(version, name);
	str_printf(&from, "%s/%s", dir, name);
	str_printf(&to, "%s/%s", dest, name);
	if (!version || access(from.p, F_OK) != 0 || access(to.p, F_OK) == 0)
		return 0;
	return back_up_file(dir, dest, name, SIZE_MAX, err);
}

static int back_up(const char *dir, const char *dest, const struct manifest *m, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < m->n_segments && rc == 0; i++)
		rc = back_up_segment(dir, dest, &m->segments[i], err);
	for (size_t i = 0; i < m->n_segments && rc == 0; i++)
		rc = back_up_table(dir, dest, m->segments[i].table, err);
	if (rc == 0 && m->templates.name[0])
		rc = back_up_file(dir, dest, m->templates.name, SIZE_MAX, err);
	if (rc == 0 && m->ledger.name[0])
		rc = back_up_file(dir, dest, m->ledger.name, m->ledger.size, err);
	return rc ? rc : manifest_publish(dest, m, true, err);
}

static uint64_t generation_of(const char *path)
{
	struct manifest m;
	if (manifest_read(path, &m, NULL) != 0)
		return UINT64_MAX;
	uint64_t g = m.generation;
	manifest_done(&m);
	return g;
}

/* A backup inside the index would be part of it. What of the path is not there yet is cut off `beside`. */
static bool is_inside(const char *dir, char *beside)
{
	char *outer = realpath(dir, NULL), *inner;
	while ((inner = realpath(beside, NULL)) == NULL && strcmp(beside, ".") != 0 && strcmp(beside, "/") != 0)
		beside = dirname(beside);
	size_t n = outer ? strlen(outer) : 0;
	bool inside = outer && inner && strncmp(inner, outer, n) == 0 && (inner[n] == 0 || inner[n] == '/');
	free(outer), free(inner);
	return inside;
}

/* The folder is ours from here on: of two who want it, one gets it, and who did not make it does not remove it. */
static int claim(const char *dest, const char *beside, struct err *err)
{
	int rc = io_make_dirs(beside, 0750, err);
	if (rc == 0 && mkdir(dest, 0750) != 0)
		return errno == EEXIST ? err_set(err, ERR_EXISTS, "%s: exists already; name a new folder", dest) : err_errno(err, "%s: cannot make this folder", dest);
	return rc;
}

int store_backup(const char *dir, const char *dest, struct err *err)
{
	AUTO_STR struct str path = {0};
	AUTO_FREE char *copy = mem_dup(dest, strlen(dest) + 1), *climbs = mem_dup(dest, strlen(dest) + 1);
	const char *beside = dirname(copy);
	str_printf(&path, "%s/manifest", dir);
	if (is_inside(dir, dirname(climbs)))
		return err_set(err, ERR_BAD_ARGUMENT, "%s: lies in the index itself; name a folder elsewhere", dest);
	for (int i = 0;; i++) {
		struct manifest m;
		struct err why = {0};
		int rc = manifest_read(path.p, &m, err);
		if (rc)
			return rc;
		if ((rc = claim(dest, beside, err)) != 0) {
			manifest_done(&m);
			return rc;
		}
		rc = back_up(dir, dest, &m, &why);
		bool moved = generation_of(path.p) != m.generation;
		manifest_done(&m);
		if (rc == 0)
			return io_sync_dir(beside, err);
		if (io_remove_tree(dest, err) != 0 || !moved || i == TRIES)
			return err_set(err, rc, "%s", why.msg);
	}
}
