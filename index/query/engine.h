/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine from inside: a snapshot seen segment by segment, names that mean the same in all of them, and the caches.
 *
 *	snapshot ─► view 0 … view n       one a segment; kept from snapshot to snapshot while the segment lives
 *	            │ ordinal of a column ─global[]─► number of the engine (leaders, countries, …), which never changes meaning
 *	            └ number: the segment's name in the caches, never used again for another
 */
#ifndef DOSSIER_INDEX_QUERY_ENGINE_H
#define DOSSIER_INDEX_QUERY_ENGINE_H

#include "base/json.h"
#include "index/query/answer.h"
#include "index/query/bits.h"
#include "index/query/buckets.h"
#include "index/query/cache.h"
#include "index/query/request.h"
#include "index/query/tree.h"
#include "index/store/names.h"
#include "index/store/snapshot.h"
#include "index/store/streams.h"

#define MAX_STEMMERS 16

struct view {
	char name[32], stories_name[40];
	uint32_t number, n_rows, n_alive, n_dead;
	uint32_t index;             /* which of engine.views it is now */
	size_t n_words;             /* 64-bit words of a set of its rows */
	struct segment *seg;        /* the snapshot's; only good while that is */
	const struct columns *c;
	uint64_t *alive;            /* NULL: all of them */
	uint32_t *global[N_FIELDS]; /* ordinal of the segment -> number of the engine */
	uint64_t total_length;
	float *norm;                /* by row: what BM25 divides by, for norm_step */
	int norm_step;
	bool in_office;             /* serving.c: leaders, countries and offices are those in office; what is counted of them lies in other_tally meanwhile */
	struct view_tally *other_tally;
	struct list_column *serving; /* by field; NULL: not yet made */
	uint64_t *stemmed[MAX_STEMMERS]; /* by stemmer of the engine: rows of its languages; NULL: none; made when first needed */
	uint32_t n_stemmed;         /* stemmers there were then; 0: not yet made */
	struct view_tally *tally;   /* tally.c, dates.c: for counting; made when first needed */
	struct view_dates *dates;
	struct story_row *stories;  /* story-rows.c: all rows, by story; made when first needed */
	uint64_t *lonely;           /* rows that are alone in their story, as of snapshot lonely_at */
	uint64_t lonely_at;
};

struct engine {
	char *dir;
	const struct gazetteer *g;
	struct engine_limits limits;
	struct snapshot *snapshot;
	uint64_t n_snapshots; /* taken so far */
	struct view **views; /* in order of the snapshot's segments */
	size_t n_views;
	uint32_t next_number;
	struct names names[N_FIELDS]; /* numbers of the engine */
	struct span *leader_names;    /* by number of a leader: as shown */
	size_t n_leader_names, cap_leader_names;
	struct str forms;     /* forms.c: the leaders' names, folded */
	uint32_t *form_start;
	struct names form_ids;
	struct buckets buckets[GRAIN_COUNT_]; /* of time: all that were ever counted in */
	struct texts values[N_FIELDS]; /* facets.c: by number, a value of a facet as JSON */
	struct cache *cache;
	struct span stem_langs[MAX_STEMMERS]; /* one language for each stemmer that documents were made with */
	size_t n_stem_langs;
	uint64_t n_rows;    /* dead ones too: what document frequencies are of */
	int length_step;    /* average length, as a power of LENGTH_STEP: stays the same while little changes */
	uint32_t *stream;   /* one token stream, decoded */
	size_t stream_cap;
	uint8_t *word_marks; /* passage.c: by word of a segment, always left at 0 */
	uint32_t n_word_marks;
	uint32_t *points;   /* rank.c: a window of rows, always left at 0 */
	float code_norms[256]; /* of each posting_length(), for code_norms_step */
	int code_norms_step;
};
#define SCORE_WINDOW 4096u

/* One request as it is worked on. */
struct job {
	struct engine *e;
	struct arena *a;
	struct request r;
	struct jw w;
	int64_t started_us, soft_us; /* soft_us: when to stop and answer what there is; 0: never */
	bool partial;
	uint32_t ticks;
	struct err err;
	struct str extra; /* members of a problem: "\"candidates\":[…]" */
};

int64_t clock_us(void);
bool job_late_now(struct job *j); /* looks at the clock */
bool job_late(struct job *j); /* true, for good, when the soft deadline has passed: cheap enough for inner loops */

/* Column, dictionary and name of a field. Source and lang have one value a row. */
const struct dictionary *view_dictionary(const struct view *v, enum facet field);
const struct list_column *view_list(const struct view *v, enum facet field); /* NULL: source, lang */
const uint32_t *view_single(const struct view *v, enum facet field);         /* NULL: the others */
static inline bool view_alive(const struct view *v, uint32_t row) { return !v->alive || bits_has(v->alive, row); }
static inline struct interval view_published(const struct view *v, uint32_t row)
{
	return (struct interval){v->c->published_from[row], v->c->published_to[row], v->c->published_precision[row]};
}
static inline uint64_t view_story(const struct view *v, uint32_t row) { return story_number_of(&v->seg->stories, row); }
struct span engine_leader_name(struct engine *e, uint32_t number);
struct span engine_value_name(struct engine *e, enum facet field, uint32_t number); /* as shown to people; the id where there is no better one */
/* A copy in the request's arena of the rows whose documents were stemmed by one of these (bits: numbers in stem_langs); NULL: there are none. */
uint64_t *view_stemmed(struct job *j, struct view *v, uint32_t stemmers);
bool view_stems(struct engine *e, struct view *v, uint32_t stemmers); /* has it any such row? English: always */
bool view_row_stemmed(const struct view *v, uint32_t stemmers, uint32_t row); /* is it one of those of other languages? After view_stems() */
const float *view_norms(struct view *v, int step);                   /* by row: what score_share() divides by, for an average length */
const float *engine_code_norms(struct engine *e, int step);          /* the same of each posting_length() */
static inline int64_t story_shown(uint64_t number) { return (int64_t)(number & 0x1FFFFFFFFFFFFF); } /* exact in any JSON reader; segments of an older schema have hashes */

#endif
