/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET /v1/search and /v1/facets: plan, rank, facets, and the hits with their snippets. */
#include "index/query/pages.h"

#include "base/mem.h"
#include "index/query/facets.h"
#include "index/query/present.h"
#include "index/query/spell.h"
#include "index/query/weights.h"
#include "index/query/story-rows.h"
#include "index/store/record.h"

/* ---- a hit ---- */

static void hit_leaders(struct job *j, const struct view *v, uint32_t row)
{
	const struct list_column *l = &v->c->leaders;
	jw_key(&j->w, "leaders");
	jw_open(&j->w, '[');
	for (uint32_t i = l->start[row]; i < l->start[row + 1]; i++) {
		uint32_t number = v->global[FACET_LEADER][l->item[i]];
		jw_open(&j->w, '{');
		jw_field_str(&j->w, "id", names_at(&j->e->names[FACET_LEADER], number));
		jw_field_str(&j->w, "name", engine_leader_name(j->e, number));
		jw_field_int(&j->w, "mentions", v->c->leader_mentions[i]);
		jw_close(&j->w, '}');
	}
	jw_close(&j->w, ']');
}

static void hit_story(struct job *j, const struct hit *h)
{
	struct view *v = j->e->views[h->view];
	uint32_t n = story_is_alone(j->e, v, h->row) ? 1 : engine_story_size(j->e, h->story);
	jw_key(&j->w, "story");
	jw_open(&j->w, '{');
	jw_field_int(&j->w, "id", story_shown(h->story));
	jw_field_int(&j->w, "others", n ? n - 1 : 0);
	jw_close(&j->w, '}');
}

/* What of a hit is the same in every answer, as JSON: kept, so that a hit that comes again need not be read and written again. */
struct kept_hit {
	size_t n_id, n_rest;
	char json[]; /* the id, then the members from "title" to "leaders" */
};

struct reading { /* a record, read when it is first needed */
	struct arena a;
	struct document d;
	struct facts f;
};

/* Facts are read when the passage needs them, or to know when it was published. */
static int read_hit(struct job *j, const struct hit *h, bool passage, struct reading *r)
{
	struct span plain;
	int rc = snapshot_record(j->e->snapshot, (struct place){h->view, h->row}, &r->a, &plain, &j->err);
	if (!rc && !passage)
		rc = record_document(&r->a, plain, &r->d, &j->err);
	if (!rc && (passage || !interval_any(r->d.published.days)))
		rc = record_decode(&r->a, plain, &r->d, &r->f, &j->err);
	return rc;
}

#define KEEP_UP_TO 100u /* hits a page: who lists an archive does not come back to them */

/* Kept in the cache, or for this request alone. */
static const struct kept_hit *make_kept(struct job *j, const struct hit *h, const struct reading *r, struct span key)
{
	struct jw out = j->w;
	struct str s = {0};
	str_room(&s, 512);
	j->w = (struct jw){.out = &s};
	jw_str(&j->w, r->d.id);
	size_t n_id = s.n;
	j->w.comma = false;
	jw_field_str_or_null(&j->w, "title", r->d.title);
	if (r->d.author.n)
		jw_field_str_or_null(&j->w, "author", r->d.author);
	jw_field_str_or_null(&j->w, "url", r->d.url);
	jw_field_str_or_null(&j->w, "source", r->d.source);
	jw_field_str_or_null(&j->w, "lang", r->d.lang);
	if (r->d.path.n)
		jw_field_str(&j->w, "path", r->d.path);
	jw_key(&j->w, "published");
	jw_when(&j->w, present_published(&r->d, &r->f));
	hit_leaders(j, j->e->views[h->view], h->row);
	j->w = out;
	bool keep = j->r.limit <= KEEP_UP_TO;
	struct kept_hit *k = keep ? mem_alloc(sizeof *k + s.n) : arena_raw(j->a, sizeof *k + s.n);
	*k = (struct kept_hit){.n_id = n_id, .n_rest = s.n - n_id};
	memcpy(k->json, s.p, s.n);
	str_done(&s);
	return keep ? cache_take(j->e->cache, key, k, sizeof *k + n_id + k->n_rest) : k;
}

/* Where the query asks for days: which of them the article speaks of. Then the passage, which shows them. */
static void hit_passage(struct job *j, const struct plan *p, struct reading *r, struct marker *m)
{
	struct mentioned days = {0};
	if (p)
		mentioned_find(&j->r, p, &r->f, &days);
	mentioned_write(&j->w, &days);
	if (!m)
		return;
	jw_key(&j->w, "snippet");
	snippet_write(&j->w, &r->a, m, &r->d, &r->f, &days, j->r.snippet);
}

int hit_write(struct job *j, const struct hit *h, uint64_t rank_, bool scored, const struct plan *p, struct marker *m)
{
	bool needs_text = m || (p && mentioned_asked(&j->r, p));
	uint32_t name[3] = {'H', j->e->views[h->view]->number, h->row};
	struct reading r = {0};
	struct span key = {(const char *)name, sizeof name};
	const struct kept_hit *k = cache_find(j->e->cache, key);
	int rc = !k || needs_text ? read_hit(j, h, needs_text, &r) : 0;
	if (!rc) {
		k = k ? k : make_kept(j, h, &r, key);
		jw_open(&j->w, '{');
		jw_key(&j->w, "id");
		jw_raw(&j->w, (struct span){k->json, k->n_id});
		jw_field_int(&j->w, "rank", rank_);
		jw_key(&j->w, "score");
		if (scored)
			jw_num(&j->w, h->key);
		else
			jw_null(&j->w);
		jw_raw(&j->w, (struct span){k->json + k->n_id, k->n_rest});
		if (needs_text)
			hit_passage(j, p, &r, m);
		hit_story(j, h);
		if (h->alike > 0) {
			jw_key(&j->w, "alike");
			jw_num(&j->w, h->alike);
		}
		jw_close(&j->w, '}');
	}
	arena_done(&r.a);
	return rc;
}

/* ---- the members around them ---- */

/* What in the text cannot find anything, whatever there is. */
static void write_note(struct job *j, const struct plan *p)
{
	if (p->has_text && p->tree.root->kind == NODE_NOTHING)
		jw_field_z(&j->w, "note", "nothing in this text can be searched for");
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		if (p->tree.leaves[i].kind == LEAF_FIELD && p->leaves[i].n_ids == 0) {
			jw_field_str(&j->w, "note", arena_printf(j->a, "no leader is called \"%.*s\"", SPAN_ARG(p->tree.leaves[i].value)));
			return;
		}
}

void query_write(struct job *j, const struct plan *p)
{
	jw_key(&j->w, "query");
	jw_open(&j->w, '{');
	jw_field_str(&j->w, "text", j->r.q.n ? j->r.q : SPAN(""));
	jw_field_str(&j->w, "parsed", p->parsed.n ? p->parsed : SPAN(""));
	jw_field_z(&j->w, "match", p->match == MATCH_ANY ? "any" : "all");
	jw_field_bool(&j->w, "relaxed", p->relaxed);
	jw_key(&j->w, "suggestion");
	spell_write(j, p);
	write_note(j, p);
	if (p->total == 0 && p->n_filters)
		plan_explain_empty(j, p);
	jw_close(&j->w, '}');
}

void truncated_write(struct job *j, const struct plan *p, const struct str *cut)
{
	struct str s = {0};
	if (cut)
		str_span(&s, str_view(cut));
	if (p->tree.n_dropped)
		str_printf(&s, "%s\"q\":\"%zu different words; %u more are left out\"", s.n ? "," : "", p->tree.n_leaves, p->tree.n_dropped);
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		if (p->leaves[i].n_more) {
			str_printf(&s, "%s\"%.*s\":\"the %u most frequent words of %u\"", s.n ? "," : "", SPAN_ARG(p->tree.leaves[i].text), p->leaves[i].n_words,
				p->leaves[i].n_words + p->leaves[i].n_more);
		}
	if (s.n) {
		jw_key(&j->w, "truncated");
		jw_open(&j->w, '{');
		str_span(j->w.out, str_view(&s));
		jw_close(&j->w, '}');
	}
	str_done(&s);
	if (j->partial)
		jw_field_bool(&j->w, "partial", true);
}

static int write_hits(struct job *j, const struct plan *p, const struct cursor *from, const struct ranking *k)
{
	bool scored = weights_matter(j, p);
	struct marker *m = j->r.snippet ? marker_new(j, p) : NULL;
	jw_key(&j->w, "hits");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < k->n_hits; i++) {
		int rc = hit_write(j, &k->hits[i], from->rank + i + 1, scored, p, m);
		if (rc)
			return rc;
	}
	jw_close(&j->w, ']');
	if (!k->more)
		return 0;
	struct cursor next = {.revision = from->given ? from->revision : j->e->snapshot->revision, .rank = from->rank + k->n_hits,
		.last = k->hits[k->n_hits - 1], .head_end = k->head_end, .f = k->f};
	jw_field_str(&j->w, "next", cursor_write(j, &next));
	return 0;
}

int page_search(struct job *j)
{
	struct plan p = {0};
	struct cursor from;
	struct ranking k;
	struct str cut = {0};
	bool hits = j->r.route == ROUTE_SEARCH;
	if (!hits)
		j->r.limit = 0;
	int rc = cursor_read(j, &from);
	p.up_to = from.revision;
	if (rc || (rc = plan_make(j, &p)))
		return rc;
	rank(j, &p, &from, &k);
	if (j->err.code)
		return j->err.code;
	query_write(j, &p);
	jw_field_int(&j->w, "total", k.total);
	if (hits && (rc = write_hits(j, &p, &from, &k)))
		return rc;
	if (j->r.n_facets || !hits)
		facets_write(j, &p, &cut);
	truncated_write(j, &p, &cut);
	str_done(&cut);
	return j->err.code;
}
