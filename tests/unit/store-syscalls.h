/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every system call by which the store changes the disk, through our hands: the program's own definitions stand before those of
 * libc, for libxapian too. Included by one test program; what happens to a call is decided by `syscall_hook`.
 *
 *	the store, libxapian ─ write, fsync, rename … ─► hook(call) ─ go on, fail with an errno, or kill ─► the kernel
 *	                                                  └► after(call): recorded, for those who replay it
 */
#ifndef DOSSIER_TESTS_STORE_SYSCALLS_H
#define DOSSIER_TESTS_STORE_SYSCALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { CALL_OPEN, CALL_WRITE, CALL_FSYNC, CALL_RENAME, CALL_LINK, CALL_UNLINK, CALL_MKDIR, CALL_RMDIR, CALL_TRUNCATE, CALL_CLOSE };
struct call_info {
	enum call call;
	int fd; /* write, fsync, ftruncate, close; of open: the result */
	const char *path, *to;
	const void *bytes;
	size_t n;
	off_t at; /* write: -1: where the file stands; ftruncate: the new size */
	int flags;
	bool existed; /* open: the file was there before */
};
static int (*syscall_hook)(const struct call_info *c); /* 0: go on; else an errno to fail with. NULL: go on */
static void (*syscall_after)(const struct call_info *c); /* after success */

static bool syscalls_no_sync; /* a sync only says that it was done */

static inline bool refused(const struct call_info *c)
{
	int e = syscall_hook ? syscall_hook(c) : 0;
	if (e)
		errno = e;
	return e != 0;
}

static inline long done(long result, const struct call_info *c)
{
	if (result >= 0 && syscall_after)
		syscall_after(c);
	return result;
}

static int open_file(const char *path, int flags, mode_t mode)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;
	struct call_info c = {.call = CALL_OPEN, .path = path, .flags = flags, .existed = writes && access(path, F_OK) == 0};
	if (writes && refused(&c))
		return -1;
	c.fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	return writes ? (int)done(c.fd, &c) : c.fd;
}
#define OPEN_BODY \
	mode_t mode = 0; \
	if (flags & O_CREAT) { \
		va_list ap; \
		va_start(ap, flags); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	} \
	return open_file(path, flags, mode);
int open(const char *path, int flags, ...) { OPEN_BODY }
int open64(const char *path, int flags, ...) { OPEN_BODY }

ssize_t write(int fd, const void *p, size_t n)
{
	struct call_info c = {.call = CALL_WRITE, .fd = fd, .bytes = p, .n = n, .at = -1};
	if (refused(&c))
		return -1;
	ssize_t got = syscall(SYS_write, fd, p, n);
	c.n = got > 0 ? (size_t)got : 0;
	return done(got, &c);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct call_info c = {.call = CALL_WRITE, .fd = fd, .bytes = p, .n = n, .at = at};
	if (refused(&c))
		return -1;
	ssize_t got = syscall(SYS_pwrite64, fd, p, n, at);
	c.n = got > 0 ? (size_t)got : 0;
	return done(got, &c);
}
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) { return pwrite(fd, p, n, at); }
static int sync_fd(int fd, long number)
{
	struct call_info c = {.call = CALL_FSYNC, .fd = fd};
	return refused(&c) ? -1 : (int)done(syscalls_no_sync ? 0 : syscall(number, fd), &c);
}
int fsync(int fd) { return sync_fd(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_fd(fd, SYS_fdatasync); }
int ftruncate(int fd, off_t n)
{
	struct call_info c = {.call = CALL_TRUNCATE, .fd = fd, .at = n};
	return refused(&c) ? -1 : (int)done(syscall(SYS_ftruncate, fd, n), &c);
}
int ftruncate64(int fd, off64_t n) { return ftruncate(fd, n); }
int rename(const char *from, const char *to)
{
	struct call_info c = {.call = CALL_RENAME, .path = from, .to = to};
	return refused(&c) ? -1 : (int)done(syscall(SYS_rename, from, to), &c);
}
int link(const char *from, const char *to)
{
	struct call_info c = {.call = CALL_LINK, .path = from, .to = to};
	return refused(&c) ? -1 : (int)done(syscall(SYS_link, from, to), &c);
}
int unlink(const char *path)
{
	struct call_info c = {.call = CALL_UNLINK, .path = path};
	return refused(&c) ? -1 : (int)done(syscall(SYS_unlink, path), &c);
}
int rmdir(const char *path)
{
	struct call_info c = {.call = CALL_RMDIR, .path = path};
	return refused(&c) ? -1 : (int)done(syscall(SYS_rmdir, path), &c);
}
int remove(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path);
}
int mkdir(const char *path, mode_t mode)
{
	struct call_info c = {.call = CALL_MKDIR, .path = path};
	return refused(&c) ? -1 : (int)done(syscall(SYS_mkdir, path, mode), &c);
}
int close(int fd)
{
	struct call_info c = {.call = CALL_CLOSE, .fd = fd};
	if (refused(&c)) {
		syscall(SYS_close, fd);
		return -1;
	}
	return (int)done(syscall(SYS_close, fd), &c);
}

#endif
