/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/weights.h"

#include "index/query/score.h"

#include <math.h>

/* ---- one word ---- */

/* The word's documents against those that as many occurrences would reach if each fell anywhere. */
static double residual_idf(double n_rows, double with_it, double occurrences)
{
	double r = with_it > 0 ? log(n_rows / with_it) + log1p(-exp(-occurrences / n_rows)) : 0;
	return r > 0 ? r : 0;
}

double weight_of_word(uint64_t n_rows, uint64_t with_it, uint64_t occurrences, uint32_t times, bool sentence)
{
	double n = (double)n_rows, f = with_it < n_rows ? (double)with_it : n, all = (double)occurrences, rarity = score_rarity(n, f);
	if (sentence && f > 0) {
		double kept = (all + 1) / (2 * f);
		rarity = (rarity + residual_idf(n, f, all) / 2) * (kept < 1 ? kept : 1);
	}
	return score_weight(rarity, times);
}

/* ---- counting ---- */

bool weights_matter(const struct job *j, const struct plan *p)
{
	bool some = false;
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		some |= leaf_scores(&p->tree.leaves[i]);
	return some && j->r.sort == SORT_RELEVANCE;
}

bool weights_sentence(const struct plan *p)
{
	uint32_t n = 0;
	for (size_t i = 0; i < p->tree.n_leaves; i++) {
		const struct leaf *l = &p->tree.leaves[i];
		n += l->positive && !l->title && (l->kind == LEAF_WORD || l->compound);
	}
	return n >= SENTENCE_WORDS;
}

/* A word of the title counted as in the index; where not all rows of the list count, their share of them. */
static uint64_t occurrences_of(const struct word_list *l)
{
	uint64_t all = l->list.wdf ? l->list.wdf : l->list.n;
	return l->n == l->list.n ? all : (uint64_t)((double)all / l->list.n * l->n);
}

static float count_word(struct job *j, const struct leaf *l, const struct stems *w, const struct frequencies *f, bool sentence)
{
	uint64_t with_it = 0, occurrences = 0;
	for (size_t v = 0; v < j->e->n_views; v++) {
		const struct word_lists *lists = word_lists(j, w, l->title, j->e->views[v]);
		for (size_t s = 0; s < lists->n; s++) {
			with_it += lists->v[s].n;
			occurrences += occurrences_of(&lists->v[s]);
		}
	}
	return (float)weight_of_word(f->n_rows, with_it, occurrences, l->times, sentence);
}

void weights_make(struct job *j, const struct plan *p, const struct cursor *from, struct frequencies *out)
{
	bool sentence = weights_sentence(p);
	size_t cap = 0;
	*out = (struct frequencies){.n_rows = from->given ? from->f.n_rows : j->e->n_rows, .length_step = from->given ? from->f.length_step : j->e->length_step};
	for (size_t i = 0; i < p->tree.n_leaves; i++)
		for (uint32_t k = 0; leaf_scores(&p->tree.leaves[i]) && k < p->leaves[i].n_words; k++) {
			size_t at = out->n_words;
			float w = !from->given ? count_word(j, &p->tree.leaves[i], &p->leaves[i].words[k], out, sentence) : at < from->f.n_words ? from->f.weights[at] : 0;
			*arena_push(j->a, out->weights, out->n_words, cap) = w;
		}
}
