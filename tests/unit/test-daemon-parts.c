/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small parts of the daemon by themselves: budgets, sets of ids, whose turn it is in a pool, a pool that is held. */
#include "daemon/budget.h"
#include "daemon/idset.h"
#include "daemon/pool.h"
#include "base/io.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Budget ---- */

static void budgets_have_limits(void **state)
{
	(void)state;
	struct budget b = {.limit = 100, .share = 60};
	assert_true(budget_take(&b, 1, 59));
	assert_false(budget_take(&b, 1, 2)); /* share + 1 */
	assert_true(budget_take(&b, 1, 1));
	assert_int_equal(budget_of(&b, 1), 60);
	assert_false(budget_take(&b, 2, 41)); /* limit + 1 */
	assert_true(budget_take(&b, 2, 40));
	assert_false(budget_take(&b, 3, 1));
	assert_true(budget_take(&b, 3, 0));
	budget_give(&b, 1, 10);
	assert_true(budget_take(&b, 3, 10));
	assert_int_equal(b.bytes, 100);
	budget_done(&b);
}

static void budgets_are_forced_and_given_back(void **state)
{
	(void)state;
	struct budget b = {.limit = 100, .share = 60};
	budget_force(&b, 1, 500); /* it is there already */
	assert_int_equal(b.bytes, 500);
	assert_false(budget_take(&b, 2, 1));
	assert_false(budget_take(&b, 2, UINT64_MAX));
	budget_give(&b, 1, 10000); /* more than there was */
	assert_int_equal(b.bytes, 0);
	assert_int_equal(b.n_accounts, 0);
	for (uid_t uid = 0; uid < 50; uid++)
		assert_true(budget_take(&b, uid, 2));
	budget_give(&b, 7, 2);
	assert_int_equal(budget_of(&b, 7), 0);
	assert_int_equal(budget_of(&b, 49), 2);
	assert_int_equal(b.n_accounts, 49);
	budget_clear(&b);
	budget_give(&b, 3, 2); /* taken before it was cleared */
	assert_int_equal(b.bytes, 0);
	assert_true(budget_take(&b, 3, 60));
	budget_done(&b);
}

/* ---- Sets ---- */

static void sets_of_ids(void **state)
{
	(void)state;
	struct idset s = {0};
	assert_false(idset_has(&s, 0));
	assert_false(idset_has(&s, 5));
	idset_add(&s, 0);
	assert_true(idset_has(&s, 0));
	for (uint64_t i = 1; i <= 20000; i++) {
		idset_add(&s, i * 64);
		idset_add(&s, i * 64); /* twice is once; and all of them want few places */
	}
	assert_int_equal(s.n, 20001);
	for (uint64_t i = 1; i <= 20000; i++) {
		assert_true(idset_has(&s, i * 64));
		assert_false(idset_has(&s, i * 64 + 7));
	}
	idset_done(&s);
	assert_false(idset_has(&s, 64));
}

/* ---- Pools: the worker is the other end of a pair of sockets, played here ---- */

struct play {
	struct event_base *base;
	struct pool *pool;
	int worker;  /* its end */
	char order[64];
	unsigned n, items;
};

static void spawn(void *arg, size_t slot)
{
	struct play *p = arg;
	int fds[2];
	struct err err = {0};
	assert_int_equal(ipc_pair(fds, &err), 0);
	assert_int_equal(evutil_make_socket_nonblocking(fds[0]), 0);
	p->worker = fds[1];
	pool_attach(p->pool, slot, fds[0], 1000000);
}

static void no_kill(void *arg, pid_t pid) { (void)arg, (void)pid; }

static void item(struct job *j, const struct frame *head, struct span payload)
{
	(void)head, (void)payload;
	((struct play *)j->arg)->items++;
}

static void ended(struct job *j, int code, const char *why, struct span payload)
{
	struct play *p = j->arg;
	(void)why, (void)payload;
	assert_int_equal(code, 0);
	p->order[p->n++] = (char)('a' + j->lane);
}

static const struct job_calls job_calls = {item, NULL, ended};

static void turn_the_loop(struct play *p)
{
	for (int i = 0; i < 5; i++)
		assert_true(event_base_loop(p->base, EVLOOP_NONBLOCK) >= 0);
}

static void say(struct play *p, enum frame_kind kind)
{
	assert_int_equal(ipc_send(p->worker, kind, 0, SPAN_NONE, -1, NULL), 0);
}

static void begin(struct play *p, bool fair)
{
	struct pool_options o = {.name = "played", .size = 1, .depth = 1, .step_ms = 600000, .fair = fair, .lazy = true, .too_long = "", .spawn = spawn, .kill = no_kill};
	*p = (struct play){.base = event_base_new()};
	p->pool = pool_new(p->base, &o, p);
}

static void finish(struct play *p)
{
	pool_free(p->pool);
	event_base_free(p->base);
	close(p->worker);
}

static void submit(struct play *p, struct job *j, uint32_t lane)
{
	*j = (struct job){.kind = FRAME_READ_LINES, .fd = -1, .lane = lane, .calls = &job_calls, .arg = p};
	pool_submit(p->pool, j);
}

static void lanes_take_turns(bool fair, const char *order)
{
	struct play p;
	struct job jobs[7];
	begin(&p, fair);
	for (int i = 0; i < 4; i++)
		submit(&p, &jobs[i], 0);
	submit(&p, &jobs[4], 1);
	submit(&p, &jobs[5], 2);
	submit(&p, &jobs[6], 1);
	say(&p, FRAME_READY);
	for (int i = 0; i < 7; i++) {
		turn_the_loop(&p);
		say(&p, FRAME_DONE);
	}
	turn_the_loop(&p);
	assert_string_equal(p.order, order);
	assert_int_equal(pool_waiting(p.pool), 0);
	finish(&p);
}

static void turns(void **state)
{
	(void)state;
	lanes_take_turns(false, "aaaabcb");
	lanes_take_turns(true, "abcabaa");
}

static void held(void **state)
{
	(void)state;
	struct play p;
	struct job jobs[2];
	begin(&p, false);
	submit(&p, &jobs[0], 0);
	submit(&p, &jobs[1], 1);
	say(&p, FRAME_READY);
	turn_the_loop(&p);
	say(&p, FRAME_ITEM);
	turn_the_loop(&p);
	assert_int_equal(p.items, 1);
	pool_hold(p.pool, true);
	say(&p, FRAME_ITEM);
	say(&p, FRAME_DONE);
	turn_the_loop(&p);
	assert_int_equal(p.items, 1); /* nothing is heard, */
	assert_int_equal(p.n, 0);
	assert_int_equal(pool_waiting(p.pool), 1); /* nor handed out */
	pool_hold(p.pool, false);
	turn_the_loop(&p);
	assert_int_equal(p.items, 2);
	assert_string_equal(p.order, "a");
	assert_int_equal(pool_waiting(p.pool), 0);
	say(&p, FRAME_DONE);
	turn_the_loop(&p);
	assert_string_equal(p.order, "ab");
	finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budgets_have_limits), cmocka_unit_test(budgets_are_forced_and_given_back), cmocka_unit_test(sets_of_ids), cmocka_unit_test(turns), cmocka_unit_test(held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
