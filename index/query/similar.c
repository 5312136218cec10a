/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/docs/{id}/similar: the other members of its story, first published first, with how alike they are; then what speaks of the
 * same: a query of the words that are often here and seldom elsewhere.
 */
#include "index/query/pages.h"
#include "index/query/story-rows.h"

#include "base/mem.h"
#include "index/store/body.h"

#include <math.h>

#define KEY_WORDS 24

struct key_word {
	uint32_t word, times;
	double weight;
};

static int by_word(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

static int by_weight(const void *x, const void *y)
{
	const struct key_word *a = x, *b = y;
	return a->weight != b->weight ? (a->weight > b->weight ? -1 : 1) : a->word < b->word ? -1 : a->word > b->word;
}

/* The words that tell the document from others: often here, seldom elsewhere. */
static size_t key_words(struct job *j, const struct view *v, uint32_t row, struct key_word **out)
{
	size_t n_title, n = streams_read(v->seg->streams, row, NULL, 0, &n_title), n_words = 0;
	uint32_t *s = arena_array(j->a, uint32_t, n + 1);
	streams_read(v->seg->streams, row, s, n, &n_title);
	qsort(s, n, sizeof *s, by_word);
	*out = arena_array(j->a, struct key_word, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || s[i] != s[i - 1])
			(*out)[n_words++].word = s[i];
		(*out)[n_words - 1].times++;
	}
	for (size_t i = 0; i < n_words; i++) {
		struct key_word *k = &(*out)[i];
		double everywhere = streams_word_count(v->seg->streams, k->word), rare = log(((double)v->total_length + 1) / (everywhere + 1));
		k->weight = everywhere > k->times && streams_word_text(v->seg->streams, k->word).n > 2 ? (1 + log((double)k->times)) * rare : 0;
	}
	if (n_words)
		qsort(*out, n_words, sizeof **out, by_weight);
	return n_words < KEY_WORDS ? n_words : KEY_WORDS;
}

/* A query made of words: any of them. */
static void query_of_words(struct job *j, const struct view *v, const struct key_word *k, size_t n, struct plan *p)
{
	struct node *root = arena_new(j->a, struct node);
	size_t cap = 0;
	*p = (struct plan){.has_text = true, .match = MATCH_ANY, .up_to = UINT64_MAX};
	root->kind = NODE_OR;
	for (size_t i = 0; i < n && k[i].weight > 0; i++) {
		struct span *word = arena_new(j->a, struct span);
		struct node *kid = arena_new(j->a, struct node);
		*word = arena_span(j->a, streams_word_text(v->seg->streams, k[i].word));
		*arena_push(j->a, p->tree.leaves, p->tree.n_leaves, cap) =
			(struct leaf){.kind = LEAF_WORD, .words = word, .n_words = 1, .times = 1, .positive = true, .text = *word};
		*kid = (struct node){.kind = NODE_LEAF, .leaf = (uint32_t)i};
		*arena_push(j->a, root->kids, root->n_kids, root->cap_kids) = kid;
	}
	p->tree.root = root;
	p->leaves = arena_array(j->a, struct leaf_plan, p->tree.n_leaves + 1);
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		leaf_prepare(j, &p->tree.leaves[i], &p->leaves[i]);
}

static void match_words(struct job *j, struct plan *p)
{
	p->text = arena_array(j->a, const uint64_t *, j->e->n_views + 1);
	p->counts = arena_array(j->a, uint32_t, j->e->n_views + 1);
	for (size_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		uint64_t *rows = arena_array(j->a, uint64_t, v->n_words + 1);
		for (size_t l = 0; l < p->tree.n_leaves; l++)
			bits_or(rows, leaf_rows(j, &p->leaves[l], v), v->n_words);
		p->text[i] = rows;
	}
	p->match_rows = plan_rows(j, p, SIZE_MAX, N_FACETS);
	for (size_t i = 0; i < j->e->n_views; i++) {
		p->counts[i] = p->match_rows[i] ? bits_count(p->match_rows[i], j->e->views[i]->n_words) : j->e->views[i]->n_rows;
		p->total += p->counts[i];
	}
}

/* ---- its story ---- */

struct member {
	struct hit hit;
	bool dated;
	day_t day;
};

static int first_published_first(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	if (a->dated != b->dated)
		return a->dated ? -1 : 1;
	if (a->dated && a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->hit.revision != b->hit.revision)
		return a->hit.revision < b->hit.revision ? -1 : 1;
	return a->hit.id_hash < b->hit.id_hash ? -1 : a->hit.id_hash > b->hit.id_hash;
}

static const struct story_sig *sig_of(const struct view *v, uint32_t row)
{
	const struct story_sheet *s = &v->seg->body->stories;
	return stories_any(s) ? &s->sigs[row] : NULL;
}

/* The share of their sequences of words that two documents have in common, two digits; 0: unknown. */
static double alike(struct job *j, struct place at, uint32_t view, uint32_t row)
{
	const struct story_sig *a = sig_of(j->e->views[at.segment], at.row), *b = sig_of(j->e->views[view], row);
	if (!a || !b)
		return 0;
	double share = a->exact == b->exact ? 1 : (double)story_resemblance(a, b);
	return share < 0.01 ? 0.01 : share > 0.99 && a->exact != b->exact ? 0.99 : round(share * 100) / 100;
}

static size_t members_of(struct job *j, struct place at, uint64_t story, struct member **out)
{
	size_t n = 0, cap = 0;
	*out = NULL;
	for (uint32_t i = 0; i < j->e->n_views; i++) {
		struct view *v = j->e->views[i];
		const struct story_row *s = view_stories(v);
		for (uint32_t k = view_story_first(v, story); k < v->n_rows && s[k].story == story; k++) {
			uint32_t row = s[k].row;
			if (!view_alive(v, row))
				continue;
			struct hit h = {.story = story, .view = i, .row = row, .revision = v->c->revision[row], .id_hash = v->c->id_hash[row], .alike = alike(j, at, i, row)};
			*arena_push(j->a, *out, n, cap) = (struct member){h, v->c->published_precision[row] != PREC_NONE, v->c->published_from[row]};
		}
	}
	if (n)
		qsort(*out, n, sizeof **out, first_published_first);
	return n;
}

static int write_story(struct job *j, struct place at, uint64_t story)
{
	struct member *m;
	uint64_t rank_ = 0;
	size_t n = members_of(j, at, story, &m), place = 0;
	while (place < n && (m[place].hit.view != at.segment || m[place].hit.row != at.row))
		place++;
	jw_field_int(&j->w, "story_id", story_shown(story));
	jw_field_int(&j->w, "members", n);
	jw_field_int(&j->w, "place", place + 1);
	jw_key(&j->w, "story");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < n && rank_ < j->r.limit; i++) {
		int rc = i == place ? 0 : hit_write(j, &m[i].hit, ++rank_, false, NULL, NULL);
		if (rc)
			return rc;
	}
	jw_close(&j->w, ']');
	return 0;
}

int page_similar(struct job *j)
{
	struct place at;
	struct key_word *k;
	struct plan p;
	struct ranking ranked;
	struct cursor none = {.revision = UINT64_MAX};
	int rc = doc_find(j, &at);
	if (rc)
		return rc;
	uint32_t limit = j->r.limit;
	struct view *v = j->e->views[at.segment];
	uint64_t story = view_story(v, at.row), rank_ = 0;
	size_t n = key_words(j, v, at.row, &k);
	query_of_words(j, v, k, n, &p);
	match_words(j, &p);
	j->r.sort = SORT_RELEVANCE;
	j->r.limit = limit + 1 + engine_story_size(j->e, story);
	rank(j, &p, &none, &ranked);
	j->r.limit = limit;
	if (j->err.code)
		return j->err.code;
	jw_field_str(&j->w, "id", j->r.doc_id);
	if ((rc = write_story(j, at, story)))
		return rc;
	struct marker *m = j->r.snippet ? marker_new(j, NULL) : NULL;
	jw_key(&j->w, "hits");
	jw_open(&j->w, '[');
	for (size_t i = 0; i < ranked.n_hits && rank_ < limit; i++)
		if (ranked.hits[i].story != story && (rc = hit_write(j, &ranked.hits[i], ++rank_, true, NULL, m)))
			return rc;
	jw_close(&j->w, ']');
	return 0;
}
