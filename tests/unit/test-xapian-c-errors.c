/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c: what goes wrong outside comes back as a code with words: nothing there, locked, damaged, moved on, disk full. */
#include "test-xapian-c.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

XAPIAN_UNDER_ASAN

static void nothing_there(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_writer *w = NULL;
	uint64_t faults = 9;
	fails(XC_ENOTFOUND, xc_open(place(f, "nobody"), &db, &e));
	fails(XC_EIO, xc_check(place(f, "nobody"), &faults, NULL, NULL, &e));
	assert_int_equal(mkdir(place(f, "empty"), 0700), 0);
	fails(XC_ENOTFOUND, xc_open(place(f, "empty"), &db, &e));
	const char *both_there[] = {f->path, f->path};
	fails(XC_ENOTFOUND, xc_open_many(both_there, 2, &db, &e));
	fails(XC_EIO, xc_writer_open(place(f, "no/such/parent"), NULL, &w, &e));
	struct xc_compact_args in = {both_there, 1, place(f, "dest"), 0, 0, NULL, NULL};
	fails(XC_ENOTFOUND, xc_compact(&in, &e));
	assert_null(db);
	assert_null(w);
	assert_int_equal(faults, 9);
}

static void a_file_in_the_way(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_writer *w = NULL;
	FILE *file = fopen(place(f, "file"), "w");
	assert_non_null(file);
	fputs("this is no database\n", file);
	fclose(file);
	fails(XC_EIO, xc_open(place(f, "file"), &db, &e));
	assert_true(xc_writer_open(place(f, "file"), NULL, &w, &e) < 0);
	assert_null(db);
	assert_null(w);
}

/* The words name the thing and the cause. */
static void the_words_help(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	assert_int_equal(xc_open(place(f, "nobody"), &db, &e), XC_ENOTFOUND);
	assert_non_null(strstr(e.msg, "nobody"));
	assert_non_null(strstr(e.msg, "No such file"));
	assert_int_equal(xc_open(place(f, "nobody"), &db, NULL), XC_ENOTFOUND);
}

/* Words that do not fit are cut, but not inside a letter: é after an even, then after an odd number of bytes. */
static void long_words_are_cut(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	for (unsigned shift = 0; shift < 2; shift++) {
		char path[400] = "/xy";
		for (size_t i = 2 + shift; i + 2 < sizeof path; i += 2)
			memcpy(path + i, i % 200 > 1 ? "\xc3\xa9" : "//", 3);
		assert_true(xc_open(path, &db, &e) < 0);
		size_t len = strlen(e.msg);
		assert_true(len == 255 || len == 254);
		assert_int_equal((unsigned char)e.msg[len - 1], 0xa9);
		assert_int_equal((unsigned char)e.msg[len - 2], 0xc3);
	}
}

static void words_for_each_code(void **state)
{
	(void)state;
	for (int code = XC_EINTERNAL; code <= XC_OK; code++)
		for (int other = XC_EINTERNAL; other < code; other++)
			assert_string_not_equal(xc_strerror(code), xc_strerror(other));
	assert_string_equal(xc_strerror(1), "unknown error");
	assert_string_equal(xc_strerror(-99), "unknown error");
	assert_true(xc_xapian_version()[0] == '1');
}

/* NULL where a thing is needed is a code, not a crash. */
static void no_arguments(void **state)
{
	(void)state;
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	size_t n = 0;
	uint32_t id = 0;
	fails(XC_EINVAL, xc_open(NULL, (struct xc_db **)&q, &e));
	fails(XC_EINVAL, xc_open_many(NULL, 2, (struct xc_db **)&q, &e));
	fails(XC_EINVAL, xc_reopen(NULL, NULL, &e));
	fails(XC_EINVAL, xc_stats(NULL, NULL, &e));
	fails(XC_EINVAL, xc_uuid(NULL, 0, NULL, &e));
	fails(XC_EINVAL, xc_metadata(NULL, "k", 1, NULL, &e));
	fails(XC_EINVAL, xc_term_stats(NULL, "k", 1, NULL, &e));
	fails(XC_EINVAL, xc_doc_length(NULL, 1, NULL, &e));
	fails(XC_EINVAL, xc_doc_data(NULL, 1, NULL, &e));
	fails(XC_EINVAL, xc_doc_value(NULL, 1, 0, NULL, &e));
	fails(XC_EINVAL, xc_docs_data(NULL, NULL, 1, NULL, NULL, &e));
	fails(XC_EINVAL, xc_positions(NULL, 1, "t", 1, NULL, 0, &n, &e));
	fails(XC_EINVAL, xc_postings_open(NULL, "t", 1, NULL, &e));
	fails(XC_EINVAL, xc_postings_read(NULL, &id, NULL, NULL, 1, &n, &e));
	fails(XC_EINVAL, xc_postings_skip_to(NULL, 1, &e));
	fails(XC_EINVAL, xc_terms_open(NULL, "t", 1, NULL, &e));
	fails(XC_EINVAL, xc_terms_read(NULL, NULL, 0, &n, &e));
	fails(XC_EINVAL, xc_terms_skip_to(NULL, "t", 1, &e));
	fails(XC_EINVAL, xc_values_open(NULL, 0, NULL, &e));
	fails(XC_EINVAL, xc_values_read(NULL, NULL, 0, &n, &e));
	fails(XC_EINVAL, xc_values_skip_to(NULL, 1, &e));
	fails(XC_EINVAL, xc_writer_open(NULL, NULL, NULL, &e));
	fails(XC_EINVAL, xc_writer_add(NULL, NULL, NULL, &e));
	fails(XC_EINVAL, xc_writer_commit(NULL, &e));
	fails(XC_EINVAL, xc_writer_doccount(NULL, &id, &e));
	fails(XC_EINVAL, xc_writer_set_metadata(NULL, "k", 1, "v", 1, &e));
	fails(XC_EINVAL, xc_compact(NULL, &e));
	fails(XC_EINVAL, xc_check(NULL, NULL, NULL, NULL, &e));
	fails(XC_EINVAL, xc_query_term("", 0, 1, &q, &e));
	fails(XC_EINVAL, xc_query_term(NULL, 4, 1, &q, &e));
	fails(XC_EINVAL, xc_query_all(NULL, &e));
	fails(XC_EINVAL, xc_query_nothing(NULL, &e));
	fails(XC_EINVAL, xc_query_combine(XC_AND, NULL, 3, 0, &q, &e));
	fails(XC_EINVAL, xc_query_scale(NULL, 1, &q, &e));
	fails(XC_EINVAL, xc_query_describe(NULL, NULL, &e));
	fails(XC_EINVAL, xc_search(NULL, NULL, NULL, &e));
	fails(XC_EINVAL, xc_stem(NULL, "a", 1, NULL, 0, &n, &e));
	assert_null(q);
}

static void documents_that_are_not_there(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_buf b = XC_BUF;
	uint32_t n = 0;
	const char *const docs[] = {"kim"};
	build(place(f, "db"), docs, 1, 0);
	ok(xc_open(place(f, "db"), &db, &e));
	fails(XC_ENOTFOUND, xc_doc_data(db, 2, &b, &e));
	fails(XC_EINVAL, xc_doc_data(db, 0, &b, &e));
	fails(XC_ENOTFOUND, xc_doc_value(db, 2, 0, &b, &e));
	fails(XC_ENOTFOUND, xc_doc_length(db, 2, &n, &e));
	fails(XC_EINVAL, xc_doc_data(db, 1, NULL, &e));
	assert_null(b.bytes);
	xc_close(db);
}

/* ---- Locks ---- */

static void locked_in_this_process(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL, *other = NULL;
	struct xc_write_options o = {XC_CREATE_OR_OPEN, 0, 0};
	ok(xc_writer_open(place(f, "db"), &o, &w, &e));
	fails(XC_ELOCKED, xc_writer_open(place(f, "db"), &o, &other, &e));
	ok(xc_writer_close(w, &e));
	ok(xc_writer_open(place(f, "db"), &o, &other, &e));
	xc_writer_discard(other);
}

/* A child opens the database, says so through a pipe, and lives until the other pipe is closed. */
static pid_t lock_in_child(const char *dir, int *release)
{
	int ready[2], go[2];
	char byte = 0;
	assert_int_equal(pipe(ready) + pipe(go), 0);
	pid_t child = fork();
	if (child == 0) {
		struct xc_writer *w = NULL;
		struct xc_write_options o = {XC_CREATE_OR_OPEN, 0, 0};
		close(go[1]);
		byte = xc_writer_open(dir, &o, &w, NULL) == 0 ? 'y' : 'n';
		ssize_t n = write(ready[1], &byte, 1);
		n += read(go[0], &byte, 1);
		_exit(n < 0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(byte, 'y');
	*release = go[1];
	return child;
}

static void locked_by_another_process(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_write_options o = {XC_CREATE_OR_OPEN, 0, 0};
	int release = -1;
	pid_t child = lock_in_child(place(f, "db"), &release);
	fails(XC_ELOCKED, xc_writer_open(place(f, "db"), &o, &w, &e));
	close(release);
	assert_int_equal(waitpid(child, NULL, 0), child);
	ok(xc_writer_open(place(f, "db"), &o, &w, &e));
	ok(xc_writer_close(w, &e));
}

/* ---- A writer that moves on under a reader ---- */

static void add_many(struct xc_writer *w, const char *prefix, int n)
{
	struct xc_err e = XC_ERR;
	char words[128];
	for (int i = 0; i < n; i++) {
		snprintf(words, sizeof words, "common %s%d %sx%d %sy%d", prefix, i, prefix, i, prefix, i);
		ok(add_words(w, words, 1, NULL, NULL, &e));
	}
	ok(xc_writer_commit(w, &e));
}

static int read_all(struct xc_db *db, const char *word, struct xc_err *err)
{
	struct xc_query *q = term(word);
	struct xc_hits *hits = NULL;
	struct xc_buf b = XC_BUF;
	struct xc_search_args in = {.query = q, .maxitems = 1000, .check_at_least = 100000};
	int code = xc_search(db, &in, &hits, err);
	for (size_t i = 0; code == 0 && i < hits->n_hits; i++)
		code = xc_doc_data(db, hits->hits[i].docid, &b, err);
	xc_hits_free(hits);
	xc_query_free(q);
	xc_buf_done(&b);
	return code;
}

static void two_commits_behind(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	struct xc_postings *p = NULL;
	static uint32_t ids[16384];
	size_t n = 0;
	const struct xc_write_options o = {XC_CREATE, XC_NO_SYNC, 2048};
	ok(xc_writer_open(place(f, "db"), &o, &w, &e));
	add_many(w, "a", 6000);
	ok(xc_open(place(f, "db"), &db, &e));
	ok(xc_postings_open(db, "common", 6, &p, &e));
	ok(xc_postings_read(p, ids, NULL, NULL, 1, &n, &e));
	for (char name[2] = "b"; name[0] < 'f'; name[0]++)
		add_many(w, name, 500);
	xapian_leaks(1);
	int code = read_all(db, "common", &e);
	xapian_leaks(0);
	assert_int_equal(code, XC_EMODIFIED);
	assert_int_equal(e.code, XC_EMODIFIED);
	fails(XC_EMODIFIED, xc_postings_read(p, ids, NULL, NULL, 16384, &n, &e));
	fails(XC_EMODIFIED, xc_postings_read(p, ids, NULL, NULL, 1, &n, &e)); /* it stays dead */
	fails(XC_EMODIFIED, xc_postings_skip_to(p, 1, &e));
	xc_postings_close(p);
	ok(xc_reopen(db, NULL, &e));
	ok(read_all(db, "common", &e));
	xc_close(db);
	ok(xc_writer_close(w, &e));
}

/* ---- Damage ---- */

static void damage(const char *path, long at, size_t n)
{
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, at, SEEK_SET);
	for (size_t i = 0; i < n; i++)
		fputc(0xA5, file);
	fclose(file);
}

static void build_many(const char *dir)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	const struct xc_write_options o = {XC_CREATE, XC_NO_SYNC, 0};
	ok(xc_writer_open(dir, &o, &w, &e));
	add_many(w, "a", 2000);
	ok(xc_writer_close(w, &e));
}

static void damaged_blocks(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	uint64_t faults = 0;
	build_many(place(f, "db"));
	struct stat s;
	assert_int_equal(stat(place(f, "db/postlist.glass"), &s), 0);
	damage(place(f, "db/postlist.glass"), 0, (size_t)s.st_size);
	xapian_leaks(1); /* the checker, too, loses its tables when it is left by an exception */
	int code = xc_check(place(f, "db"), &faults, NULL, NULL, &e);
	assert_true(code == XC_ECORRUPT || code == XC_EIO || (code == 0 && faults > 0));
	code = xc_open(place(f, "db"), &db, &e);
	if (code == 0)
		code = read_all(db, "common", &e);
	xapian_leaks(0);
	assert_true(code == XC_ECORRUPT || code == XC_EIO);
	assert_int_equal(e.code, code);
	xc_close(db);
}

static void damaged_version_file(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	const char *const docs[] = {"kim"};
	build(place(f, "db"), docs, 1, 0);
	damage(place(f, "db/iamglass"), 14, 2); /* the format's version, after the magic */
	fails(XC_EVERSION, xc_open(place(f, "db"), &db, &e));
	damage(place(f, "db/iamglass"), 0, 14);
	int code = xc_open(place(f, "db"), &db, &e);
	assert_true(code == XC_EVERSION || code == XC_ECORRUPT);
	assert_int_equal(truncate(place(f, "db/iamglass"), 0), 0);
	assert_true(xc_open(place(f, "db"), &db, &e) < 0);
	assert_null(db);
}

static void a_table_is_missing(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	const char *const docs[] = {"kim"};
	build(place(f, "db"), docs, 1, 0);
	assert_int_equal(unlink(place(f, "db/postlist.glass")), 0);
	int code = xc_open(place(f, "db"), &db, &e);
	assert_true(code == XC_EIO || code == XC_ECORRUPT || code == XC_ENOTFOUND);
	assert_null(db);
}

/* ---- A full disk: a limit on the size of files stands in for it ---- */

/* In a child, for limits are for ever. Says with its exit status what went wrong, 0 nothing. */
static int in_child(int (*body)(const char *), const char *dir)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(body(dir));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
}

static int fill_up(const char *dir)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	char words[64];
	if (xc_writer_open(dir, NULL, &w, &e))
		return 1;
	if (add_words(w, "first", 1, NULL, NULL, &e) || xc_writer_commit(w, &e))
		return 2;
	for (int i = 0; i < 5000; i++) {
		snprintf(words, sizeof words, "common word%d", i);
		if (add_words(w, words, 1, NULL, NULL, &e))
			return 3;
	}
	limit_files(65536);
	if (xc_writer_commit(w, &e) != XC_EFULL || e.code != XC_EFULL)
		return 4;
	limit_files(RLIM_INFINITY);
	/* Xapian would now say that all is well, and the batch would be gone. */
	if (xc_writer_commit(w, &e) != XC_EFULL || add_words(w, "x", 1, NULL, NULL, &e) != XC_EFULL)
		return 5;
	if (xc_writer_set_metadata(w, "k", 1, "v", 1, &e) != XC_EFULL)
		return 6;
	return xc_writer_close(w, &e) == XC_EFULL ? 0 : 7;
}

static void a_full_disk_breaks_the_writer(void **state)
{
	struct folder *f = *state;
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct xc_db_stats s;
	assert_int_equal(in_child(fill_up, place(f, "db")), 0);
	ok(xc_open(place(f, "db"), &db, &e)); /* the last good commit is there */
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.doccount, 1);
	xc_close(db);
}

static int merge_full(const char *dir)
{
	struct xc_err e = XC_ERR;
	char dest[300];
	snprintf(dest, sizeof dest, "%s.merged", dir);
	struct xc_compact_args in = {&dir, 1, dest, 0, 0, NULL, NULL};
	limit_files(16384);
	return xc_compact(&in, &e) == XC_EFULL ? 0 : 1;
}

static void a_full_disk_stops_a_merge(void **state)
{
	struct folder *f = *state;
	build_many(place(f, "db"));
	assert_int_equal(in_child(merge_full, place(f, "db")), 0);
}

static int run_out_of_files(const char *dir)
{
	struct xc_err e = XC_ERR;
	struct xc_db *db = NULL;
	struct rlimit limit = {4, 4};
	setrlimit(RLIMIT_NOFILE, &limit);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	int code = xc_open(dir, &db, &e);
	return code == XC_EIO || code == XC_ENOTFOUND ? 0 : 1;
}

static void no_descriptors_left(void **state)
{
	struct folder *f = *state;
	const char *const docs[] = {"kim"};
	build(place(f, "db"), docs, 1, 0);
	assert_int_equal(in_child(run_out_of_files, place(f, "db")), 0);
}

/* As nobody, who may not even look into the folder. */
static int write_as_nobody(const char *dir)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_db *db = NULL;
	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		return 1;
	if (xc_writer_open(dir, NULL, &w, &e) != XC_EIO)
		return 2;
	int code = xc_open(dir, &db, &e);
	return code == XC_EIO || code == XC_ENOTFOUND ? 0 : 3;
}

static void not_allowed(void **state)
{
	struct folder *f = *state;
	assert_int_equal(mkdir(place(f, "closed"), 0500), 0);
	assert_int_equal(in_child(write_as_nobody, place(f, "closed/db")), 0);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(nothing_there),
		in_folder(a_file_in_the_way),
		in_folder(the_words_help),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(words_for_each_code),
		cmocka_unit_test(no_arguments),
		in_folder(documents_that_are_not_there),
		in_folder(locked_in_this_process),
		in_folder(locked_by_another_process),
		in_folder(two_commits_behind),
		in_folder(damaged_blocks),
		in_folder(damaged_version_file),
		in_folder(a_table_is_missing),
		in_folder(a_full_disk_breaks_the_writer),
		in_folder(a_full_disk_stops_a_merge),
		in_folder(no_descriptors_left),
		in_folder(not_allowed),
	};
	return cmocka_run_group_tests_name("xapian-c-errors", tests, NULL, NULL);
}
