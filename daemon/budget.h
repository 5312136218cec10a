/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A budget: so many bytes for all, and a share of them for each user. Whoever keeps bytes for somebody takes them here first and gives
 * them back after; when there are none left it waits, or says so.
 *
 * An account lives as long as something is taken on it. Users are few: a list is enough.
 */
#ifndef DOSSIER_DAEMON_BUDGET_H
#define DOSSIER_DAEMON_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	uint64_t bytes;
};

struct budget {
	uint64_t limit, share; /* of all, of one user */
	uint64_t bytes;        /* taken */
	struct account *accounts;
	size_t n_accounts, cap_accounts;
};

/* Zero-initialise, then set limit and share. */
bool budget_take(struct budget *b, uid_t uid, uint64_t n);  /* false: over the limit or the share, nothing was taken */
void budget_force(struct budget *b, uid_t uid, uint64_t n); /* takes though there are none left: for what is there already */
void budget_give(struct budget *b, uid_t uid, uint64_t n);
uint64_t budget_of(const struct budget *b, uid_t uid);
void budget_clear(struct budget *b); /* all of it was given back */
void budget_done(struct budget *b);

#endif
