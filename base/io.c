/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

int io_read_fd(int fd, size_t limit, struct str *out, struct err *err)
{
	size_t start = out->n;
	for (;;) {
		str_room(out, 65536);
		ssize_t n = read(fd, out->p + out->n, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "reading");
		if (n == 0)
			break;
		out->n += (size_t)n;
		if (out->n - start > limit)
			return err_set(err, ERR_LIMIT, "larger than the limit of %zu bytes", limit);
	}
	out->p[out->n] = 0;
	return 0;
}

int io_read_file(const char *path, size_t limit, struct str *out, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "%s", path);
	struct err why = {0};
	int rc = io_read_fd(fd, limit, out, &why);
	return rc ? err_set(err, rc, "%s: %s", path, why.msg) : 0;
}

int io_read_regular(const char *path, size_t limit, struct str *out, struct err *err)
{
	struct stat st;
	struct err why = {0};
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_BAD_ARGUMENT, "%s: is %s, not a file", path, S_ISDIR(st.st_mode) ? "a folder" : "a pipe or a device");
	int rc = io_read_fd(fd, limit, out, &why);
	return rc ? err_set(err, rc, "%s: %s", path, why.msg) : 0;
}

int io_write_all(int fd, struct span s, struct err *err)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "writing");
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

int io_sync_fd(int fd, const char *name, struct err *err)
{
	return fsync(fd) == 0 ? 0 : err_errno(err, "%s: sync", name);
}

int io_sync_dir(const char *path, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, "%s", path);
	return io_sync_fd(fd, path, err);
}

static int write_beside(const char *path, struct span s, struct err *err)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	struct err why = {0};
	int rc = io_write_all(fd, s, &why);
	if (rc)
		return err_set(err, rc, "%s: %s", path, why.msg);
	return io_sync_fd(fd, path, err);
}

int io_replace_file(const char *path, struct span s, struct err *err)
{
	AUTO_STR struct str beside = {0}, dir = {0};
	str_printf(&beside, "%s.new", path);
	int rc = write_beside(beside.p, s, err);
	if (rc)
		return rc;
	if (rename(beside.p, path) != 0)
		return err_errno(err, "%s: rename", path);
	const char *slash = strrchr(path, '/');
	str_add(&dir, path, slash ? (size_t)(slash - path) : 0);
	return io_sync_dir(slash ? (dir.n ? dir.p : "/") : ".", err);
}

int io_make_dirs(const char *path, unsigned mode, struct err *err)
{
	AUTO_STR struct str p = {0};
	str_z(&p, path);
	for (size_t i = 1; i <= p.n; i++) {
		if (i < p.n && p.p[i] != '/')
			continue;
		char keep = p.p[i];
		p.p[i] = 0;
		if (mkdir(p.p, mode) != 0 && errno != EEXIST)
			return err_errno(err, "%s: cannot make this folder", p.p);
		p.p[i] = keep;
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int io_remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return 0;
	return err_errno(err, "%s: cannot remove", path);
}

int io_map_file(const char *path, struct span *out, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(err, "%s", path);
	if (st.st_size == 0)
		return *out = SPAN(""), 0;
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, "%s: map", path);
	*out = (struct span){p, (size_t)st.st_size};
	return 0;
}

void io_unmap(struct span *map)
{
	if (map->n)
		munmap((void *)(uintptr_t)map->p, map->n);
	*map = SPAN_NONE;
}

static _Thread_local uint64_t tree_bytes;

static int add_size(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)path, (void)ftw;
	if (kind == FTW_F)
		tree_bytes += (uint64_t)st->st_size;
	return 0;
}

uint64_t io_tree_bytes(const char *path)
{
	tree_bytes = 0;
	nftw(path, add_size, 16, FTW_PHYS);
	return tree_bytes;
}
