/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, following the manifest, and what is known of a segment once and for all. */
#include "index/query/serving.h"

#include "base/mem.h"
#include "index/facts/gazetteer.h"
#include "index/query/score.h"
#include "index/query/dates.h"
#include "index/store/terms.h"

#include <limits.h>
#include <math.h>
#include <time.h>

int64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool job_late_now(struct job *j)
{
	if (!j->partial && j->soft_us)
		j->partial = clock_us() > j->soft_us;
	return j->partial;
}

bool job_late(struct job *j) { return ++j->ticks % 64 == 0 ? job_late_now(j) : j->partial; }

/* ---- columns ---- */

const struct dictionary *view_dictionary(const struct view *v, enum facet field)
{
	switch (field) {
	case FACET_LEADER: return &v->c->leader_names;
	case FACET_COUNTRY: return &v->c->country_names;
	case FACET_SOURCE: return &v->c->source_names;
	case FACET_LANG: return &v->c->lang_names;
	default: return &v->c->office_names;
	}
}

const struct list_column *view_list(const struct view *v, enum facet field)
{
	bool list = field == FACET_LEADER || field == FACET_COUNTRY || field == FACET_OFFICE;
	if (v->in_office && list)
		return &v->serving[field];
	switch (field) {
	case FACET_LEADER: return &v->c->leaders;
	case FACET_COUNTRY: return &v->c->countries;
	case FACET_OFFICE: return &v->c->offices;
	default: return NULL;
	}
}

const uint32_t *view_single(const struct view *v, enum facet field)
{
	return field == FACET_SOURCE ? v->c->source : field == FACET_LANG ? v->c->lang : NULL;
}

/* ---- views ---- */

static void view_free(struct view *v)
{
	if (!v)
		return;
	for (int f = 0; f < N_FIELDS; f++)
		free(v->global[f]);
	free(v->alive);
	for (int i = 0; i < MAX_STEMMERS; i++)
		free(v->stemmed[i]);
	free(v->norm);
	free(v->stories);
	free(v->lonely);
	view_tally_free(v->tally);
	view_serving_free(v);
	view_dates_free(v->dates);
	free(v);
}

static struct view *view_new(struct engine *e, struct segment *s)
{
	struct view *v = mem_alloc(sizeof *v);
	memcpy(v->name, s->name, sizeof v->name);
	v->number = e->next_number++;
	v->n_rows = s->n_rows;
	v->n_words = bits_words(s->n_rows);
	v->c = &s->columns;
	v->norm_step = INT_MIN;
	for (int f = 0; f < N_FIELDS; f++) {
		const struct dictionary *d = view_dictionary(v, (enum facet)f);
		v->global[f] = mem_alloc(d->n * sizeof(uint32_t) + 1);
		for (uint32_t i = 0; i < d->n; i++)
			v->global[f][i] = names_add(&e->names[f], dictionary_at(d, i));
	}
	for (uint32_t row = 0; row < v->n_rows; row++)
		v->total_length += v->c->length[row];
	return v;
}

static void mark_dead(struct view *v, const roaring_bitmap_t *dead)
{
	free(v->alive);
	v->alive = NULL;
	v->n_alive = v->n_rows;
	if (!dead)
		return;
	v->alive = mem_alloc((v->n_words + 1) * sizeof *v->alive);
	bits_fill(v->alive, v->n_rows);
	roaring_uint32_iterator_t it;
	for (roaring_init_iterator(dead, &it); it.has_value; roaring_advance_uint32_iterator(&it))
		if (it.current_value < v->n_rows)
			bits_clear(v->alive, it.current_value);
	v->n_alive = bits_count(v->alive, v->n_words);
}

/* The view of a segment: the old one where there is one, which is then taken out of the old list. */
static struct view *view_for(struct engine *e, struct segment *s)
{
	struct view *v = NULL;
	for (size_t i = 0; i < e->n_views && !v; i++)
		if (e->views[i] && strcmp(e->views[i]->name, s->name) == 0) {
			v = e->views[i];
			e->views[i] = NULL;
		}
	bool fresh = !v;
	if (fresh)
		v = view_new(e, s);
	v->seg = s;
	v->c = &s->columns;
	if (!fresh && strcmp(v->stories_name, s->stories_name) != 0) {
		free(v->stories);
		v->stories = NULL;
	}
	memcpy(v->stories_name, s->stories_name, sizeof v->stories_name);
	if (fresh || v->n_dead != s->n_dead)
		mark_dead(v, s->dead);
	v->n_dead = s->n_dead;
	return v;
}

static void add_stem_lang(struct engine *e, struct span lang)
{
	const char *stemmer = terms_stemmer(lang);
	for (size_t i = 0; i < e->n_stem_langs; i++)
		if (strcmp(terms_stemmer(e->stem_langs[i]), stemmer) == 0)
			return;
	if (e->n_stem_langs < MAX_STEMMERS)
		e->stem_langs[e->n_stem_langs++] = lang;
}

/* One language a stemmer; English first, for that is what documents of unknown language are taken for. */
static void find_stemmers(struct engine *e)
{
	e->n_stem_langs = 0;
	add_stem_lang(e, SPAN("en"));
	for (uint32_t i = 0; i < e->names[FACET_LANG].n; i++)
		add_stem_lang(e, names_at(&e->names[FACET_LANG], i));
}

/* Another index in the same place: its segments may have the names of the old ones. */
static void forget_views(struct engine *e)
{
	for (size_t i = 0; i < e->n_views; i++)
		view_free(e->views[i]);
	e->n_views = 0;
}

static void take_snapshot(struct engine *e, struct snapshot *s)
{
	if (e->snapshot && strcmp(e->snapshot->uuid, s->uuid) != 0)
		forget_views(e);
	struct view **views = mem_alloc((s->n_segments + 1) * sizeof *views);
	uint64_t length = 0;
	e->n_rows = 0;
	for (size_t i = 0; i < s->n_segments; i++) {
		views[i] = view_for(e, s->segments[i]);
		views[i]->index = (uint32_t)i;
		e->n_rows += views[i]->n_rows;
		length += views[i]->total_length;
	}
	for (size_t i = 0; i < e->n_views; i++)
		view_free(e->views[i]);
	free(e->views);
	e->views = views;
	e->n_views = s->n_segments;
	snapshot_close(e->snapshot);
	e->snapshot = s;
	e->n_snapshots++;
	double average = e->n_rows ? (double)length / (double)e->n_rows : 1;
	e->length_step = (int)lround(log(average > 1 ? average : 1) / log(LENGTH_STEP));
	find_stemmers(e);
}

int engine_open(const char *index_dir, const struct gazetteer *g, const struct engine_limits *limits, struct engine **out, struct err *err)
{
	struct snapshot *s = NULL;
	int rc = snapshot_open(index_dir, NULL, &s, err);
	if (rc)
		return rc;
	struct engine *e = mem_alloc(sizeof *e);
	e->dir = mem_dup(index_dir, strlen(index_dir) + 1);
	e->g = g;
	e->limits = limits ? *limits : engine_default_limits();
	e->cache = cache_new(e->limits.cache_bytes);
	for (int grain = 0; grain < GRAIN_COUNT_; grain++)
		e->buckets[grain].grain = (enum granularity)grain;
	e->points = mem_alloc(SCORE_WINDOW * sizeof *e->points);
	e->code_norms_step = INT_MIN;
	take_snapshot(e, s);
	*out = e;
	return 0;
}

void engine_close(struct engine *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n_views; i++)
		view_free(e->views[i]);
	free(e->views);
	snapshot_close(e->snapshot);
	for (int f = 0; f < N_FIELDS; f++) {
		names_done(&e->names[f]);
		texts_done(&e->values[f]);
	}
	for (int g = 0; g < GRAIN_COUNT_; g++)
		buckets_done(&e->buckets[g]);
	cache_free(e->cache);
	free(e->leader_names);
	str_done(&e->forms);
	free(e->form_start);
	names_done(&e->form_ids);
	free(e->stream);
	free(e->word_marks);
	free(e->points);
	free(e->dir);
	free(e);
}

/* Facts found with another leaders' table than ours are for the workers to come: till then the old ones and the old names go together. */
static bool ahead(const struct engine *e, const struct snapshot *s)
{
	return e->g && strcmp(s->uuid, e->snapshot->uuid) == 0 && s->table && s->table != e->snapshot->table && s->table != gazetteer_version(e->g);
}

int engine_refresh(struct engine *e, struct err *err)
{
	struct snapshot *s = NULL;
	if (!snapshot_stale(e->dir, e->snapshot))
		return 0;
	int rc = snapshot_open(e->dir, e->snapshot, &s, NULL);
	if (rc || strcmp(s->uuid, e->snapshot->uuid) != 0) { /* what is open may be of another index: nothing is taken over */
		if (!rc)
			snapshot_close(s);
		rc = snapshot_open(e->dir, NULL, &s, err);
	}
	if (rc)
		return rc;
	if (ahead(e, s))
		snapshot_close(s);
	else
		take_snapshot(e, s);
	return 0;
}

uint64_t engine_revision(const struct engine *e) { return e->snapshot->revision; }

/* ---- names ---- */

struct span engine_leader_name(struct engine *e, uint32_t number)
{
	e->leader_names = mem_grow(e->leader_names, &e->cap_leader_names, number + 1u, sizeof *e->leader_names);
	while (e->n_leader_names <= number)
		e->leader_names[e->n_leader_names++] = SPAN_NONE;
	if (!e->leader_names[number].p) {
		const struct leader *l = e->g ? gazetteer_by_id(e->g, names_at(&e->names[FACET_LEADER], number)) : NULL;
		if (!l || !l->name.n)
			return names_at(&e->names[FACET_LEADER], number);
		e->leader_names[number] = l->name;
	}
	return e->leader_names[number];
}

struct span engine_value_name(struct engine *e, enum facet field, uint32_t number)
{
	struct span id = names_at(&e->names[field], number);
	if (field == FACET_LEADER)
		return engine_leader_name(e, number);
	return field == FACET_COUNTRY && e->g ? gazetteer_country_name(e->g, id) : id;
}

/* ---- languages ---- */

/* Stemmers that do not fit into the table are taken for English ones: their documents are found by words that no language changes. */
static uint32_t stemmer_number(const struct engine *e, struct span lang)
{
	const char *stemmer = terms_stemmer(lang);
	for (uint32_t i = 1; i < e->n_stem_langs; i++)
		if (strcmp(terms_stemmer(e->stem_langs[i]), stemmer) == 0)
			return i;
	return 0;
}

static void find_stemmed(const struct engine *e, struct view *v)
{
	const struct dictionary *langs = &v->c->lang_names;
	AUTO_FREE uint32_t *number = mem_alloc((langs->n + 1u) * sizeof *number);
	for (uint32_t i = 0; i < langs->n; i++)
		number[i] = stemmer_number(e, dictionary_at(langs, i));
	for (uint32_t row = 0; row < v->n_rows; row++) {
		uint32_t s = v->c->lang[row] < langs->n ? number[v->c->lang[row]] : 0;
		if (s && !v->stemmed[s])
			v->stemmed[s] = mem_alloc((v->n_words + 1) * sizeof(uint64_t));
		if (s)
			bits_set(v->stemmed[s], row);
	}
	v->n_stemmed = (uint32_t)e->n_stem_langs;
}

bool view_stems(struct engine *e, struct view *v, uint32_t stemmers)
{
	bool some = stemmers & 1;
	if (!v->n_stemmed)
		find_stemmed(e, v);
	for (uint32_t i = 1; i < MAX_STEMMERS && !some; i++)
		some = stemmers >> i & 1 && v->stemmed[i];
	return some;
}

bool view_row_stemmed(const struct view *v, uint32_t stemmers, uint32_t row)
{
	for (uint32_t i = 1; stemmers >> i; i++)
		if (stemmers >> i & 1 && v->stemmed[i] && bits_has(v->stemmed[i], row))
			return true;
	return false;
}

uint64_t *view_stemmed(struct job *j, struct view *v, uint32_t stemmers)
{
	uint64_t *rows = NULL;
	if (!v->n_stemmed)
		find_stemmed(j->e, v);
	for (uint32_t i = 1; i < MAX_STEMMERS; i++) {
		if (!(stemmers >> i & 1) || !v->stemmed[i])
			continue;
		rows = rows ? rows : arena_array(j->a, uint64_t, v->n_words + 1);
		bits_or(rows, v->stemmed[i], v->n_words);
	}
	return rows;
}

/* ---- numbers of a view ---- */

const float *engine_code_norms(struct engine *e, int step)
{
	for (int code = 0; e->code_norms_step != step && code < 256; code++)
		e->code_norms[code] = score_norm(posting_length((uint8_t)code), score_average(step));
	e->code_norms_step = step;
	return e->code_norms;
}

const float *view_norms(struct view *v, int step)
{
	const double average = score_average(step);
	if (v->norm && v->norm_step == step)
		return v->norm;
	if (!v->norm)
		v->norm = mem_alloc((v->n_rows + 1u) * sizeof *v->norm);
	for (uint32_t row = 0; row < v->n_rows; row++)
		v->norm[row] = score_norm(v->c->length[row], average);
	v->norm_step = step;
	return v->norm;
}
