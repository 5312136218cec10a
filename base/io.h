/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files: whole reads and writes that hold back nothing, mapped files, and the syncs that make a rename durable. */
#ifndef DOSSIER_BASE_IO_H
#define DOSSIER_BASE_IO_H

#include "base/err.h"
#include "base/str.h"

int io_read_fd(int fd, size_t limit, struct str *out, struct err *err) MUST_CHECK;          /* to the end; ERR_LIMIT past limit */
int io_read_regular(const char *path, size_t limit, struct str *out, struct err *err) MUST_CHECK; /* a pipe in its place does not hold us up: ERR_BAD_ARGUMENT */
int io_read_file(const char *path, size_t limit, struct str *out, struct err *err) MUST_CHECK;
int io_write_all(int fd, struct span s, struct err *err) MUST_CHECK;                         /* EINTR and short writes handled */
int io_sync_fd(int fd, const char *name, struct err *err) MUST_CHECK;
int io_sync_dir(const char *path, struct err *err) MUST_CHECK;                               /* a rename is durable after this */
/* Writes a new file beside, syncs it, renames it over path, syncs the directory. */
int io_replace_file(const char *path, struct span s, struct err *err) MUST_CHECK;
int io_make_dirs(const char *path, unsigned mode, struct err *err) MUST_CHECK;               /* as mkdir -p */
int io_remove_tree(const char *path, struct err *err) MUST_CHECK;                            /* no error when it is not there */
/* Maps a whole file read-only; an empty file is an empty span. Unmap with io_unmap. */
int io_map_file(const char *path, struct span *out, struct err *err) MUST_CHECK;
void io_unmap(struct span *map);
uint64_t io_tree_bytes(const char *path); /* what a folder takes, apparent size */

static inline void io_close_(int *fd);
#define AUTO_FD __attribute__((cleanup(io_close_)))
#include <unistd.h>
static inline void io_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#endif
