/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/passage.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "index/store/terms.h"

/* ---- the words of a stem ---- */

#define FORMS_LOOKED_AT 48u /* words that begin like a stem: the most frequent ones */

struct forms_of_stem { /* kept in the cache */
	uint32_t n;
	uint32_t words[]; /* numbers of the segment */
};

/* Stemming is what this costs: where English gives the stem, it is asked alone. */
static bool has_stem(struct job *j, struct span word, struct span stem, uint32_t stemmers)
{
	char buf[TERM_MAX];
	for (size_t i = 0; i < j->e->n_stem_langs && (i == 0 || !(stemmers & 1)); i++)
		if ((stemmers >> i & 1) && span_eq(stem, (struct span){buf, terms_stem(word, j->e->stem_langs[i], buf)}))
			return true;
	return false;
}

/* Stems end otherwise than words ("studi", "study"), so the last letter is left open; short stems are taken as they are. */
static uint32_t find_forms(struct job *j, const struct view *v, struct span word, struct span stem, uint32_t stemmers, uint32_t *out)
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
		if (like[i] != typed && like[i] != plain && has_stem(j, streams_word_text(s, like[i]), stem, stemmers))
			out[n++] = like[i];
	return n;
}

static const struct forms_of_stem *forms_of(struct job *j, const struct view *v, struct span word, struct span stem, uint32_t stemmers)
{
	struct span name = arena_printf(j->a, "G%08x%.*s %.*s", v->number, SPAN_ARG(stem), SPAN_ARG(word));
	const struct forms_of_stem *known = cache_find(j->e->cache, name);
	if (known)
		return known;
	uint32_t found[FORMS_LOOKED_AT + 2], n = find_forms(j, v, word, stem, stemmers, found);
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
	const struct forms_of_stem **forms; /* those that were numbered */
	size_t n_forms, cap_forms;
	float weights[256];
};

static void number_forms(struct passages *k, const struct forms_of_stem *forms, uint8_t number)
{
	for (uint32_t i = 0; i < forms->n; i++)
		if (!k->of[forms->words[i]])
			k->of[forms->words[i]] = number;
	*arena_push(k->j->a, k->forms, k->n_forms, k->cap_forms) = forms;
}

/* Gives each word of a stem of the query its weight's number. */
static void number_words(struct passages *k)
{
	size_t at = 0;
	uint8_t number = 0;
	for (size_t i = 0; i < k->p->tree.n_leaves; i++) {
		const struct leaf *l = &k->p->tree.leaves[i];
		const struct leaf_plan *lp = &k->p->leaves[i];
		for (uint32_t w = 0; leaf_scores(l) && w < lp->n_words; w++, at++) {
			if (l->title || l->kind == LEAF_PREFIX || number == UINT8_MAX)
				continue;
			k->weights[++number] = k->f->weights[at];
			for (size_t s = 0; s < lp->words[w].n; s++)
				number_forms(k, forms_of(k->j, k->v, lp->words[w].word, lp->words[w].v[s], lp->words[w].stemmers[s]), number);
		}
	}
}

static void clear_numbers(const struct passages *k)
{
	for (size_t i = 0; i < k->n_forms; i++)
		for (uint32_t w = 0; w < k->forms[i]->n; w++)
			k->of[k->forms[i]->words[w]] = 0;
}

/* Those of n words that bear a weight, and where they stand, in the place of the words; how many. */
static size_t keep_numbered(uint32_t *words, size_t n, const uint8_t *of, uint32_t n_of)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t number = words[i] < n_of ? of[words[i]] : 0;
		words[kept] = (uint32_t)i << 8 | number;
		kept += number != 0;
	}
	return kept;
}

double passage_best(uint32_t *words, size_t n, const uint8_t *of, uint32_t n_of, const float weights[256])
{
	uint16_t times[256] = {0};
	double sum = 0, best = 0;
	size_t first = 0, kept = keep_numbered(words, n, of, n_of);
	for (size_t i = 0; i < kept; i++) {
		for (; (words[first] >> 8) + PASSAGE_WORDS <= words[i] >> 8; first++)
			if (--times[words[first] & 255] == 0)
				sum -= (double)weights[words[first] & 255];
		if (times[words[i] & 255]++ == 0)
			sum += (double)weights[words[i] & 255];
		best = sum > best ? sum : best;
	}
	return best;
}

static void lift_view(struct passages *k, uint32_t view, struct hit *hits, size_t n)
{
	struct engine *e = k->j->e;
	if (e->stream_cap < PASSAGE_READ)
		e->stream = mem_grow(e->stream, &e->stream_cap, PASSAGE_READ, sizeof *e->stream);
	number_words(k);
	for (size_t i = 0; i < n; i++) {
		size_t n_title, words;
		if (hits[i].view != view)
			continue;
		words = streams_read(k->v->seg->streams, hits[i].row, e->stream, PASSAGE_READ, &n_title);
		hits[i].key += PASSAGE_SHARE * passage_best(e->stream, words < PASSAGE_READ ? words : PASSAGE_READ, k->of, k->n_of, k->weights);
	}
	clear_numbers(k);
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
