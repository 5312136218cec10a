/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merging: which segments, when, and putting the result in their place.
 *
 *	choose ─► merge_work (here, or in a child at low priority) ─► adopt: sources leave the live list, the result enters it,
 *	          rows that died meanwhile are carried over ─► commit
 *
 * Which: one that must be rebuilt (more than DEAD_PERCENT of it is dead, or its schema is too old to be joined); else, when there are
 * more than max_segments, the smallest ones, and then each next one that is no more than twice as big as all before it together; else one
 * of an older schema, joined with nothing. So a document is merged about log(size of the archive / size of a commit) times, and small
 * ones never wait for big ones.
 */
#include "index/store/writer-inner.h"

#include "base/io.h"
#include "base/mem.h"
#include "index/store/schema.h"
#include "index/store/slot-child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define DEAD_PERCENT 30
#define IDLE_SHARE 8
#define REBUILD_MOST ((uint64_t)MERGE_MOST * SEGMENT_ROWS) /* rows; what is bigger is only joined */

static uint32_t n_dead(const struct live *l) { return l->dead ? (uint32_t)roaring_bitmap_get_cardinality(l->dead) : 0; }

static bool wants_rebuild(const struct live *l)
{
	uint32_t dead = n_dead(l), alive = l->e.n_rows - dead;
	if (l->fresh || alive == 0 || alive > REBUILD_MOST)
		return false;
	return l->e.schema < SCHEMA_JOINED || (l->e.n_rows >= 16 && (uint64_t)dead * 100 > (uint64_t)l->e.n_rows * DEAD_PERCENT);
}

/* A schema of which joining alone makes the present one. */
static bool wants_renewing(const struct live *l) { return !l->fresh && l->e.schema >= SCHEMA_JOINED && l->e.schema < SCHEMA_VERSION && n_dead(l) < l->e.n_rows; }

static int smallest_first(const void *x, const void *y)
{
	const struct live *a = *(struct live *const *)x, *b = *(struct live *const *)y;
	return a->e.text_bytes != b->e.text_bytes ? (a->e.text_bytes < b->e.text_bytes ? -1 : 1) : strcmp(a->e.name, b->e.name);
}

static int oldest_first(const void *x, const void *y)
{
	const struct live *a = *(struct live *const *)x, *b = *(struct live *const *)y;
	return strcmp(a->e.name, b->e.name);
}

static size_t worthwhile(struct live *const *v, size_t n)
{
	uint64_t sum = 0;
	size_t best = 0;
	for (size_t i = 0; i < n; i++) {
		if (i && v[i]->e.text_bytes <= IDLE_SHARE * sum)
			best = i + 1;
		sum += v[i]->e.text_bytes;
	}
	return best;
}

/* How many of the smallest to merge. */
static size_t tier(struct live *const *v, size_t n, size_t max, enum merge_how how)
{
	if (n > MERGE_MOST)
		n = MERGE_MOST;
	if (how == MERGE_ALL)
		return n;
	if (how == MERGE_IDLE)
		return worthwhile(v, n);
	size_t k = n > max ? n - max + 1 : 2;
	uint64_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (i >= k && v[i]->e.text_bytes > 2 * sum)
			return i;
		sum += v[i]->e.text_bytes;
	}
	return n;
}

static bool fits(struct live *const *v, size_t n)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < n; i++)
		rows += v[i]->e.n_rows;
	return rows < UINT32_MAX / 2;
}

/* Segments whose facts are old are soon empty; merged with others they would make those look old. All are old: then all. */
static size_t mergeable(struct writer *w, struct live **v)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n_live; i++)
		if (!outdated(w, &w->live[i]))
			v[n++] = &w->live[i];
	for (size_t i = 0; n == 0 && i < w->n_live; i++)
		v[i] = &w->live[i];
	return n ? n : w->n_live;
}

static size_t most_segments(const struct writer *w, enum merge_how how) { return how == MERGE_DUE ? w->opt.max_segments : 1; }

/* Fills v with what is to be merged now; 0: nothing is due. */
static size_t choose(struct writer *w, enum merge_how how, struct live **v, bool *rebuild)
{
	*rebuild = true;
	for (size_t i = 0; i < w->n_live; i++)
		if (wants_rebuild(&w->live[i]))
			return v[0] = &w->live[i], 1;
	*rebuild = false;
	struct live **sorted = mem_alloc((w->n_live + 1) * sizeof(struct live *));
	size_t n = mergeable(w, sorted);
	n = n <= most_segments(w, how) ? 0 : n;
	qsort(sorted, n, sizeof *sorted, smallest_first);
	n = n ? tier(sorted, n, w->opt.max_segments, how) : 0;
	while (n > 1 && !fits(sorted, n))
		n--;
	qsort(sorted, n, sizeof *sorted, oldest_first);
	memcpy(v, sorted, n * sizeof *v);
	free(sorted);
	for (size_t i = 0; i < w->n_live && n < 2; i++)
		if (wants_renewing(&w->live[i]))
			return v[0] = &w->live[i], 1;
	return n > 1 ? n : 0;
}

static void job_free(struct merge_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		body_close(job->source[i].body);
		story_numbers_done(&job->source[i].stories);
		if (job->source[i].dead)
			roaring_bitmap_free(job->source[i].dead);
	}
	if (job->fd >= 0)
		close(job->fd);
	free(job);
}

/* What has no numbers of stories yet – segments of an older schema – gets them: those of the result are whole. */
static void number_sources(struct writer *w, struct merge_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		if (job->from[i].numbered)
			continue;
		job->source[i].stories = (struct story_numbers){.base = w->now.next_story, .n_rows = job->from[i].n_rows};
		w->now.next_story += job->from[i].n_rows;
	}
}

static struct merge_job *prepare(struct writer *w, enum merge_how how)
{
	struct live *v[MERGE_MOST];
	bool rebuild;
	size_t n = choose(w, how, v, &rebuild);
	if (n == 0)
		return NULL;
	struct merge_job *job = mem_alloc(sizeof *job);
	*job = (struct merge_job){.n = n, .rebuild = rebuild, .fd = -1, .child = -1, .first_part = w->now.next_segment};
	for (size_t i = 0; i < n; i++) {
		memcpy(job->source[i].name, v[i]->e.name, ENTRY_NAME);
		job->from[i] = v[i]->e;
		job->source[i].body = body_share(v[i]->body);
		job->source[i].dead = v[i]->dead ? roaring_bitmap_copy(v[i]->dead) : NULL;
		story_numbers_copy(&job->source[i].stories, &v[i]->stories);
	}
	number_sources(w, job);
	if (rebuild)
		w->now.next_segment += (v[0]->e.n_rows - n_dead(v[0])) / SEGMENT_ROWS + 1;
	next_name(w, job->name);
	return job;
}

/* ---- Adopting ---- */

/* Adds to `out` the rows of the result that died since the merge began. */
static void carry_dead(const struct merge_job *job, const struct merge_source *s, const roaring_bitmap_t *now, uint32_t base, roaring_bitmap_t *out)
{
	if (!now)
		return;
	roaring_uint32_iterator_t *it = roaring_create_iterator(now);
	for (; it->has_value; roaring_advance_uint32_iterator(it)) {
		uint32_t row = it->current_value;
		bool was = s->dead && roaring_bitmap_contains(s->dead, row);
		if (!job->rebuild)
			roaring_bitmap_add(out, base + row);
		else if (!was) /* its place among those that lived then */
			roaring_bitmap_add(out, base + row - (s->dead ? (uint32_t)roaring_bitmap_rank(s->dead, row) : 0));
	}
	roaring_free_uint32_iterator(it);
}

static roaring_bitmap_t *dead_of_result(struct writer *w, const struct merge_job *job)
{
	roaring_bitmap_t *dead = roaring_bitmap_create();
	uint32_t base = 0;
	for (size_t i = 0; i < job->n; i++) {
		const struct merge_source *s = &job->source[i];
		struct live *l = live_named(w, s->name);
		carry_dead(job, s, l ? l->dead : NULL, base, dead);
		base += s->body->n_rows - (job->rebuild && s->dead ? (uint32_t)roaring_bitmap_get_cardinality(s->dead) : 0);
	}
	if (!roaring_bitmap_is_empty(dead))
		return dead;
	roaring_bitmap_free(dead);
	return NULL;
}

/* Rows that changed their story since the merge began. */
static void carry_moves(const struct merge_job *job, const struct merge_source *s, const struct story_numbers *now, uint32_t base, struct str *out)
{
	for (size_t i = 0; i < now->n_moves; i++) {
		uint32_t row = now->moves[i].row;
		if (story_number_of(&s->stories, row) == now->moves[i].number || (job->rebuild && s->dead && roaring_bitmap_contains(s->dead, row)))
			continue;
		uint32_t before = job->rebuild && s->dead ? (uint32_t)roaring_bitmap_rank(s->dead, row) : 0;
		str_add(out, &(struct story_move){now->moves[i].number, base + row - before}, sizeof(struct story_move));
	}
}

static void stories_of_result(struct writer *w, const struct merge_job *job, struct str *moves)
{
	uint32_t base = 0;
	for (size_t i = 0; i < job->n; i++) {
		const struct merge_source *s = &job->source[i];
		struct live *l = live_named(w, s->name);
		if (l)
			carry_moves(job, s, &l->stories, base, moves);
		base += s->body->n_rows - (job->rebuild && s->dead ? (uint32_t)roaring_bitmap_get_cardinality(s->dead) : 0);
	}
}

static int adopt(struct writer *w, const struct merge_job *job, const struct segment_entry *e, struct err *err)
{
	struct segment_entry result = *e;
	uint32_t pending = 0; /* dead rows that readers still see alive: the commit then is one of documents too */
	bool fresh = false;
	AUTO_STR struct str moves = {0};
	roaring_bitmap_t *dead = dead_of_result(w, job);
	stories_of_result(w, job, &moves);
	for (size_t i = 0; i < job->n; i++) {
		struct live *l = live_named(w, job->source[i].name);
		if (!l)
			continue;
		pending += l->n_new_dead;
		fresh |= l->fresh;
		result.table = i == 0 || result.table == l->e.table ? l->e.table : 0; /* which may have become another meanwhile */
		live_drop(w, (size_t)(l - w->live));
	}
	int rc = live_add(w, &result, dead, err);
	if (rc)
		return rc;
	struct live *l = &w->live[w->n_live - 1];
	story_numbers_move(&l->stories, (struct story_move *)(void *)moves.p, moves.n / sizeof(struct story_move));
	l->stories_dirty = moves.n > 0;
	l->fresh = fresh;
	l->n_new_dead = pending;
	w->restructured = true;
	return rc;
}

static int finish(struct writer *w, struct merge_job *job, const struct segment_entry *e, bool *did, struct err *err)
{
	uint64_t revision;
	int rc = adopt(w, job, e, err);
	if (rc == 0)
		rc = commit_all(w, &revision, err);
	if (rc == 0)
		*did = true;
	return writer_fail(w, rc);
}

/* The result counts what is saved: nothing may be learnt twice. */
static void save_before_merging(struct writer *w, enum merge_how how)
{
	struct live *v[MERGE_MOST];
	bool rebuild;
	w->templates_due |= w->n_live + w->n_slots > most_segments(w, how) || choose(w, how, v, &rebuild) > 0;
}

int writer_merge(struct writer *w, enum merge_how how, bool *did, struct err *err)
{
	struct segment_entry e;
	uint64_t revision;
	int rc = refuse_broken(w, err);
	if (rc == 0 && w->merge)
		return writer_merge_end(w, did, err);
	save_before_merging(w, how);
	if (rc == 0)
		rc = commit_all(w, &revision, err);
	if (rc)
		return writer_fail(w, rc);
	struct merge_job *job = w->stage ? NULL : prepare(w, how);
	*did = false;
	if (!job)
		return 0;
	struct build_options opt = build_options_of(w);
	w->merge = job;
	rc = merge_work(w->dir, &opt, job, &e, err);
	if (rc == 0)
		rc = finish(w, job, &e, did, err);
	w->merge = NULL;
	job_free(job);
	return writer_fail(w, rc);
}

/* ---- In a child ---- */

/* Out of the way of readers and builders; unless merging falls behind, for on a busy machine the lowest never has its turn. */
static void low_priority(const struct writer *w)
{
	bool behind = w->n_live > w->opt.max_segments + w->opt.max_segments / 2;
	if (behind || setpriority(PRIO_PROCESS, 0, 10) != 0)
		return;
#ifdef SYS_ioprio_set
	syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 7); /* best effort, last */
#endif
}

static _Noreturn void work_in_child(struct writer *w, struct merge_job *job, int fd, pid_t parent)
{
	struct outcome o = {0};
	struct build_options opt = build_options_of(w);
	child_alone(fd, w->guard, parent);
	low_priority(w);
	o.rc = merge_work(w->dir, &opt, job, &o.e, &o.err);
	_exit(io_write_all(fd, (struct span){(const char *)&o, sizeof o}, NULL) != 0);
}

int writer_merge_begin(struct writer *w, enum merge_how how, bool *started, struct err *err)
{
	int pipes[2];
	uint64_t revision;
	*started = false;
	int rc = refuse_broken(w, err);
	if (rc || w->merge || w->stage)
		return rc;
	save_before_merging(w, how);
	rc = commit_all(w, &revision, err);
	if (rc)
		return writer_fail(w, rc);
	struct merge_job *job = prepare(w, how);
	if (!job)
		return 0;
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		job_free(job);
		return err_errno(err, "pipe");
	}
	pid_t parent = getpid();
	job->child = fork();
	if (job->child == 0)
		work_in_child(w, job, pipes[1], parent);
	close(pipes[1]);
	job->fd = pipes[0];
	if (job->child < 0) {
		job_free(job);
		return err_errno(err, "fork");
	}
	w->merge = job;
	*started = true;
	return 0;
}

int writer_merge_fd(const struct writer *w) { return w->merge ? w->merge->fd : -1; }

/* A merge that failed has changed nothing: the writer goes on, and sweeps what is left of it. */
int writer_merge_end(struct writer *w, bool *did, struct err *err)
{
	struct outcome o = {0};
	struct merge_job *job = w->merge;
	*did = false;
	if (!job)
		return 0;
	bool told = outcome_read(job->fd, &o) == 0;
	while (waitpid(job->child, NULL, 0) < 0 && errno == EINTR)
		;
	w->merge = NULL;
	int rc = !told ? err_set(err, ERR_WORKER, "the process that merged segments died") : o.rc ? err_set(err, o.rc, "%s", o.err.msg) : 0;
	if (rc == 0)
		rc = refuse_broken(w, err);
	if (rc == 0)
		rc = finish(w, job, &o.e, did, err);
	else
		sweep(w);
	job_free(job);
	return rc;
}

void merge_forget(struct writer *w)
{
	if (!w->merge)
		return;
	if (w->merge->child > 0) {
		kill(w->merge->child, SIGKILL);
		while (waitpid(w->merge->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	job_free(w->merge);
	w->merge = NULL;
}
