/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/store/story-numbers.h"

#include "base/mem.h"

#define MOVE_BYTES 12 /* row, number */

void story_numbers_done(struct story_numbers *s)
{
	free(s->bits);
	free(s->rank);
	free(s->moves);
	*s = (struct story_numbers){0};
}

static void index_moves(struct story_numbers *s)
{
	size_t n_words = s->n_rows / 64u + 1;
	free(s->bits);
	free(s->rank);
	s->bits = NULL;
	s->rank = NULL;
	if (s->n_moves == 0)
		return;
	s->bits = mem_alloc(n_words * sizeof *s->bits);
	s->rank = mem_alloc(n_words * sizeof *s->rank);
	for (size_t i = 0; i < s->n_moves; i++)
		s->bits[s->moves[i].row / 64] |= (uint64_t)1 << (s->moves[i].row % 64);
	for (size_t i = 1; i < n_words; i++)
		s->rank[i] = s->rank[i - 1] + (uint32_t)__builtin_popcountll(s->bits[i - 1]);
}

void story_numbers_copy(struct story_numbers *to, const struct story_numbers *from)
{
	*to = (struct story_numbers){.column = from->column, .base = from->base, .n_rows = from->n_rows, .n_moves = from->n_moves};
	to->moves = from->n_moves ? mem_dup(from->moves, from->n_moves * sizeof *from->moves) : NULL;
	index_moves(to);
}

static int by_row(const void *x, const void *y)
{
	const struct story_move *a = x, *b = y;
	return a->row < b->row ? -1 : a->row > b->row;
}

void story_numbers_move(struct story_numbers *s, struct story_move *v, size_t n)
{
	if (n == 0)
		return;
	struct story_move *all = mem_alloc((s->n_moves + n) * sizeof *all);
	size_t i = 0, k = 0, to = 0;
	qsort(v, n, sizeof *v, by_row);
	while (i < s->n_moves || k < n) {
		bool old = k == n || (i < s->n_moves && s->moves[i].row < v[k].row);
		struct story_move m = old ? s->moves[i++] : v[k++];
		if (to && all[to - 1].row == m.row)
			to--;
		if (!old && i < s->n_moves && s->moves[i].row == m.row)
			i++;
		all[to++] = m;
	}
	free(s->moves);
	s->moves = all;
	s->n_moves = to;
	index_moves(s);
}

static bool take_moves(struct story_numbers *s, struct span bytes)
{
	bool sound = bytes.n % MOVE_BYTES == 0;
	s->n_moves = bytes.n / MOVE_BYTES;
	s->moves = mem_alloc((s->n_moves + 1) * sizeof *s->moves);
	for (size_t i = 0; i < s->n_moves; i++) {
		struct story_move *m = &s->moves[i];
		memcpy(&m->row, bytes.p + i * MOVE_BYTES, sizeof m->row);
		memcpy(&m->number, bytes.p + i * MOVE_BYTES + 4, sizeof m->number);
		sound &= m->row < s->n_rows && (i == 0 || m[-1].row < m->row);
	}
	if (!sound)
		s->n_moves = 0;
	index_moves(s);
	return sound;
}

int story_numbers_read(const char *dir, const struct segment_entry *e, const uint64_t *column, struct story_numbers *out, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	*out = (struct story_numbers){.column = column, .base = e->story_base, .n_rows = e->n_rows};
	if (!e->stories.name[0])
		return 0;
	int rc = file_get(dir, &e->stories, (size_t)MOVE_BYTES * e->n_rows + 1, &bytes, err);
	if (rc)
		return rc;
	return take_moves(out, str_view(&bytes)) ? 0 : err_set(err, ERR_CORRUPT, "%s/%s is damaged", dir, e->stories.name);
}

int story_numbers_write(const char *dir, const char *name, const struct story_numbers *s, bool sync, struct file_entry *out, struct err *err)
{
	AUTO_STR struct str bytes = {0};
	for (size_t i = 0; i < s->n_moves; i++) {
		str_add(&bytes, &s->moves[i].row, sizeof s->moves[i].row);
		str_add(&bytes, &s->moves[i].number, sizeof s->moves[i].number);
	}
	return file_put(dir, name, str_view(&bytes), sync, out, err);
}
