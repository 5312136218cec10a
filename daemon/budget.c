/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/budget.h"

#include "base/mem.h"

#include <stdlib.h>

static struct account *account_of(const struct budget *b, uid_t uid)
{
	for (size_t i = 0; i < b->n_accounts; i++)
		if (b->accounts[i].uid == uid)
			return &b->accounts[i];
	return NULL;
}

uint64_t budget_of(const struct budget *b, uid_t uid)
{
	const struct account *a = account_of(b, uid);
	return a ? a->bytes : 0;
}

void budget_force(struct budget *b, uid_t uid, uint64_t n)
{
	struct account *a = account_of(b, uid);
	if (!n)
		return;
	if (!a) {
		if (b->n_accounts == b->cap_accounts)
			b->accounts = mem_grow(b->accounts, &b->cap_accounts, b->n_accounts + 1, sizeof *b->accounts);
		a = &b->accounts[b->n_accounts++];
		*a = (struct account){.uid = uid};
	}
	a->bytes += n;
	b->bytes += n;
}

bool budget_take(struct budget *b, uid_t uid, uint64_t n)
{
	if (n > b->limit || b->bytes > b->limit - n || n > b->share || budget_of(b, uid) > b->share - n)
		return false;
	budget_force(b, uid, n);
	return true;
}

void budget_give(struct budget *b, uid_t uid, uint64_t n)
{
	struct account *a = account_of(b, uid);
	if (!a) /* cleared meanwhile */
		return;
	n = n < a->bytes ? n : a->bytes;
	a->bytes -= n;
	b->bytes -= n;
	if (!a->bytes)
		*a = b->accounts[--b->n_accounts];
}

void budget_clear(struct budget *b)
{
	b->n_accounts = 0;
	b->bytes = 0;
}

void budget_done(struct budget *b)
{
	free(b->accounts);
	*b = (struct budget){0};
}
