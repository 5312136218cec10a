/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of hashes of ids or paths: open addressing, grows, never shrinks. Zero-initialise. */
#ifndef DOSSIER_DAEMON_IDSET_H
#define DOSSIER_DAEMON_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idset {
	uint64_t *v; /* 0: free; a hash of 0 is kept as 1 */
	size_t n, cap;
};

void idset_add(struct idset *s, uint64_t h);
bool idset_has(const struct idset *s, uint64_t h);
void idset_done(struct idset *s);

#endif
