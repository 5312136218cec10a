/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts. A run of commits and merges is recorded call by call; then the power fails after any of these calls, and what the disk
 * holds is made up again from the record:
 *
 *	a write survives if its file was synced after it, a change of a folder if that folder was; of the rest
 *	NOTHING survives · the FOLDERS' changes alone (a name without its bytes) · a PREFIX in order · ANY of it, writes torn at 512 bytes
 *
 * From every such state the index must open without a word, with all that was acknowledged before the cut. And the test is tested: with
 * the syncs of folders, or of files, taken out of the record it must find losses.
 *
 * POWER_STATES=n tries n states (default 300).
 */
#include "tests/unit/store-fixture.h"
#include "tests/unit/store-syscalls.h"

#include "base/mem.h"
#include "index/store/snapshot.h"

#include <limits.h>

/* ---- The record ---- */

enum op_kind { OP_CREATE, OP_MKDIR, OP_WRITE, OP_SIZE, OP_SYNC, OP_SYNC_DIR, OP_RENAME, OP_LINK, OP_UNLINK, OP_RMDIR, OP_ACK };
struct op {
	enum op_kind kind;
	char path[96], to[96]; /* below the folder of the index; "" is itself */
	int file;              /* number of the file, for what concerns bytes */
	off_t at;
	void *bytes;
	size_t n;
};

struct name {
	char path[96];
	int file; /* -1: a folder */
};

#define MAX_OPS   20000
#define MAX_NAMES 512
static struct op ops[MAX_OPS];
static int n_ops, n_files;
static struct name names[MAX_NAMES]; /* while recording, and again while replaying */
static int n_names;
static const char *recorded; /* the folder */

static struct name *find_name(const char *path)
{
	for (int i = 0; i < n_names; i++)
		if (strcmp(names[i].path, path) == 0)
			return &names[i];
	return NULL;
}

static void drop_name(const char *path)
{
	struct name *n = find_name(path);
	if (n)
		*n = names[--n_names];
}

static void set_name(const char *path, int file)
{
	drop_name(path);
	assert_true(n_names < MAX_NAMES);
	snprintf(names[n_names].path, sizeof names[0].path, "%s", path);
	names[n_names++].file = file;
}

static void rename_below(const char *from, const char *to)
{
	struct name *n = find_name(from);
	if (n) {
		int file = n->file;
		drop_name(from);
		set_name(to, file);
	}
}

/* The path below the folder; NULL: it is elsewhere. */
static const char *below(const char *path)
{
	size_t n = strlen(recorded);
	if (!path || strncmp(path, recorded, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : "";
}

static const char *path_of_fd(int fd)
{
	static char path[PATH_MAX];
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	return below(path);
}

static struct op *add_op(enum op_kind kind, const char *path, const char *to)
{
	assert_true(n_ops < MAX_OPS);
	struct op *o = &ops[n_ops++];
	*o = (struct op){.kind = kind, .file = -1};
	snprintf(o->path, sizeof o->path, "%s", path);
	snprintf(o->to, sizeof o->to, "%s", to ? to : "");
	struct name *n = find_name(path);
	o->file = n ? n->file : -1;
	return o;
}

static void record_open(const struct call_info *c, const char *path)
{
	if (!c->existed && (c->flags & O_CREAT)) {
		set_name(path, n_files++);
		add_op(OP_CREATE, path, NULL);
	} else if (c->flags & O_TRUNC) {
		add_op(OP_SIZE, path, NULL);
	}
}

static void record_write(const struct call_info *c, const char *path)
{
	if (!find_name(path))
		return; /* removed, but still open */
	struct op *o = add_op(OP_WRITE, path, NULL);
	o->at = c->at >= 0 ? c->at : lseek(c->fd, 0, SEEK_CUR) - (off_t)c->n;
	o->bytes = mem_dup(c->bytes, c->n);
	o->n = c->n;
}

static void record_names(const struct call_info *c, const char *path, const char *to)
{
	static const enum op_kind kinds[] = {[CALL_RENAME] = OP_RENAME, [CALL_LINK] = OP_LINK, [CALL_UNLINK] = OP_UNLINK, [CALL_RMDIR] = OP_RMDIR, [CALL_MKDIR] = OP_MKDIR};
	struct name *n = find_name(path);
	add_op(kinds[c->call], path, to);
	if (c->call == CALL_RENAME)
		rename_below(path, to);
	else if (c->call == CALL_LINK)
		set_name(to, n->file);
	else if (c->call == CALL_MKDIR)
		set_name(path, -1);
	else
		drop_name(path);
}

static void record(const struct call_info *c)
{
	bool by_fd = c->call == CALL_WRITE || c->call == CALL_FSYNC || c->call == CALL_TRUNCATE;
	const char *path = by_fd ? path_of_fd(c->fd) : below(c->path);
	if (!path || c->call == CALL_CLOSE)
		return;
	if (c->call == CALL_OPEN)
		record_open(c, path);
	else if (c->call == CALL_WRITE)
		record_write(c, path);
	else if (c->call == CALL_FSYNC)
		add_op(!*path || find_name(path)->file < 0 ? OP_SYNC_DIR : OP_SYNC, path, NULL);
	else if (c->call == CALL_TRUNCATE)
		add_op(OP_SIZE, path, NULL)->at = c->at;
	else
		record_names(c, path, c->to ? below(c->to) : NULL);
}

/* ---- The run ---- */

#define BATCHES 14
#define DOCS    3

static void put_batch(struct writer *w, unsigned batch)
{
	char id[16];
	for (unsigned i = 0; i < DOCS; i++) {
		AUTO_STR struct str r = {0};
		enum put_status status;
		snprintf(id, sizeof id, "doc/%u", i);
		fixture_record(&r, id, batch);
		OK(writer_put(w, str_view(&r), &status, err));
	}
	snprintf(id, sizeof id, "%u", batch);
	writer_note(w, SPAN("file:batch"), S(id));
}

static void record_run(char dir[64])
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	uint64_t revision;
	bool did;
	fixture_dir(dir);
	recorded = dir;
	o.max_segments = 3;
	syscalls_no_sync = true;
	syscall_after = record;
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		put_batch(w, batch);
		OK(writer_commit(w, &revision, err));
		add_op(OP_ACK, "", NULL)->at = (off_t)batch;
		if (batch % 3 == 2)
			OK(writer_merge(w, batch % 2 == 0, &did, err));
	}
	writer_close(w);
	syscall_after = NULL;
}

/* ---- The state after a cut ---- */

enum model { NOTHING, FOLDERS, PREFIX, ANY, MODELS };
enum without { WITHOUT_NONE, WITHOUT_DIR_SYNC, WITHOUT_FILE_SYNC };
static uint64_t seed;
static unsigned dice(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool is_bytes(const struct op *o) { return o->kind == OP_WRITE || o->kind == OP_SIZE; }

static bool in_folder(const char *path, const char *folder)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	return strlen(folder) == n && strncmp(path, folder, n) == 0;
}

static bool durable(const struct op *o, int cut, enum without without)
{
	for (const struct op *s = o + 1; s < ops + cut; s++) {
		if (is_bytes(o) && s->kind == OP_SYNC && s->file == o->file && without != WITHOUT_FILE_SYNC)
			return true;
		if (!is_bytes(o) && s->kind == OP_SYNC_DIR && in_folder(o->path, s->path) && without != WITHOUT_DIR_SYNC)
			return true;
	}
	return false;
}

static bool survives(const struct op *o, int cut, int prefix, enum model model, enum without without)
{
	if (durable(o, cut, without))
		return true;
	switch (model) {
	case NOTHING: return false;
	case FOLDERS: return !is_bytes(o);
	case PREFIX: return o - ops < prefix;
	default: return dice(2);
	}
}

struct content {
	char *p;
	size_t n;
};

static void write_bytes(struct content *c, const struct op *o, bool torn)
{
	size_t n = torn ? o->n / 512 * 512 : o->n, end = (size_t)o->at + n;
	if (end > c->n) {
		c->p = mem_resize(c->p, end);
		memset(c->p + c->n, 0, end - c->n);
		c->n = end;
	}
	if (n)
		memcpy(c->p + o->at, o->bytes, n);
}

static void set_size(struct content *c, size_t n)
{
	c->p = mem_resize(c->p, n + 1);
	if (n > c->n)
		memset(c->p + c->n, 0, n - c->n);
	c->n = n;
}

static void apply(const struct op *o, struct content *contents, bool torn)
{
	struct name *from = find_name(o->path);
	switch (o->kind) {
	case OP_CREATE: set_name(o->path, o->file); break;
	case OP_MKDIR: set_name(o->path, -1); break;
	case OP_WRITE: write_bytes(&contents[o->file], o, torn); break;
	case OP_SIZE: set_size(&contents[o->file], (size_t)o->at); break;
	case OP_RENAME: rename_below(o->path, o->to); break;
	case OP_LINK: if (from) set_name(o->to, from->file); break;
	case OP_UNLINK:
	case OP_RMDIR: drop_name(o->path); break;
	default: break;
	}
}

static int shorter_first(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	size_t n = strlen(a->path), k = strlen(b->path);
	return n < k ? -1 : n > k;
}

static void write_state(const char *dir, const struct content *contents)
{
	char path[256];
	qsort(names, (size_t)n_names, sizeof *names, shorter_first); /* a folder before those in it */
	for (int i = 0; i < n_names; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i].path);
		if (names[i].file < 0 && syscall(SYS_mkdir, path, 0750) != 0 && !(errno == ENOENT && strchr(names[i].path, '/'))) /* the one around it did not survive */
			assert_int_equal(errno, EEXIST);
	}
	for (int i = 0; i < n_names; i++) {
		if (names[i].file < 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, names[i].path);
		int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
		if (fd < 0)
			continue; /* its folder did not survive */
		const struct content *c = &contents[names[i].file];
		if (c->n)
			assert_int_equal(syscall(SYS_write, fd, c->p, c->n), c->n);
		syscall(SYS_close, fd);
	}
}

/* Makes up one state; returns the last acknowledged batch before the cut. */
static int make_state(const char *dir, int cut, enum model model, enum without without)
{
	struct content *contents = mem_alloc((size_t)n_files * sizeof *contents);
	int acknowledged = -1, prefix = (int)dice((unsigned)cut + 1);
	n_names = 0;
	for (const struct op *o = ops; o < ops + cut; o++) {
		if (o->kind == OP_ACK)
			acknowledged = (int)o->at;
		if (o->kind != OP_SYNC && o->kind != OP_SYNC_DIR && o->kind != OP_ACK && survives(o, cut, prefix, model, without))
			apply(o, contents, model == ANY && !durable(o, cut, without) && dice(3) == 0);
	}
	write_state(dir, contents);
	for (int i = 0; i < n_files; i++)
		free(contents[i].p);
	free(contents);
	return acknowledged;
}

static int version_of(struct snapshot *s, unsigned doc)
{
	AUTO_ARENA struct arena a = {0};
	char id[16];
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	int version = -2;
	snprintf(id, sizeof id, "doc/%u", doc);
	int rc = snapshot_find(s, S(id), &at, NULL);
	if (rc)
		return rc == ERR_NOT_FOUND ? -1 : -2;
	if (snapshot_record(s, at, &a, &plain, NULL) != 0 || record_decode(&a, plain, &d, &f, NULL) != 0 || sscanf(d.title.p, "Report %d", &version) != 1)
		return -2;
	return version;
}

/* NULL, or what is wrong. */
static const char *state_problem(const char *dir, int acknowledged)
{
	AUTO_STR struct str told = {0};
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct err err = {0};
	o.no_sync = true;
	o.verify = true;
	if (writer_open(dir, &o, &w, &told, &err) != 0)
		return "it does not open";
	writer_close(w);
	if (told.n)
		return "something had to be repaired";
	if (snapshot_open(dir, NULL, &s, &err) != 0)
		return "it cannot be read";
	int version = version_of(s, 0);
	bool whole = version != -2;
	for (unsigned i = 1; i < DOCS; i++)
		whole &= version_of(s, i) == version;
	snapshot_close(s);
	return !whole ? "half a batch" : version < acknowledged ? "an acknowledged batch is lost" : NULL;
}

static int n_states(void)
{
	const char *z = getenv("POWER_STATES");
	return z && atoi(z) > 0 ? atoi(z) : 300;
}

static int count_problems(int states, enum without without, bool tell)
{
	int problems = 0;
	for (int i = 0; i < states; i++) {
		char dir[64];
		int cut = (int)dice((unsigned)n_ops) + 1;
		enum model model = (enum model)(i % MODELS);
		fixture_dir(dir);
		int acknowledged = make_state(dir, cut, model, without);
		const char *what = state_problem(dir, acknowledged);
		problems += what != NULL;
		if (what && tell)
			print_error("cut after call %d of %d, model %d, batch %d: %s\n", cut, n_ops, (int)model, acknowledged, what);
		fixture_remove(dir);
	}
	return problems;
}

static void nothing_is_lost(void **state)
{
	(void)state;
	print_message("%d calls recorded, %d states\n", n_ops, n_states());
	assert_int_equal(count_problems(n_states(), WITHOUT_NONE, true), 0);
}

static void without_folder_syncs_it_is(void **state)
{
	(void)state;
	int n = count_problems(100, WITHOUT_DIR_SYNC, false);
	print_message("%d of 100 states are broken\n", n);
	assert_true(n > 0);
}

static void without_file_syncs_it_is(void **state)
{
	(void)state;
	int n = count_problems(100, WITHOUT_FILE_SYNC, false);
	print_message("%d of 100 states are broken\n", n);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost), cmocka_unit_test(without_folder_syncs_it_is), cmocka_unit_test(without_file_syncs_it_is)};
	char dir[64];
	seed = 20260101;
	record_run(dir);
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 0; i < n_ops; i++)
		free(ops[i].bytes);
	if (io_remove_tree(dir, NULL) != 0)
		return 1;
	return rc;
}
