/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the disk and the kernel do to the writer.
 *
 *	kill     SIGKILL at a random moment, and before each single system call of a run of commits and merges
 *	fail     each single call fails once, or from then on, with EIO or ENOSPC
 *	flip     bits of the files of an index change, files are cut, vanish, are zeroed
 *
 * A child does a fixed run of work and tells each acknowledged commit through a pipe. Then the index is opened again: every
 * acknowledged document must be there in its acknowledged version or a later one, no half batch may show, and the work must go on.
 *
 * Syncing is left out (syscalls_no_sync): what a process can lose is not what a machine can lose; that is test-store-power.c.
 * FAULT_STEP=n looks at every nth call only (default 7; 1 in the long run).
 */
#include "tests/unit/store-fixture.h"
#include "tests/unit/store-syscalls.h"

#include "index/store/snapshot.h"

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define BATCHES 9
#define DOCS    5 /* in a batch; each batch replaces all of them: version = number of the batch */
#define QUICK   1000 /* added to the number of a batch: the single document that is put and committed quickly while the batch is not yet */

static const char *index_dir;
static int ack_pipe = -1;
static bool ours_path(const char *p) { return p && strncmp(p, "/tmp/dossier-store-", 19) == 0; }
static bool ours_fd(int fd)
{
	char link[64], path[256];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	return ours_path(path);
}
static bool counts(const struct call_info *c) { return c->path ? ours_path(c->path) : ours_fd(c->fd); }

/* ---- The run of work ---- */

static int put_batch(struct writer *w, unsigned batch, struct err *err)
{
	int rc = 0;
	for (unsigned i = 0; i < DOCS && rc == 0; i++) {
		AUTO_STR struct str record = {0};
		char id[16];
		enum put_status status;
		snprintf(id, sizeof id, "doc/%u", i);
		fixture_record(&record, id, batch);
		rc = writer_put(w, str_view(&record), &status, err);
	}
	char value[16];
	snprintf(value, sizeof value, "%u", batch);
	writer_note(w, SPAN("file:batch"), S(value));
	return rc;
}

/* 0 when all went well; the first code otherwise, as a writer must end. */
static uint32_t builders; /* children that build, and merges beside */

static int merge_beside(struct writer *w, struct err *err)
{
	bool did;
	return writer_merge_fd(w) >= 0 ? writer_merge_end(w, &did, err) : writer_merge_begin(w, false, &did, err);
}

static int acknowledge(unsigned what)
{
	return ack_pipe >= 0 && syscall(SYS_write, ack_pipe, &what, sizeof what) != sizeof what ? -1 : 0;
}

/* Beside a batch that is not committed: durable by itself, and nothing of the batch shows. */
static int quick_one(struct writer *w, unsigned batch, struct err *err)
{
	AUTO_STR struct str record = {0};
	enum put_status status;
	uint64_t revision;
	bool later = true;
	fixture_record(&record, "quick", batch);
	int rc = writer_put_quick(w, str_view(&record), &status, &later, err);
	if (rc == 0)
		rc = writer_commit_quick(w, &revision, err);
	return rc ? rc : later ? -1 : acknowledge(batch + QUICK);
}

static int work(unsigned from)
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	struct err err = {0};
	uint64_t revision;
	bool did;
	o.max_segments = 3;
	o.builders = builders;
	o.quick_most = 9;
	int rc = writer_open(index_dir, &o, &w, NULL, &err);
	for (unsigned batch = from; batch < from + BATCHES && rc == 0; batch++) {
		rc = put_batch(w, batch, &err);
		if (rc == 0 && batch % 3 == 1)
			rc = quick_one(w, batch, &err);
		if (rc == 0)
			rc = writer_commit(w, &revision, &err);
		if (rc == 0)
			rc = acknowledge(batch);
		if (rc == 0 && builders)
			rc = merge_beside(w, &err);
		else if (rc == 0 && batch % 3 == 2)
			rc = writer_merge(w, batch % 2 == 0, &did, &err);
	}
	if (rc == 0)
		writer_close(w);
	return rc; /* crash-only: a writer that failed is not closed, its process ends */
}

/* ---- Looking at what is left ---- */

static int acknowledged_quickly, quick_left;

static int quick_version(struct snapshot *s)
{
	AUTO_ARENA struct arena a = {0};
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	int v = -1;
	if (snapshot_find(s, SPAN("quick"), &at, NULL) != 0)
		return -1;
	OK(snapshot_record(s, at, &a, &plain, err));
	OK(record_decode(&a, plain, &d, &f, err));
	assert_int_equal(sscanf(d.title.p, "Report %d", &v), 1);
	return v;
}

/* The version that all documents have: one and the same, or the batch was torn. -1: there are none. */
static int version_left(const char *dir)
{
	AUTO_ARENA struct arena a = {0};
	struct snapshot *s = NULL;
	int version = -1, n = 0;
	OK(snapshot_open(dir, NULL, &s, err));
	for (unsigned i = 0; i < DOCS; i++) {
		char id[16];
		struct place at;
		struct span plain;
		struct document d;
		struct facts f;
		int v = -1;
		snprintf(id, sizeof id, "doc/%u", i);
		if (snapshot_find(s, S(id), &at, NULL) != 0)
			continue;
		OK(snapshot_record(s, at, &a, &plain, err));
		OK(record_decode(&a, plain, &d, &f, err));
		assert_int_equal(sscanf(d.title.p, "Report %d", &v), 1);
		assert_true(n == 0 || v == version);
		version = v;
		n++;
	}
	assert_true(n == 0 || n == DOCS);
	quick_left = quick_version(s);
	assert_int_equal(s->n_documents, n + (quick_left >= 0));
	snapshot_close(s);
	return version;
}

static void tell_problem(void *arg, const char *what)
{
	(void)arg;
	print_error("%s\n", what);
}

static void go_on(const char *dir)
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	uint64_t revision;
	OK(writer_open(dir, &o, &w, NULL, err));
	OK(put_batch(w, 500, err));
	OK(writer_commit(w, &revision, err));
	writer_close(w);
	assert_int_equal(version_left(dir), 500);
	OK(store_check(dir, tell_problem, NULL, err));
}

/* Opens it again: acknowledged or later, whole, ledger and documents of the same commit. */
static void verify(const char *dir, int acknowledged)
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	struct span noted = SPAN_NONE;
	AUTO_STR struct str told = {0};
	char expected[16];
	OK(writer_open(dir, &o, &w, &told, err));
	assert_string_equal(str_cz(&told), "");
	int version = version_left(dir);
	assert_true(version >= acknowledged);
	assert_in_range(quick_left + 1, acknowledged_quickly + 1, BATCHES);
	assert_in_range(quick_left + 1, version < 1 ? 0 : version - (version - 1) % 3 + 1, version + 2); /* with the batch, or just before it */
	snprintf(expected, sizeof expected, "%d", version);
	assert_int_equal(writer_noted(w, SPAN("file:batch"), &noted), version >= 0);
	assert_true(version < 0 || span_is(noted, expected));
	writer_close(w);
	go_on(dir);
}

/* Runs the work in a child; *acknowledged is the last batch that was. Its exit status, or -1 when it was killed. */
static int run(const char *dir, int kill_after_us, int *acknowledged)
{
	int p[2];
	unsigned batch;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		index_dir = dir;
		ack_pipe = p[1];
		_exit(work(0) ? 3 : 0);
	}
	close(p[1]);
	if (kill_after_us >= 0) {
		usleep((useconds_t)kill_after_us);
		kill(child, SIGKILL);
	}
	*acknowledged = acknowledged_quickly = -1;
	while (read(p[0], &batch, sizeof batch) == sizeof batch)
		*(batch >= QUICK ? &acknowledged_quickly : acknowledged) = (int)(batch % QUICK);
	close(p[0]);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void killed_at_random(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		char dir[64];
		int acknowledged;
		fixture_dir(dir);
		run(dir, (int)(i * 7919 % 60000), &acknowledged);
		verify(dir, acknowledged);
		fixture_remove(dir);
	}
}

static void killed_with_children(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		char dir[64];
		int acknowledged;
		fixture_dir(dir);
		builders = 2;
		run(dir, (int)(i * 7919 % 90000), &acknowledged);
		builders = 0;
		verify(dir, acknowledged);
		fixture_remove(dir);
	}
}

/* ---- Each call ---- */

struct shared { /* with the child */
	long number;       /* calls so far */
	enum call touched; /* what the interference hit */
};
static struct shared *shared;
static long call_target;
static int call_errno;   /* 0: kill */
static bool call_sticks; /* every later one fails too */

static int interfere(const struct call_info *c)
{
	if (c->call == CALL_CLOSE || !counts(c))
		return 0;
	long n = shared->number++;
	if (n < call_target || (n > call_target && !call_sticks))
		return 0;
	if (n == call_target)
		shared->touched = c->call;
	if (!call_errno)
		raise(SIGKILL);
	return call_errno;
}

static long step(void)
{
	const char *z = getenv("FAULT_STEP");
	return z && atoi(z) > 0 ? atoi(z) : 7;
}

/* One run in which call number `target` meets the error; returns how the child ended. */
static int run_with(long target, int *acknowledged, char dir[64])
{
	fixture_dir(dir);
	*shared = (struct shared){0, CALL_CLOSE};
	call_target = target;
	syscall_hook = interfere;
	int status = run(dir, -1, acknowledged);
	syscall_hook = NULL;
	return status;
}

/* Interferes with one call after the other; how many there were. */
static long each_call(int error, bool sticks, long start)
{
	char dir[64];
	int acknowledged;
	call_errno = error;
	call_sticks = sticks;
	assert_int_equal(run_with(LONG_MAX, &acknowledged, dir), 0);
	fixture_remove(dir);
	assert_int_equal(acknowledged, BATCHES - 1);
	long all = shared->number;
	assert_true(all > 200);
	for (long i = start; i < all; i += step()) {
		int status = run_with(i, &acknowledged, dir);
		if (status == 0)
			assert_int_equal(acknowledged, BATCHES - 1);
		if (error && shared->touched == CALL_FSYNC)
			assert_int_equal(status, 3); /* a sync that failed is never passed over */
		if (!error)
			assert_int_equal(status, -1);
		verify(dir, acknowledged);
		fixture_remove(dir);
	}
	return all;
}

static void killed_at_each_call(void **state)
{
	(void)state;
	print_message("%ld calls\n", each_call(0, false, 0));
}

static void each_call_fails_once(void **state)
{
	(void)state;
	print_message("%ld calls\n", each_call(EIO, false, 1));
}

static void disk_full_from_then_on(void **state)
{
	(void)state;
	print_message("%ld calls\n", each_call(ENOSPC, true, 2));
}

static int refuse_links(const struct call_info *c) { return c->call == CALL_LINK ? EPERM : 0; }

static void no_hard_links(void **state)
{
	char dir[64];
	int acknowledged;
	(void)state;
	fixture_dir(dir);
	syscall_hook = refuse_links;
	assert_int_equal(run(dir, -1, &acknowledged), 0);
	syscall_hook = NULL;
	assert_int_equal(acknowledged, BATCHES - 1);
	verify(dir, acknowledged);
	fixture_remove(dir);
}

/* ---- Readers meanwhile ---- */

static _Noreturn void commit_for_ever(const char *dir)
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	struct err err = {0};
	uint64_t revision;
	bool did;
	o.max_segments = 2;
	int rc = writer_open(dir, &o, &w, NULL, &err);
	for (unsigned batch = 0; batch < 1000000 && rc == 0; batch++) {
		rc = put_batch(w, batch, &err);
		if (rc == 0)
			rc = writer_commit(w, &revision, &err);
		if (rc == 0 && batch % 2)
			rc = writer_merge(w, batch % 8 == 1, &did, &err);
		shared->number = batch;
	}
	_exit(3);
}

/* A writer commits and merges as fast as it can: whoever opens meanwhile sees one commit, whole, and never an older one again. */
static void read_while_written(void **state)
{
	char dir[64];
	int last = -1, opened = 0;
	(void)state;
	fixture_dir(dir);
	shared->number = -1;
	pid_t child = fork();
	if (child == 0)
		commit_for_ever(dir);
	while (*(volatile long *)&shared->number < 1)
		usleep(1000);
	for (; *(volatile long *)&shared->number < 300; opened++) {
		long before = *(volatile long *)&shared->number;
		int version = version_left(dir);
		assert_true(version >= last && version >= before);
		last = version;
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	print_message("%d snapshots of %ld commits\n", opened, shared->number);
	assert_true(opened > 20);
	fixture_remove(dir);
}

int main(void)
{
	syscalls_no_sync = true;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_random), cmocka_unit_test(killed_with_children), cmocka_unit_test(killed_at_each_call), cmocka_unit_test(each_call_fails_once),
		cmocka_unit_test(disk_full_from_then_on), cmocka_unit_test(no_hard_links), cmocka_unit_test(read_while_written)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
