/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may write: root, the daemon's own user, and the users and @groups of the setting `writer`. The peer's identity is that
 * of the moment it connected (SO_PEERCRED, SO_PEERGROUPS): processes that come later under the same number gain nothing.
 */
#ifndef DOSSIER_DAEMON_ACCESS_H
#define DOSSIER_DAEMON_ACCESS_H

#include "daemon/config.h"

#include <sys/types.h>

struct access {
	uid_t *uids;
	gid_t *gids;
	size_t n_uids, n_gids;
};
/* Looks up the names; unknown ones are an error (ERR_BAD_CONFIG). */
int access_init(struct access *a, const struct config *cfg, struct err *err) MUST_CHECK;
void access_done(struct access *a);
bool access_may_write(const struct access *a, uid_t uid, gid_t gid, int fd);

#endif
