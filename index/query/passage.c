/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/passage.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/store/terms.h"

/* ---- the words of a stem ---- */

#define FORMS_LOOKED_AT 128u /* words that begin like a stem: the most frequent ones */

struct forms_of_stem { /* kept in the cache */
	uint32_t n;
	uint32_t words[]; /* numbers of the segment */
};

static bool has_stem(struct job *j, struct span word, struct span stem)
{
	char buf[TERM_MAX];
	for (size_t i = 0; i < j->e->n_stem_langs; i++)
		if (span_eq(stem, (struct span){buf, terms_stem(word, j->e->stem_langs[i], buf)}))
			return true;
	return false;
}

/* Stems end otherwise than words ("studi", "study"), so the last letter is left open; short stems are taken as they are. */
static uint32_t find_forms(struct job *j, const struct view *v, struct span word, struct span stem, uint32_t *out)
{
	const struct token_streams *s = v->seg->streams;
	uint32_t n = 0, typed = streams_word(s, word), plain = streams_word(s, stem);
	if (typed != NO_WORD)
		out[n++] = typed;
	if (plain != NO_WORD && plain != typed)
		out[n++] = plain;
	if (stem.n < 4)
		return n;
	uint32_t like[FORMS_LOOKED_AT];
	size_t exist = streams_words_with_prefix(s, span_sub(stem, 0, utf8_floor(stem, stem.n - 1)), like, FORMS_LOOKED_AT);
	for (size_t i = 0; i < exist && i < FORMS_LOOKED_AT; i++)
		if (like[i] != typed && like[i] != plain && has_stem(j, streams_word_text(s, like[i]), stem))
			out[n++] = like[i];
	return n;
}

static const struct forms_of_stem *forms_of(struct job *j, const struct view *v, struct span word, struct span stem)
{
	struct span name = arena_printf(j->a, "G%08x%.*s %.*s", v->number, SPAN_ARG(stem), SPAN_ARG(word));
	const struct forms_of_stem *known = cache_find(j->e->cache, name);
	if (known)
		return known;
	uint32_t found[FORMS_LOOKED_AT + 2], n = find_forms(j, v, word, stem, found);
	struct forms_of_stem *fresh = mem_alloc(sizeof *fresh + n * sizeof *found);
	fresh->n = n;
	if (n)
		memcpy(fresh->words, found, n * sizeof *found);
	return cache_take(j->e->cache, name, fresh, sizeof *fresh + n * sizeof *found);
}

/* ---- one view ---- */

struct passages {
	struct job *j;
	const struct plan *p;
	const struct frequencies *f;
	const struct view *v;
	uint8_t *of; /* by word of the segment: which weight; the engine's, left at 0 */
	uint32_t n_of;
	float weights[256];
};

/* Gives each word of a stem of the query its weight's number; with `clear`, takes it away again. */
static void number_words(struct passages *k, bool clear)
{
	size_t at = 0;
	uint32_t number = 0;
	for (size_t i = 0; i < k->p->tree.n_leaves; i++) {
		const struct leaf *l = &k->p->tree.leaves[i];
		const struct leaf_plan *lp = &k->p->leaves[i];
		bool wanted = leaf_scores(l) && !l->title && l->kind != LEAF_PREFIX;
		for (uint32_t w = 0; leaf_scores(l) && w < lp->n_words; w++, at++) {
			if (!wanted || number == 255)
				continue;
			k->weights[++number] = k->f->weights[at];
			for (size_t s = 0; s < lp->words[w].n; s++) {
				const struct forms_of_stem *forms = forms_of(k->j, k->v, lp->words[w].word, lp->words[w].v[s]);
				for (uint32_t i2 = 0; i2 < forms->n; i2++)
					if (clear || !k->of[forms->words[i2]])
						k->of[forms->words[i2]] = clear ? 0 : (uint8_t)number;
			}
		}
	}
}

double passage_best(const uint32_t *words, size_t n, const uint8_t *of, uint32_t n_of, const float weights[256])
{
	uint32_t times[256] = {0};
	double sum = 0, best = 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t in = words[i] < n_of ? of[words[i]] : 0, out = i >= PASSAGE_WORDS && words[i - PASSAGE_WORDS] < n_of ? of[words[i - PASSAGE_WORDS]] : 0;
		if (in && times[in]++ == 0)
			sum += (double)weights[in];
		if (out && --times[out] == 0)
			sum -= (double)weights[out];
		best = sum > best ? sum : best;
	}
	return best;
}

static void lift_view(struct passages *k, uint32_t view, struct hit *hits, size_t n)
{
	struct engine *e = k->j->e;
	e->stream = e->stream_cap < PASSAGE_READ ? mem_grow(e->stream, &e->stream_cap, PASSAGE_READ, sizeof *e->stream) : e->stream;
	number_words(k, false);
	for (size_t i = 0; i < n; i++) {
		size_t n_title, words;
		if (hits[i].view != view)
			continue;
		words = streams_read(k->v->seg->streams, hits[i].row, e->stream, PASSAGE_READ, &n_title);
		hits[i].key += PASSAGE_SHARE * passage_best(e->stream, words < PASSAGE_READ ? words : PASSAGE_READ, k->of, k->n_of, k->weights);
	}
	number_words(k, true);
}

void passage_lift(struct job *j, const struct plan *p, const struct frequencies *f, struct hit *hits, size_t n)
{
	for (uint32_t view = 0; view < j->e->n_views; view++) {
		const struct view *v = j->e->views[view];
		struct passages k = {.j = j, .p = p, .f = f, .v = v, .n_of = streams_n_words(v->seg->streams)};
		bool some = false;
		for (size_t i = 0; i < n && !some; i++)
			some = hits[i].view == view;
		if (!some)
			continue;
		if (j->e->n_word_marks < k.n_of) {
			free(j->e->word_marks);
			j->e->word_marks = mem_alloc(k.n_of);
			j->e->n_word_marks = k.n_of;
		}
		k.of = j->e->word_marks;
		lift_view(&k, view, hits, n);
	}
}
