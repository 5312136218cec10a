/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See scan.h. One open folder for each level, at most MAX_DEPTH. */
#include "daemon/scan.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_DEPTH 64
#define QUIET (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

struct level {
	DIR *dir;
	size_t path_n; /* length of the path of this folder */
};

struct scan {
	struct level levels[MAX_DEPTH];
	size_t depth;
	struct str path;
	bool one_file, at_root;
	char *root;
};

/* Opens below a folder without meeting a link; older kernels check the last part alone. */
static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	if (fd < 0 && errno == ENOSYS)
		fd = openat(dir, path, flags);
	return (int)fd;
}

static void fill(struct scan_entry *e, const struct stat *st)
{
	e->size = (uint64_t)st->st_size;
	e->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* The end of a path that may be longer than any message: what is said of it must be read, too. */
static const char *shown(struct scan *s)
{
	const char *path = str_cz(&s->path);
	return s->path.n > 160 ? path + utf8_floor(str_view(&s->path), s->path.n - 160) : path;
}

static int push_level(struct scan *s, int fd, struct err *err)
{
	DIR *dir = s->depth < MAX_DEPTH ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return err_set(err, ERR_LIMIT, "%s: folders are nested deeper than %d levels: %s", s->root, MAX_DEPTH, shown(s));
	}
	s->levels[s->depth++] = (struct level){dir, s->path.n};
	return 0;
}

/* Folders in which nobody's articles lie: the kernel's own, and an index of ours. NULL: an ordinary one. */
static const char *forbidden(int dir)
{
	struct statfs fs;
	if (fstatfs(dir, &fs) == 0 && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC))
		return "belongs to the kernel: there are no articles in it";
	if (faccessat(dir, "manifest", F_OK, 0) == 0 && faccessat(dir, "manifest.copy", F_OK, 0) == 0)
		return "is an index of dossier: its articles lie elsewhere";
	return NULL;
}

int scan_open(const char *root, struct scan **out, struct err *err)
{
	int fd = open(root, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	if (fd < 0)
		return err_errno(err, "%s", root);
	if (fstat(fd, &st) != 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
		close(fd);
		return err_set(err, ERR_BAD_FILE, "%s is neither a folder nor a file", root);
	}
	const char *why = S_ISDIR(st.st_mode) ? forbidden(fd) : NULL;
	if (why) {
		close(fd);
		return err_set(err, ERR_BAD_FILE, "%s %s", root, why);
	}
	struct scan *s = mem_alloc(sizeof *s);
	s->root = mem_dup(root, strlen(root) + 1);
	s->one_file = S_ISREG(st.st_mode);
	s->at_root = !s->one_file;
	int rc = 0;
	if (s->one_file)
		close(fd);
	else
		rc = push_level(s, fd, err);
	if (rc)
		scan_close(s);
	else
		*out = s;
	return rc;
}

static int the_one_file(struct scan *s, struct scan_entry *e, struct err *err)
{
	struct stat st;
	s->one_file = false;
	if (stat(s->root, &st) != 0)
		return err_errno(err, "%s", s->root);
	*e = (struct scan_entry){.path = SPAN("")};
	fill(e, &st);
	return 1;
}

/* One name of the innermost folder: as scan_next, but 0: nothing to tell. */
static int look_at(struct scan *s, int dir, const char *name, struct scan_entry *e, struct err *err)
{
	struct stat st;
	*e = (struct scan_entry){.path = str_view(&s->path)};
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s: %s", s->root, shown(s));
	if (S_ISREG(st.st_mode)) {
		fill(e, &st);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	int fd = open_beneath(dir, name, QUIET | O_DIRECTORY);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s: %s", s->root, shown(s));
	if (forbidden(fd))
		return close(fd), 0;
	int rc = push_level(s, fd, err);
	return rc ? rc : 2;
}

int scan_next(struct scan *s, struct scan_entry *e, struct err *err)
{
	if (s->one_file)
		return the_one_file(s, e, err);
	if (s->at_root)
		return s->at_root = false, *e = (struct scan_entry){.path = SPAN("")}, 2;
	while (s->depth) {
		struct level *l = &s->levels[s->depth - 1];
		const struct dirent *d = readdir(l->dir);
		s->path.n = l->path_n;
		if (!d) {
			closedir(l->dir);
			s->depth--;
			continue;
		}
		if (d->d_name[0] == '.')
			continue;
		if (s->path.n)
			str_ch(&s->path, '/');
		str_z(&s->path, d->d_name);
		int rc = look_at(s, dirfd(l->dir), d->d_name, e, err);
		if (rc)
			return rc;
	}
	return 0;
}

bool scan_is_file(const struct scan *s) { return s->one_file; }

void scan_close(struct scan *s)
{
	if (!s)
		return;
	while (s->depth)
		closedir(s->levels[--s->depth].dir);
	str_done(&s->path);
	free(s->root);
	free(s);
}

int scan_open_file(const char *root, const char *path, int *out, struct scan_entry *now, struct err *err)
{
	AUTO_FD int dir = -1;
	int fd;
	if (*path) {
		dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = dir < 0 ? -1 : open_beneath(dir, path, QUIET);
	} else
		fd = open(root, QUIET);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(err, *path ? "%s/%s" : "%s%s", root, path);
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, ERR_BAD_FILE, *path ? "%s/%s is no regular file" : "%s%s is no regular file", root, path);
	}
	fill(now, &st);
	*out = fd;
	return 0;
}
