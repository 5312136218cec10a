/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching folders with inotify. It only says what to look at again; what has changed is found by looking (size, time, hash),
 * as a scan does, so that a lost event costs time and never a document.
 */
#ifndef DOSSIER_DAEMON_WATCH_H
#define DOSSIER_DAEMON_WATCH_H

#include "base/err.h"
#include "base/str.h"

struct event_base;
struct watch;
struct watch_calls {
	/* A file below a root was written, moved here or has gone. */
	void (*file)(void *arg, void *root, const char *path);
	/* A file went from one path below the root to another. */
	void (*moved)(void *arg, void *root, const char *from, const char *to);
	/* Something that takes a scan: folders came or went, or the root itself. root NULL: events were lost, anywhere. */
	void (*look)(void *arg, void *root);
};

/* NULL when the kernel has no inotify to give. */
struct watch *watch_new(struct event_base *base, const struct watch_calls *calls, void *arg);
void watch_free(struct watch *w);
/*
 * Watches the folder `path` ("" : itself) below `root_path`; `root` comes back in the calls. A folder of two roots (a source that is
 * one file is watched through its folder) makes all be looked at. ERR_LIMIT when the system's number of watches is used up.
 */
int watch_folder(struct watch *w, void *root, const char *root_path, const char *path, struct err *err) MUST_CHECK;
void watch_forget(struct watch *w, void *root);

#endif
