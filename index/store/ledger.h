/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: a small durable map from bytes to bytes, in memory, with an append-only file behind it.
 *
 *	ledger-000002:  entry entry entry │ entry …      the manifest says how long the part is that counts, and its checksum;
 *	entry:          sum, key length, value length, key, value       what lies behind it was never committed
 *
 * A value of no length forgets the key. When three quarters of the file are old values, the next commit writes a new file.
 */
#ifndef DOSSIER_INDEX_STORE_LEDGER_H
#define DOSSIER_INDEX_STORE_LEDGER_H

#include "base/err.h"
#include "index/store/manifest.h"

struct ledger;
struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);

void ledger_set(struct ledger *l, struct span key, struct span value);
bool ledger_get(const struct ledger *l, struct span key, struct span *value);
int ledger_each(const struct ledger *l, struct span prefix, int (*visit)(void *arg, struct span key, struct span value), void *arg);
bool ledger_dirty(const struct ledger *l); /* something was set since the last commit */

/*
 * Reads the committed part. When it is damaged: ERR_CORRUPT, and every entry whose own sum is right has been taken all the same;
 * the next commit writes a new file.
 */
int ledger_load(struct ledger *l, const char *dir, const struct file_entry *e, struct err *err) MUST_CHECK;
/* Appends what changed (or writes a new file, named with *next, which counts up), synced; `e` becomes what the manifest is to say. */
int ledger_commit(struct ledger *l, const char *dir, bool sync, uint32_t *next, struct file_entry *e, struct err *err) MUST_CHECK;

#endif
