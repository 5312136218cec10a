/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs and the children that do them; the states are drawn in pool.h. Knows nothing of what the jobs are. */
#include "daemon/pool.h"

#include "base/log.h"
#include "base/mem.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS   30000 /* a worker must be up within this */
#define BACKOFF_MS 50    /* doubled with each early death */
#define MAX_BACKOFF 8    /* doublings */
#define MAX_DEATHS 50    /* of one job */
#define LANES      32
#define HOPELESS    4 /* early deaths */
#define DEATHS_IN_ROW 3  /* without an item in between */
#define EXIT_NO_MEMORY 71

enum state { EMPTY, STARTING, UP, DYING };

struct worker {
	struct pool *pool;
	size_t slot;
	enum state state;
	struct channel *channel;
	pid_t pid;
	int status;
	bool reaped, eof, timed_out, asked, told; /* asked: a child was asked for and has not come */
	bool old; /* to be started again when it is idle */
	struct job *jobs; /* in hand, the first is being done */
	unsigned n_jobs, early_deaths;
	uint64_t done;
	struct event *timer; /* its deadline; in EMPTY: when to try again */
};

struct pool {
	struct event_base *base;
	struct pool_options opt;
	void *arg;
	struct worker *workers;
	struct queue {
		struct job *first, **tail;
	} queues[2]; /* urgent ones are served first */
	size_t n_queue;
	struct turn {
		uint32_t lane;
		uint64_t at;
	} turns[LANES]; /* when who had his turn; who is not here had none for long */
	uint64_t clock;
	uint64_t restarts;
	struct str preamble;
	enum frame_kind preamble_kind; /* FRAME_NONE_: none */
	bool awake, dispatching, held;
	char sandbox[64];
};

static void dispatch(struct pool *p);
static const struct channel_calls worker_calls;

static void arm(struct worker *w, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(w->timer, &tv);
}

static void ask_for_child(struct worker *w)
{
	if (w->state != EMPTY || w->asked)
		return;
	w->asked = true;
	event_del(w->timer);
	w->pool->opt.spawn(w->pool->arg, w->slot);
}

static void end_worker(struct worker *w)
{
	if (w->state == STARTING || w->state == UP) {
		w->state = DYING;
		w->pool->opt.kill(w->pool->arg, w->pid);
	}
}

static void timer_rings(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct worker *w = arg;
	if (w->state == EMPTY)
		return ask_for_child(w);
	w->timed_out = true;
	log_event(LOG_WARN, "worker-too-slow", "pool", w->pool->opt.name, "pid", log_number(w->pid), NULL);
	end_worker(w);
}

static void try_later(struct worker *w)
{
	unsigned n = w->early_deaths < MAX_BACKOFF ? w->early_deaths : MAX_BACKOFF;
	if (n >= 3)
		log_event(LOG_ERROR, "worker-held-back", "pool", w->pool->opt.name, "early-deaths", log_number(w->early_deaths),
			"next-try-ms", log_number((int64_t)BACKOFF_MS << n), NULL);
	arm(w, n ? (uint64_t)BACKOFF_MS << n : 0);
}

/* An end in good order: it counts as one that has done something. */
static void retire(struct worker *w)
{
	w->done++;
	end_worker(w);
}

void pool_recycle(struct pool *p)
{
	for (size_t i = 0; i < p->opt.size; i++) {
		struct worker *w = &p->workers[i];
		w->old = w->state == UP || w->state == STARTING || w->asked;
		if (w->old && !w->n_jobs && !w->asked)
			retire(w);
	}
}

size_t pool_old(const struct pool *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->opt.size; i++)
		n += p->workers[i].old && p->workers[i].n_jobs;
	return n;
}

void pool_attach(struct pool *p, size_t slot, int fd, pid_t pid)
{
	struct worker *w = slot < p->opt.size ? &p->workers[slot] : NULL;
	if (!w || w->state != EMPTY) {
		close(fd);
		p->opt.kill(p->arg, pid);
		return;
	}
	w->state = STARTING;
	w->pid = pid;
	w->reaped = w->eof = w->timed_out = w->asked = w->told = false;
	w->done = 0;
	w->channel = channel_new(p->base, fd, &worker_calls, w);
	if (p->opt.first)
		channel_first(w->channel);
	if (p->held)
		channel_hold(w->channel, true);
	else
		arm(w, START_MS);
	if (w->old)
		retire(w);
}

void pool_no_child(struct pool *p, size_t slot)
{
	struct worker *w = &p->workers[slot];
	w->asked = false;
	w->early_deaths++;
	try_later(w);
}

/* ---- Jobs ---- */

static void enqueue(struct pool *p, struct job *j, bool again)
{
	struct queue *q = &p->queues[!j->urgent];
	p->n_queue++;
	j->next = again ? q->first : NULL;
	if (again)
		q->first = j;
	else
		*q->tail = j;
	if (!j->next)
		q->tail = &j->next;
}

static uint64_t turn_of(const struct pool *p, uint32_t lane)
{
	for (size_t i = 0; i < LANES; i++)
		if (p->turns[i].lane == lane)
			return p->turns[i].at;
	return 0;
}

static void take_turn(struct pool *p, uint32_t lane)
{
	struct turn *t = p->turns;
	for (size_t i = 1; i < LANES && t->lane != lane; i++)
		if (p->turns[i].lane == lane || p->turns[i].at < t->at)
			t = &p->turns[i];
	*t = (struct turn){lane, ++p->clock};
}

static struct queue *next_queue(struct pool *p) { return &p->queues[!p->queues[0].first]; }

/* Where the next job stands: in a fair pool the first of the lane that has waited longest for its turn. */
static struct job **next_place(struct pool *p)
{
	struct job **best = &next_queue(p)->first;
	if (!p->opt.fair || p->n_queue < 2)
		return best;
	uint64_t least = turn_of(p, (*best)->lane);
	for (struct job **at = best; *at && least; at = &(*at)->next) {
		uint64_t turn = turn_of(p, (*at)->lane);
		if (turn < least)
			best = at, least = turn;
	}
	return best;
}

static void take_out(struct pool *p, struct queue *q, struct job **at)
{
	*at = (*at)->next;
	if (!*at)
		q->tail = at;
	p->n_queue--;
}

static struct job *dequeue(struct pool *p)
{
	struct job **at = next_place(p), *j = *at;
	take_out(p, next_queue(p), at);
	take_turn(p, j->lane);
	return j;
}

static void hand_over(struct worker *w, struct job *j)
{
	AUTO_STR struct str s = {0};
	if (w->pool->preamble_kind != FRAME_NONE_ && !w->told)
		channel_send(w->channel, w->pool->preamble_kind, 0, str_view(&w->pool->preamble), -1);
	w->told = true;
	pack_u64(&s, j->items);
	str_span(&s, str_view(&j->payload));
	int fd = j->fd >= 0 ? dup(j->fd) : -1;
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET); /* (a connection has no beginning: then nothing happens) */
	struct job **at = &w->jobs;
	while (*at)
		at = &(*at)->next;
	*at = j;
	j->next = NULL;
	if (w->n_jobs++ == 0)
		arm(w, w->pool->opt.step_ms);
	channel_send(w->channel, j->kind, 0, str_view(&s), fd);
}

/* The worker with most room; among equals the one that the job prefers. */
static struct worker *free_worker(struct pool *p, const struct job *j)
{
	struct worker *best = NULL;
	for (size_t i = 0; i < p->opt.size; i++) {
		struct worker *w = &p->workers[(i + j->affinity) % p->opt.size];
		if (w->state == UP && !w->old && w->n_jobs < p->opt.depth && (!best || w->n_jobs < best->n_jobs))
			best = w;
	}
	return best;
}

void pool_set_step(struct pool *p, uint64_t step_ms) { p->opt.step_ms = step_ms; }

void pool_wake(struct pool *p)
{
	p->awake = true;
	for (size_t i = 0; i < p->opt.size; i++)
		ask_for_child(&p->workers[i]);
}

void pool_kill_all(struct pool *p)
{
	for (size_t i = 0; p && i < p->opt.size; i++)
		if (p->workers[i].state != EMPTY && !p->workers[i].reaped)
			p->opt.kill(p->arg, p->workers[i].pid);
}

static void dispatch(struct pool *p)
{
	if (p->dispatching || p->held)
		return;
	p->dispatching = true;
	if (p->n_queue && !p->awake)
		pool_wake(p);
	for (struct worker *w; p->n_queue && (w = free_worker(p, *next_place(p)));)
		hand_over(w, dequeue(p));
	p->dispatching = false;
}

void pool_hold(struct pool *p, bool hold)
{
	if (p->held == hold)
		return;
	p->held = hold;
	for (size_t i = 0; i < p->opt.size; i++) {
		struct worker *w = &p->workers[i];
		if (!w->channel)
			continue;
		channel_hold(w->channel, hold);
		if (hold)
			event_del(w->timer);
		else if (w->state == STARTING || (w->state == UP && w->n_jobs))
			arm(w, w->state == STARTING ? START_MS : p->opt.step_ms);
	}
	if (!hold)
		dispatch(p);
}

void pool_preamble(struct pool *p, enum frame_kind kind, struct span payload)
{
	str_clear(&p->preamble);
	str_span(&p->preamble, payload);
	p->preamble_kind = kind;
	for (size_t i = 0; i < p->opt.size; i++)
		p->workers[i].told = false;
}

void pool_submit(struct pool *p, struct job *j)
{
	enqueue(p, j, false);
	dispatch(p);
}

bool pool_withdraw(struct pool *p, struct job *j)
{
	struct queue *q = &p->queues[!j->urgent];
	for (struct job **at = &q->first; *at; at = &(*at)->next) {
		if (*at != j)
			continue;
		take_out(p, q, at);
		return true;
	}
	return false;
}

static struct job *first_done(struct worker *w)
{
	struct job *j = w->jobs;
	w->jobs = j->next;
	j->next = NULL;
	w->n_jobs--;
	return j;
}

/* ---- What workers say ---- */

static void is_ready(struct worker *w, struct span sandbox)
{
	struct pool *p = w->pool;
	if (w->state != STARTING)
		return;
	w->state = UP;
	event_del(w->timer);
	snprintf(p->sandbox, sizeof p->sandbox, "%.*s", SPAN_ARG(sandbox));
	if (p->opt.ready)
		p->opt.ready(p->arg);
	dispatch(p);
}

static void cannot_start(struct worker *w, struct span payload)
{
	struct unpack u = {payload, false};
	int code = (int)(int64_t)unpack_u64(&u);
	struct span words = unpack_span(&u);
	char why[480];
	snprintf(why, sizeof why, "%.*s", SPAN_ARG(words));
	log_event(LOG_ERROR, "worker-cannot-start", "pool", w->pool->opt.name, "why", why, NULL);
	if (w->pool->opt.cannot)
		w->pool->opt.cannot(w->pool->arg, code, why);
}

static void on_frame(void *arg, const struct frame *head, struct span payload, int fd)
{
	struct worker *w = arg;
	struct job *j = w->jobs;
	if (fd >= 0) /* no worker has anything to give */
		close(fd);
	if (head->kind == FRAME_READY)
		return is_ready(w, payload);
	if (head->kind == FRAME_FAILED)
		return cannot_start(w, payload);
	if (!j || (head->kind != FRAME_ITEM && head->kind != FRAME_BAD && head->kind != FRAME_DONE))
		return end_worker(w); /* it has lost its senses */
	if (w->state == UP)
		arm(w, w->pool->opt.step_ms);
	if (head->kind != FRAME_DONE) {
		if (j->n_items && j->items >= j->n_items)
			return end_worker(w);
		j->items++;
		j->deaths_in_row = 0;
		j->calls->item(j, head, payload);
		return;
	}
	first_done(w);
	w->done++;
	w->early_deaths = 0;
	if (!w->n_jobs && w->state == UP)
		event_del(w->timer);
	if (!w->n_jobs && w->old)
		retire(w);
	j->calls->end(j, 0, NULL, payload);
	dispatch(w->pool);
}

/* ---- Deaths ---- */

int death_words(int status, bool timed_out, const char *too_long, char *out, size_t n)
{
	int signal_no = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (timed_out)
		return snprintf(out, n, "%s", too_long), ERR_TIMEOUT;
	if (signal_no == SIGPROF || signal_no == SIGXCPU)
		return snprintf(out, n, "it used more processor time than is allowed"), ERR_TIMEOUT;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_MEMORY)
		return snprintf(out, n, "it needed more memory than is allowed"), ERR_LIMIT;
	if (signal_no)
		return snprintf(out, n, "the helper process crashed (signal %d)", signal_no), ERR_WORKER;
	return snprintf(out, n, "the helper process ended (exit status %d)", WIFEXITED(status) ? WEXITSTATUS(status) : -1), ERR_WORKER;
}

struct span job_item(const struct job *j, uint32_t n)
{
	struct unpack u = {str_view(&j->payload), false};
	struct span item = SPAN_NONE;
	for (uint32_t i = 0; i <= n; i++)
		item = unpack_span(&u);
	return item;
}

void job_blank_done(struct job *j)
{
	struct unpack u = {str_view(&j->payload), false};
	struct str kept = {0};
	pack_u64(&kept, unpack_u64(&u));
	for (uint32_t i = 0; i < j->items; i++) {
		unpack_span(&u);
		pack_span(&kept, SPAN_NONE);
	}
	str_span(&kept, u.rest);
	str_done(&j->payload);
	j->payload = kept;
}

/* What the dead worker was at: one item of it is lost, or all of it. */
static void mourn(struct worker *w, struct job *j)
{
	struct pool *p = w->pool;
	char why[120];
	int code = death_words(w->status, w->timed_out, p->opt.too_long, why, sizeof why);
	if (!j->resumable)
		return j->calls->end(j, code, why, SPAN_NONE);
	j->deaths++;
	if (code == ERR_WORKER && j->suspect != j->items + 1) { /* perhaps it was not the document's fault: once more */
		j->suspect = j->items + 1;
		enqueue(p, j, true);
		return;
	}
	if (++j->deaths_in_row > DEATHS_IN_ROW || j->deaths > MAX_DEATHS)
		return j->calls->end(j, code, why, SPAN_NONE);
	j->items++;
	j->calls->lost(j, code, why);
	if (j->n_items && j->items >= j->n_items)
		return j->calls->end(j, 0, NULL, SPAN_NONE);
	enqueue(p, j, true);
}

/* No worker is up, and none of those that are being started has any prospect. */
static bool is_hopeless(const struct pool *p)
{
	for (size_t i = 0; i < p->opt.size; i++)
		if (p->workers[i].state == UP || p->workers[i].early_deaths < HOPELESS)
			return false;
	return true;
}

static void end_waiting(struct worker *w)
{
	struct pool *p = w->pool;
	char why[120], words[160];
	int code = death_words(w->status, false, "", why, sizeof why);
	snprintf(words, sizeof words, "no helper process can be started: %s", why);
	while (p->n_queue) {
		struct job *j = dequeue(p);
		j->calls->end(j, code, words, SPAN_NONE);
	}
}

static void bury(struct worker *w)
{
	struct pool *p = w->pool;
	if (!w->eof || !w->reaped)
		return;
	bool early = (w->state == STARTING || w->done == 0) && !w->old;
	log_event(LOG_DEBUG, "worker-ended", "pool", p->opt.name, "pid", log_number(w->pid), "status", log_number(w->status), NULL);
	channel_free(w->channel);
	w->channel = NULL;
	w->state = EMPTY;
	w->old = false;
	event_del(w->timer);
	struct job *j = w->jobs;
	w->jobs = NULL;
	w->n_jobs = 0;
	struct job *rest = j ? j->next : NULL;
	while (rest) { /* (depth is two: one at most, order is kept) */
		struct job *next = rest->next;
		enqueue(p, rest, true);
		rest = next;
	}
	p->restarts++;
	w->early_deaths = early && !w->timed_out ? w->early_deaths + 1 : 0;
	if (j)
		mourn(w, j); /* before there is a new child: it needs to know how the old one died */
	if (p->opt.impatient && is_hopeless(p))
		end_waiting(w);
	if (w->early_deaths > 1)
		try_later(w);
	else
		ask_for_child(w);
	dispatch(p);
}

static void on_closed(void *arg)
{
	struct worker *w = arg;
	w->eof = true;
	if (!w->reaped)
		end_worker(w);
	bury(w);
}

static const struct channel_calls worker_calls = {on_frame, on_closed, NULL};

bool pool_reaped(struct pool *p, pid_t pid, int status)
{
	for (size_t i = 0; i < p->opt.size; i++) {
		struct worker *w = &p->workers[i];
		if (w->state == EMPTY || w->pid != pid || w->reaped)
			continue;
		w->reaped = true;
		w->status = status;
		bury(w);
		return true;
	}
	return false;
}

/* ---- The pool ---- */

struct pool *pool_new(struct event_base *base, const struct pool_options *opt, void *arg)
{
	struct pool *p = mem_alloc(sizeof *p);
	p->base = base;
	p->opt = *opt;
	p->arg = arg;
	p->queues[0].tail = &p->queues[0].first;
	p->queues[1].tail = &p->queues[1].first;
	p->workers = mem_alloc(opt->size * sizeof *p->workers);
	for (size_t i = 0; i < opt->size; i++) {
		p->workers[i] = (struct worker){.pool = p, .slot = i};
		p->workers[i].timer = event_new(base, -1, 0, timer_rings, &p->workers[i]);
	}
	if (!opt->lazy)
		pool_wake(p);
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->opt.size; i++) {
		channel_free(p->workers[i].channel);
		event_free(p->workers[i].timer);
	}
	str_done(&p->preamble);
	free(p->workers);
	free(p);
}

size_t pool_waiting(const struct pool *p) { return p->n_queue; }
uint64_t pool_restarts(const struct pool *p) { return p->restarts; }
const char *pool_sandbox(const struct pool *p) { return p->sandbox; }

size_t pool_busy(const struct pool *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->opt.size; i++)
		n += p->workers[i].n_jobs != 0;
	return n;
}

size_t pool_up(const struct pool *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->opt.size; i++)
		n += p->workers[i].state == UP;
	return n;
}
