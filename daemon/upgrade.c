/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upgrading: documents whose facts were found with an older leaders' table or an older fact finder get new ones, from their
 * stored text, when there is nothing else to do. The sources are not needed. Interrupted, it goes on after the next start, for
 * each segment remembers what its facts were found with.
 *
 *	writer_outdated ─ a batch of records ─► a reader ─► records with new facts ─► writer_renew
 */
#include "daemon/indexer.h"

#include "base/log.h"

#define BATCH 64

static int take(void *arg, struct span record, struct err *err)
{
	(void)err;
	pack_span(arg, record);
	return 0;
}

/* (What a reader could not do keeps its old facts.) */
static void renew(struct indexer *ix, struct span record)
{
	struct err err = {0};
	int rc = writer_renew(ix->writer, record, &err);
	if (rc && rc != ERR_CORRUPT && rc != ERR_BAD_DOCUMENT)
		index_store_failed(ix, &err);
	ix->upgraded++;
	index_changed(ix);
}

/* The record that the present item was made from. */
static struct span nth(const struct job *j, uint32_t n)
{
	struct unpack u = {str_view(&j->payload), false};
	struct span record = SPAN_NONE;
	for (uint32_t i = 0; i <= n; i++)
		record = unpack_span(&u);
	return record;
}

static void on_item(struct job *j, const struct frame *head, struct span payload)
{
	struct indexer *ix = j->arg;
	struct unpack u = {payload, false};
	unpack_span(&u); /* id */
	renew(ix, head->kind == FRAME_ITEM && !u.bad ? u.rest : nth(j, j->items - 1));
}

static void on_lost(struct job *j, int code, const char *why)
{
	(void)code;
	log_event(LOG_WARN, "upgrade-skipped", "why", why, NULL);
	renew(j->arg, nth(j, j->items - 1));
}

static void on_end(struct job *j, int code, const char *why, struct span payload)
{
	struct indexer *ix = j->arg;
	(void)payload;
	for (; j->items < ix->n_upgrading; j->items++)
		renew(ix, nth(j, j->items));
	if (code)
		log_event(LOG_WARN, "upgrade-skipped", "why", why, NULL);
	ix->n_upgrading = 0;
	index_tell_soon(ix);
	index_work(ix);
}

static const struct job_calls calls = {on_item, on_lost, on_end};

static uint32_t count(struct span packed)
{
	struct unpack u = {packed, false};
	uint32_t n = 0;
	for (; u.rest.n && !u.bad; n++)
		unpack_span(&u);
	return n;
}

void upgrade_work(struct indexer *ix)
{
	struct err err = {0};
	if (ix->upgrade_over || ix->n_upgrading || ix->paused || ix->stopping)
		return;
	str_clear(&ix->upgrade.payload);
	if (writer_outdated(ix->writer, BATCH, take, &ix->upgrade.payload, &ix->outdated, &err) != 0) {
		log_event(LOG_ERROR, "upgrade-stopped", "why", err.msg, NULL);
		ix->upgrade_over = true;
		return;
	}
	ix->n_upgrading = count(str_view(&ix->upgrade.payload));
	if (!ix->n_upgrading) {
		ix->upgrade_over = true;
		if (ix->upgraded)
			log_event(LOG_NOTICE, "upgraded", "documents", log_number((int64_t)ix->upgraded), NULL);
		return;
	}
	ix->upgrade.kind = FRAME_READ_RECORDS;
	ix->upgrade.fd = -1;
	ix->upgrade.resumable = true;
	ix->upgrade.items = 0;
	ix->upgrade.n_items = ix->n_upgrading;
	ix->upgrade.suspect = 0;
	ix->upgrade.deaths = ix->upgrade.deaths_in_row = 0;
	ix->upgrade.calls = &calls;
	ix->upgrade.arg = ix;
	pool_submit(ix->files, &ix->upgrade);
}
