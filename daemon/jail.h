/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jail of a child that meets what strangers wrote: no_new_privs, seccomp (a list of allowed system calls; others fail
 * with EPERM), Landlock (which files may be read: none, or one folder), limits of resources, death with the parent.
 *
 * What the kernel does not offer is left out and told: the daemon then starts, warns once, and shows it in its status.
 */
#ifndef DOSSIER_DAEMON_JAIL_H
#define DOSSIER_DAEMON_JAIL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct jail {
	const char *folder;    /* may be read, with all below it; NULL: no file may be opened */
	uint64_t memory_bytes; /* of data; 0: no limit */
	bool program;          /* will become an installed program: may execve, and read and run what lies in the system's own folders; instead of folder */
};

/* After this nothing can be undone. *level: "seccomp+landlock", "seccomp", "landlock" or "none". Fails only for want of memory. */
int jail_enter(const struct jail *j, const char **level, struct err *err) MUST_CHECK;
#define JAIL_FULL "seccomp+landlock"

/* For every child, jailed or not: dies when its parent dies; false when the parent is gone already. */
bool jail_die_with_parent(pid_t parent);
/* A processor-time budget for the next piece of work: SIGPROF ends the process when it is used up. */
void jail_cpu_budget(uint64_t ms);

#endif
