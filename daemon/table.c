/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leaders' table in the front: loaded once for all children to share, and loaded again when it has changed.
 *
 *	SIGHUP ─► next ─ RELOAD ─► index: new facts for the documents concerned, then one commit ─ SWITCHED ─► next is the table now,
 *	                                                                                       search workers start again with it
 *
 * Until then search workers go on with the old table and the old facts; a worker that meets facts of another table than its own
 * does not take them (engine.c). The front itself does not look into the table.
 */
#include "daemon/front.h"

#include "base/log.h"

#include <stdio.h>

#define PROBLEMS_TOLD 20

/* `any`: was there a leader? */
static struct gazetteer *load(const struct front *f, bool *any)
{
	struct err err = {0};
	struct gazetteer *g = NULL;
	const struct table_problem *problems;
	*any = gazetteer_load(f->cfg->data, f->cfg->user_data, &g, &err) == 0;
	if (!*any)
		log_event(LOG_WARN, "no-leaders", "data", f->cfg->data, "why", err.msg, NULL);
	size_t n = gazetteer_problems(g, &problems);
	for (size_t i = 0; i < n && i < PROBLEMS_TOLD; i++) {
		AUTO_STR struct str file = {0}, what = {0};
		str_span(&file, problems[i].file);
		str_span(&what, problems[i].what);
		log_event(LOG_WARN, "bad-row", "file", str_cz(&file), "line", log_number(problems[i].line), "why", str_cz(&what), NULL);
	}
	return g;
}

void front_table_load(struct front *f)
{
	bool any;
	f->gazetteer = load(f, &any);
}

void front_table_offer(struct front *f)
{
	AUTO_STR struct str s = {0};
	if (!f->next || f->index_state != INDEX_UP)
		return;
	pack_u64(&s, gazetteer_version(f->next));
	channel_send(f->index, FRAME_RELOAD, 0, str_view(&s), -1);
}

/* One change at a time: what comes while the index works on it is looked at afterwards. */
void front_table_reload(struct front *f)
{
	if (f->stopping)
		return;
	if (f->next && f->index_state == INDEX_UP) { /* the index will tell that it has switched: it must find what it was told to take */
		f->reload_again = true;
		return;
	}
	bool any;
	struct gazetteer *g = load(f, &any);
	if (!any && gazetteer_n_leaders(f->gazetteer)) { /* the files are being replaced, say: rather the old table than nobody at all */
		log_event(LOG_WARN, "table-kept", "why", "no leader could be read: the table before stays", NULL);
		f->reload_again = false;
		gazetteer_free(g);
		return;
	}
	bool same = gazetteer_version(g) == gazetteer_version(f->gazetteer);
	f->reload_again = false;
	gazetteer_free(f->next);
	f->next = same ? NULL : g;
	log_event(LOG_NOTICE, same ? "table-unchanged" : "table-changed", "leaders", log_number((int64_t)gazetteer_n_leaders(g)), NULL);
	if (same) { /* but its problems may be others; children have copies of their own */
		gazetteer_free(f->gazetteer);
		f->gazetteer = g;
	}
	front_table_offer(f);
}

/* The index process found other files than we did. */
void front_table_refused(struct front *f)
{
	gazetteer_free(f->next);
	f->next = NULL;
	front_table_reload(f);
}

void front_table_switched(struct front *f)
{
	if (!f->next)
		return;
	gazetteer_free(f->gazetteer);
	f->gazetteer = f->next;
	f->next = NULL;
	pool_recycle(f->search);
	pool_recycle(f->analyze);
	log_event(LOG_NOTICE, "table-taken-up", NULL);
	if (f->reload_again)
		front_table_reload(f);
}

void front_table_status(const struct front *f, struct jw *w)
{
	char version[17];
	const struct gazetteer *g = f->gazetteer;
	const struct table_problem *problems;
	size_t n = gazetteer_problems(f->next ? f->next : g, &problems);
	snprintf(version, sizeof version, "%016llx", (unsigned long long)gazetteer_version(g));
	jw_open(w, '{');
	jw_field_z(w, "version", version);
	jw_field_int(w, "leaders", gazetteer_n_leaders(g));
	jw_key(w, "changing");
	jw_bool(w, f->next != NULL);
	jw_key(w, "problems");
	jw_open(w, '[');
	for (size_t i = 0; i < n && i < PROBLEMS_TOLD; i++) {
		jw_open(w, '{');
		jw_field_str(w, "file", problems[i].file);
		jw_field_int(w, "line", problems[i].line);
		jw_field_str(w, "what", problems[i].what);
		jw_close(w, '}');
	}
	jw_close(w, ']');
	jw_close(w, '}');
}
