/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/access.h"

#include "base/mem.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

static int add_group(struct access *a, const char *name, struct err *err)
{
	uint64_t number;
	const struct group *g = getgrnam(name);
	if (!g && !span_to_u64(span_of(name), &number))
		return err_set(err, ERR_BAD_CONFIG, "writer = @%s: there is no such group", name);
	a->gids = mem_resize(a->gids, (a->n_gids + 1) * sizeof *a->gids);
	a->gids[a->n_gids++] = g ? g->gr_gid : (gid_t)number;
	return 0;
}

static int add_user(struct access *a, const char *name, struct err *err)
{
	uint64_t number;
	const struct passwd *p = getpwnam(name);
	if (!p && !span_to_u64(span_of(name), &number))
		return err_set(err, ERR_BAD_CONFIG, "writer = %s: there is no such user", name);
	a->uids = mem_resize(a->uids, (a->n_uids + 1) * sizeof *a->uids);
	a->uids[a->n_uids++] = p ? p->pw_uid : (uid_t)number;
	return 0;
}

int access_init(struct access *a, const struct config *cfg, struct err *err)
{
	*a = (struct access){0};
	int rc = 0;
	for (size_t i = 0; i < cfg->writers.n && !rc; i++) {
		const char *name = cfg->writers.v[i];
		rc = *name == '@' ? add_group(a, name + 1, err) : add_user(a, name, err);
	}
	return rc;
}

void access_done(struct access *a)
{
	free(a->uids);
	free(a->gids);
}

static bool group_allowed(const struct access *a, gid_t gid)
{
	for (size_t i = 0; i < a->n_gids; i++)
		if (a->gids[i] == gid)
			return true;
	return false;
}

bool access_may_write(const struct access *a, uid_t uid, gid_t gid, int fd)
{
	gid_t more[256];
	socklen_t n = sizeof more;
	if (uid == (uid_t)-1)
		return false;
	if (uid == 0 || uid == getuid() || group_allowed(a, gid))
		return true;
	for (size_t i = 0; i < a->n_uids; i++)
		if (a->uids[i] == uid)
			return true;
	if (!a->n_gids || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, more, &n) != 0)
		return false;
	for (size_t i = 0; i < n / sizeof *more; i++)
		if (group_allowed(a, more[i]))
			return true;
	return false;
}
