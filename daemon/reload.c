/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changed settings, and a changed leaders' table, in the index process. Settings come from the front (settings.c) and hold from then on.
 * Of the table it loads the same files as the front has (jailed readers cannot, and nothing can be shared with a process that is
 * running); the version says whether they are still the same.
 *
 *	RELOAD ─► next ─ upgrade.c: the documents concerned, on the stage ─► switch ─► SWITCHED to the front, readers start again
 *
 * Readers that are in the middle of a file end it with the table they have; what they give until then is put right afterwards.
 */
#include "daemon/indexer.h"
#include "daemon/scrub.h"
#include "daemon/sources.h"

#include "base/log.h"
#include "index/facts/gazetteer.h"
#include "index/store/writer.h"

void reload_begin(struct indexer *ix, uint64_t version)
{
	struct err err = {0};
	struct gazetteer *g = NULL;
	if (gazetteer_load(ix->cfg->data, ix->cfg->user_data, &g, &err) != 0)
		log_event(LOG_WARN, "no-leaders", "data", ix->cfg->data, "why", err.msg, NULL);
	if (gazetteer_version(g) != version) { /* changed once more, or half written: the front looks again */
		gazetteer_free(g);
		channel_send(ix->front, FRAME_RELOAD, 0, SPAN_NONE, -1);
		return;
	}
	writer_stage_drop(ix->writer); /* what was on it for a table that was never taken up */
	gazetteer_free(ix->next);
	ix->next = g;
	ix->upgrade_over = ix->idle = false;
	pool_recycle(ix->renewers);
	index_tell(ix);
	index_work(ix);
}

void reload_switched(struct indexer *ix)
{
	struct gazetteer *before = ix->own;
	if (!ix->next)
		return;
	ix->gazetteer = ix->own = ix->next;
	ix->next = NULL;
	gazetteer_free(before);
	channel_send(ix->front, FRAME_SWITCHED, 0, SPAN_NONE, -1); /* before the readers are asked for: they are forked with it */
	pool_recycle(ix->files);
	pool_recycle(ix->pushers);
	ix->mixed = true;
	reload_settle(ix);
}

/* Readers are forked by the front, which has the settings already. Those in the middle of a file end it with the limits they have. */
void reload_settings(struct indexer *ix, struct span packed)
{
	uint64_t scrub_s = ix->cfg->scrub_s, version = rows_version(ix);
	struct pool *const pools[] = {ix->files, ix->pushers, ix->renewers};
	config_unpack(&ix->settings, packed);
	log_threshold((enum log_level)ix->cfg->log_level);
	for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
		pool_set_step(pools[i], ix->cfg->wall_ms);
		pool_recycle(pools[i]);
	}
	index_set_rescan(ix);
	if (scrub_s != ix->cfg->scrub_s) {
		scrub_free(ix->scrub);
		ix->scrub = scrub_new(ix);
	}
	sources_configured(ix);
	if (version != rows_version(ix)) /* what failed may be read now */
		sources_rescan(ix);
	index_tell(ix);
}

void reload_settle(struct indexer *ix)
{
	struct err err = {0};
	if (!ix->mixed)
		return;
	ix->mixed = pool_old(ix->files) || pool_old(ix->pushers);
	if (writer_several_tables(ix->writer, ix->mixed, &err) != 0)
		index_store_failed(ix, &err);
	index_work(ix);
}
