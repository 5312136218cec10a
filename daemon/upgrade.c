/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upgrading: documents whose facts were found with an older leaders' table or an older fact finder get new ones, from their
 * stored text. The sources are not needed.
 *
 *	the table has changed, and what it meant before is kept:       only the documents concerned, out of sight, shown with one commit
 *	    writer_stage_next ─ batches of records ─► readers ─► writer_stage_put … ─► writer_stage_switch
 *	the fact finder has changed, or nothing is known of before:    all of them, a batch at a time, when there is nothing else to do
 *	    writer_outdated ─ a batch ─► a reader ─► writer_renew
 *
 * Interrupted, it goes on after the next start, for each segment remembers what its facts were found with.
 */
#include "daemon/indexer.h"

#include "base/log.h"
#include "base/mem.h"
#include "index/store/writer.h"

#define BATCH       64
#define STAGE_BATCH 256
#define AT_ONCE     4

struct upgrade {
	struct indexer *ix;
	struct job job;
	uint32_t n; /* records in it; 0: none, free */
};

static int take(void *arg, struct span record, struct err *err)
{
	struct upgrade *u = arg;
	(void)err;
	pack_span(&u->job.payload, record);
	u->n++;
	return 0;
}

/* What a reader could not do keeps its old facts; on the stage what is as it was need not be put. */
static void renew(struct upgrade *u, struct span record, uint32_t i)
{
	struct indexer *ix = u->ix;
	struct err err = {0};
	int rc = 0;
	struct span before = job_item(&u->job, i);
	if (!writer_staging(ix->writer))
		rc = writer_renew(ix->writer, record.n ? record : before, &err);
	else if (record.n && (writer_stage_columns(ix->writer) || !span_eq(record, before)))
		rc = writer_stage_put(ix->writer, record, &err);
	if (rc && rc != ERR_CORRUPT && rc != ERR_BAD_DOCUMENT)
		index_store_failed(ix, &err);
	ix->upgraded++;
	if (!writer_staging(ix->writer))
		index_changed(ix);
}

static void on_item(struct job *j, const struct frame *head, struct span payload)
{
	struct unpack u = {payload, false};
	unpack_span(&u); /* id */
	unpack_span(&u); /* a date that cannot be read */
	renew(j->arg, head->kind == FRAME_ITEM && !u.bad ? u.rest : SPAN_NONE, j->items - 1);
}

static void on_lost(struct job *j, int code, const char *why)
{
	(void)code;
	log_event(LOG_WARN, "upgrade-skipped", "why", why, NULL);
	renew(j->arg, SPAN_NONE, j->items - 1);
}

static void on_end(struct job *j, int code, const char *why, struct span payload)
{
	struct upgrade *u = j->arg;
	(void)payload;
	for (; j->items < u->n; j->items++)
		renew(u, SPAN_NONE, j->items);
	if (code)
		log_event(LOG_WARN, "upgrade-skipped", "why", why, NULL);
	u->n = 0;
	u->ix->n_upgrading--;
	index_tell_soon(u->ix);
	index_work(u->ix);
}

static const struct job_calls calls = {on_item, on_lost, on_end};

static void submit(struct upgrade *u)
{
	struct job *j = &u->job;
	struct str payload = j->payload;
	*j = (struct job){.kind = FRAME_READ_RECORDS, .payload = payload, .fd = -1, .resumable = true, .n_items = u->n, .calls = &calls, .arg = u};
	u->ix->n_upgrading++;
	pool_submit(u->ix->renewers, j);
}

static struct upgrade *free_one(struct indexer *ix)
{
	if (!ix->upgrades) {
		ix->upgrades = mem_alloc(AT_ONCE * sizeof *ix->upgrades);
		for (size_t i = 0; i < AT_ONCE; i++)
			ix->upgrades[i].ix = ix;
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		if (!ix->upgrades[i].n) {
			str_clear(&ix->upgrades[i].job.payload);
			return &ix->upgrades[i];
		}
	return NULL;
}

void upgrade_done(struct indexer *ix)
{
	for (size_t i = 0; ix->upgrades && i < AT_ONCE; i++)
		str_done(&ix->upgrades[i].job.payload);
	free(ix->upgrades);
}

/* ---- On the stage ---- */

bool upgrade_urgent(const struct indexer *ix) { return ix->next || writer_staging(ix->writer); }

static void tell_upgraded(struct indexer *ix)
{
	if (ix->upgraded)
		log_event(LOG_NOTICE, "upgraded", "documents", log_number((int64_t)ix->upgraded), NULL);
	ix->upgraded = 0;
}

static void show(struct indexer *ix)
{
	struct err err = {0};
	if (writer_stage_switch(ix->writer, &ix->revision, &err) != 0)
		index_store_failed(ix, &err);
	tell_upgraded(ix);
	reload_switched(ix);
	index_tell(ix);
	index_work(ix); /* there may be more, from another table */
}

/* False: nothing is kept of the table before. */
static bool begin_stage(struct indexer *ix)
{
	struct err err = {0};
	uint64_t from = gazetteer_version(ix->gazetteer);
	if (!ix->next && !writer_stage_wanted(ix->writer, &from))
		return false;
	int rc = writer_stage_begin(ix->writer, from, ix->next ? ix->next : ix->gazetteer, &err);
	if (rc == 0)
		return true;
	if (rc != ERR_NOT_FOUND && rc != ERR_CORRUPT)
		index_store_failed(ix, &err);
	if (!ix->next)
		return false;
	log_event(LOG_NOTICE, "table-unknown", "what", "all documents are looked at again", "why", err.msg, NULL);
	rc = writer_turn(ix->writer, ix->next, &err);
	if (rc == 0)
		rc = writer_commit(ix->writer, &ix->revision, &err);
	if (rc)
		index_store_failed(ix, &err);
	reload_switched(ix);
	return false;
}

static void work_on_stage(struct indexer *ix)
{
	struct err err = {0};
	for (struct upgrade *u; (u = free_one(ix));) {
		if (writer_stage_next(ix->writer, STAGE_BATCH, take, u, &ix->outdated, &err) != 0)
			index_store_failed(ix, &err);
		if (!u->n)
			break;
		submit(u);
	}
	if (!ix->n_upgrading)
		show(ix);
}

/* ---- All of them ---- */

static void work_on_all(struct indexer *ix)
{
	struct err err = {0};
	struct upgrade *u = free_one(ix);
	if (ix->n_upgrading || !u)
		return;
	if (writer_outdated(ix->writer, BATCH, take, u, &ix->outdated, &err) != 0) {
		log_event(LOG_ERROR, "upgrade-stopped", "why", err.msg, NULL);
		ix->upgrade_over = true;
		return;
	}
	if (u->n)
		return submit(u);
	ix->upgrade_over = true;
	tell_upgraded(ix);
}

void upgrade_work(struct indexer *ix)
{
	if (ix->upgrade_over || ix->paused || ix->stopping)
		return;
	if (ix->mixed && !upgrade_urgent(ix))
		return; /* nobody knows yet what new facts would be found with */
	if (!writer_staging(ix->writer) && (ix->n_upgrading || !begin_stage(ix)))
		return work_on_all(ix);
	work_on_stage(ix);
}
