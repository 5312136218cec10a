/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See watch.h. Watch descriptors are small numbers that only grow: an array is the map from them to folders. */
#include "daemon/watch.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PAIR_MS 20 /* the second half of a move comes right after the first, or never */
#define WHAT (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

struct folder {
	void *root; /* NULL: not watched any more */
	bool shared; /* by several roots */
	char *path;
};

struct watch {
	int fd;
	struct event *readable;
	const struct watch_calls *calls;
	void *arg;
	struct folder *folders; /* by watch descriptor */
	size_t n_folders, cap_folders;
	struct leaving { /* a file was moved away: perhaps to somewhere else here */
		void *root; /* NULL: none */
		char *path;
		uint32_t cookie;
	} leaving;
	struct event *left;
};

static void drop(struct folder *f)
{
	free(f->path);
	*f = (struct folder){0};
}

static bool is_same_root(const struct watch *w, const struct inotify_event *e)
{
	const struct folder *f = e->wd >= 0 && (size_t)e->wd < w->n_folders ? &w->folders[e->wd] : NULL;
	return f && f->root == w->leaving.root && !f->shared && e->name[0] != '.' && !(e->mask & IN_ISDIR);
}

/* Nobody says where it went: it has gone. */
static void has_left(struct watch *w)
{
	struct leaving l = w->leaving;
	w->leaving = (struct leaving){0};
	event_del(w->left);
	if (l.root)
		w->calls->file(w->arg, l.root, l.path);
	free(l.path);
}

static void left_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	has_left(arg);
}

static void file_event(struct watch *w, const struct inotify_event *e, void *root, const char *path)
{
	struct timeval soon = {0, PAIR_MS * 1000};
	if (e->mask & IN_MOVED_FROM) {
		w->leaving = (struct leaving){root, mem_dup(path, strlen(path) + 1), e->cookie};
		event_add(w->left, &soon);
	} else if (w->leaving.root) {
		struct leaving l = w->leaving;
		w->leaving = (struct leaving){0};
		event_del(w->left);
		w->calls->moved(w->arg, root, l.path, path);
		free(l.path);
	} else
		w->calls->file(w->arg, root, path);
}

static void one_event(struct watch *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		log_event(LOG_WARN, "watch-overflow", "what", "more changes at once than the kernel remembers: looking through all sources", NULL);
		w->calls->look(w->arg, NULL);
		return;
	}
	if (w->leaving.root && !((e->mask & IN_MOVED_TO) && e->cookie == w->leaving.cookie && is_same_root(w, e)))
		has_left(w);
	struct folder *f = e->wd >= 0 && (size_t)e->wd < w->n_folders ? &w->folders[e->wd] : NULL;
	if (!f || !f->root)
		return;
	void *root = f->shared ? NULL : f->root;
	if (e->mask & IN_IGNORED)
		return drop(f);
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
		w->calls->look(w->arg, root);
		return;
	}
	if (!e->len || e->name[0] == '.')
		return;
	if ((e->mask & IN_ISDIR) || f->shared) {
		w->calls->look(w->arg, root);
		return;
	}
	if (e->mask & IN_CREATE) /* it is looked at when it has been written */
		return;
	AUTO_STR struct str path = {0};
	str_printf(&path, "%s%s%s", f->path, *f->path ? "/" : "", e->name);
	file_event(w, e, root, str_cz(&path));
}

static void can_read(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct watch *w = arg;
	union {
		struct inotify_event align;
		char bytes[65536];
	} buf;
	ssize_t n = read(fd, buf.bytes, sizeof buf);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const struct inotify_event *)(const void *)(buf.bytes + at);
		one_event(w, e);
		at += (ssize_t)(sizeof *e + e->len);
	}
}

struct watch *watch_new(struct event_base *base, const struct watch_calls *calls, void *arg)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (fd < 0)
		return NULL;
	struct watch *w = mem_alloc(sizeof *w);
	w->fd = fd;
	w->calls = calls;
	w->arg = arg;
	w->readable = event_new(base, fd, EV_READ | EV_PERSIST, can_read, w);
	w->left = event_new(base, -1, 0, left_rings, w);
	event_add(w->readable, NULL);
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_folders; i++)
		drop(&w->folders[i]);
	free(w->folders);
	event_free(w->readable), event_free(w->left);
	free(w->leaving.path);
	close(w->fd);
	free(w);
}

int watch_folder(struct watch *w, void *root, const char *root_path, const char *path, struct err *err)
{
	AUTO_STR struct str full = {0};
	str_printf(&full, "%s%s%s", root_path, *path ? "/" : "", path);
	int wd = inotify_add_watch(w->fd, full.p, WHAT);
	if (wd < 0 && errno == ENOSPC)
		return err_set(err, ERR_LIMIT, "%s cannot be watched: the system's limit of watches is reached (sysctl fs.inotify.max_user_watches)", full.p);
	if (wd < 0)
		return err_errno(err, "%s cannot be watched", full.p);
	while (w->n_folders <= (size_t)wd) {
		if (w->n_folders == w->cap_folders)
			w->folders = mem_grow(w->folders, &w->cap_folders, (size_t)wd + 1, sizeof *w->folders);
		w->folders[w->n_folders++] = (struct folder){0};
	}
	struct folder *f = &w->folders[wd];
	bool shared = f->root && (f->shared || f->root != root);
	drop(f);
	*f = (struct folder){root, shared, mem_dup(path, strlen(path) + 1)};
	return 0;
}

void watch_forget(struct watch *w, void *root)
{
	if (w && w->leaving.root == root)
		has_left(w);
	for (size_t i = 0; w && i < w->n_folders; i++) {
		if (w->folders[i].root != root || w->folders[i].shared)
			continue;
		inotify_rm_watch(w->fd, (int)i);
		drop(&w->folders[i]);
	}
}
