/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /v1/docs/{id}: one document, whole. */
#include "index/query/pages.h"

#include "index/query/present.h"
#include "index/query/story-rows.h"
#include "index/store/record.h"

int doc_find(struct job *j, struct place *at)
{
	int rc = snapshot_find(j->e->snapshot, j->r.doc_id, at, NULL);
	if (rc == ERR_NOT_FOUND) {
		struct span id = j->r.doc_id;
		return err_set(&j->err, ERR_NOT_FOUND, "no document has the id \"%.*s\"", (int)(id.n < 200 ? id.n : 200), id.p);
	}
	return rc ? snapshot_find(j->e->snapshot, j->r.doc_id, at, &j->err) : 0;
}

static void field_if(struct jw *w, const char *key, struct span s)
{
	if (s.n)
		jw_field_str(w, key, s);
}

int page_doc(struct job *j)
{
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	int rc = doc_find(j, &at);
	if (rc || (rc = snapshot_record(j->e->snapshot, at, j->a, &plain, &j->err)) || (rc = record_decode(j->a, plain, &d, &f, &j->err)))
		return rc;
	const struct view *v = j->e->views[at.segment];
	uint64_t story = view_story(v, at.row);
	uint32_t n = engine_story_size(j->e, story);
	present_members(&j->w, j->a, j->e->g, &d, &f, j->r.dropped);
	field_if(&j->w, "path", d.path);
	field_if(&j->w, "site", d.site);
	field_if(&j->w, "section", d.section);
	jw_field_int(&j->w, "added", v->c->revision[at.row]);
	jw_key(&j->w, "story");
	jw_open(&j->w, '{');
	jw_field_int(&j->w, "id", story_shown(story));
	jw_field_int(&j->w, "others", n ? n - 1 : 0);
	jw_close(&j->w, '}');
	return 0;
}
