// SPDX-License-Identifier: GPL-2.0-or-later
/* xapian-c from C++17: the header compiles there, and callbacks that throw, whatever they throw, end in a code.
 *
 * This is the way to put every kind of exception under guard(): each is thrown where Xapian's own would come from, in the middle
 * of a match.
 */
#include "index/xapian/xc.h" // before cmocka, which has a macro called fail

#include "test-xapian-c.h"

#include <new>
#include <stdexcept>
#include <string>

namespace
{

struct kind {
	const char *name;
	void (*raise)();
	int code;
	const char *words; /* part of the message; NULL: any */
};

template <class Error> void raise_error() { throw Error("the words", "the context", ENOENT); }

template <class Error> void raise_full() { throw Error("the words", "", ENOSPC); }

const kind KINDS[] = {
	{"DatabaseModifiedError", raise_error<Xapian::DatabaseModifiedError>, XC_EMODIFIED, "the words"},
	{"DatabaseLockError", raise_error<Xapian::DatabaseLockError>, XC_ELOCKED, "the context"},
	{"DatabaseCorruptError", raise_error<Xapian::DatabaseCorruptError>, XC_ECORRUPT, "DatabaseCorruptError"},
	{"DatabaseVersionError", raise_error<Xapian::DatabaseVersionError>, XC_EVERSION, "the words"},
	{"DatabaseNotFoundError", raise_error<Xapian::DatabaseNotFoundError>, XC_ENOTFOUND, "the words"},
	{"DatabaseOpeningError", raise_error<Xapian::DatabaseOpeningError>, XC_EIO, "No such file"},
	{"DatabaseCreateError", raise_error<Xapian::DatabaseCreateError>, XC_EIO, "the words"},
	{"DatabaseClosedError", raise_error<Xapian::DatabaseClosedError>, XC_EINVAL, "the words"},
	{"DatabaseError", raise_error<Xapian::DatabaseError>, XC_EIO, "the words"},
	{"DatabaseError, disk full", raise_full<Xapian::DatabaseError>, XC_EFULL, "No space left"},
	{"DocNotFoundError", raise_error<Xapian::DocNotFoundError>, XC_ENOTFOUND, "the words"},
	{"FeatureUnavailableError", raise_error<Xapian::FeatureUnavailableError>, XC_EUNSUPPORTED, "the words"},
	{"UnimplementedError", raise_error<Xapian::UnimplementedError>, XC_EUNSUPPORTED, "the words"},
	{"InternalError", raise_error<Xapian::InternalError>, XC_EINTERNAL, "the words"},
	{"AssertionError", raise_error<Xapian::AssertionError>, XC_EINTERNAL, "the words"},
	{"NetworkError", raise_error<Xapian::NetworkError>, XC_EIO, "the words"},
	{"NetworkTimeoutError", raise_error<Xapian::NetworkTimeoutError>, XC_EIO, "the words"},
	{"QueryParserError", raise_error<Xapian::QueryParserError>, XC_EINVAL, "the words"},
	{"RangeError", raise_error<Xapian::RangeError>, XC_EINVAL, "the words"},
	{"InvalidArgumentError", raise_error<Xapian::InvalidArgumentError>, XC_EINVAL, "the words"},
	{"InvalidOperationError", raise_error<Xapian::InvalidOperationError>, XC_EINVAL, "the words"},
	{"SerialisationError", raise_error<Xapian::SerialisationError>, XC_ECORRUPT, "the words"},
	{"WildcardError", raise_error<Xapian::WildcardError>, XC_ELIMIT, "the words"},
	{"bad_alloc", [] { throw std::bad_alloc(); }, XC_ENOMEM, nullptr},
	{"bad_array_new_length", [] { throw std::bad_array_new_length(); }, XC_ENOMEM, nullptr},
	{"length_error", [] { throw std::length_error("too long"); }, XC_EINVAL, "too long"},
	{"runtime_error", [] { throw std::runtime_error("run"); }, XC_EINTERNAL, "run"},
	{"logic_error", [] { throw std::logic_error("logic"); }, XC_EINTERNAL, "logic"},
	{"an int", [] { throw 42; }, XC_EINTERNAL, "no exception"},
	{"a string", [] { throw std::string("text"); }, XC_EINTERNAL, "no exception"},
	{"a pointer", [] { throw "text"; }, XC_EINTERNAL, "no exception"},
};

/* ---- The places that throw ---- */

int throwing_spy(void *data, const xc_seen *, double)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}
int throwing_decider(void *data, const xc_seen *, int *)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}
int throwing_key(void *data, const xc_seen *, const void **, size_t *)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}
int throwing_clone(void *data, void **)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}
int some_clone(void *data, void **state)
{
	*state = data;
	return 0;
}
int some_init(void *, const xc_shard *, xc_bounds *out)
{
	*out = {1, 1, 1, 0};
	return 0;
}
int throwing_init(void *state, const xc_shard *, xc_bounds *)
{
	static_cast<const kind *>(state)->raise();
	return 0;
}
int throwing_next(void *state, double, xc_at *)
{
	static_cast<const kind *>(state)->raise();
	return 0;
}
int throwing_skip_to(void *state, uint32_t, double, xc_at *)
{
	static_cast<const kind *>(state)->raise();
	return 0;
}

xc_db *open_some(folder *f)
{
	xc_err e = XC_ERR;
	xc_db *db = nullptr;
	const char *const docs[] = {"kim putin", "putin trump", "kim trump"};
	build(place(f, "db"), docs, 3, 0);
	ok(xc_open(place(f, "db"), &db, &e));
	return db;
}

void expect(const kind &k, const char *where, int code, const xc_err &e)
{
	if (code != k.code || e.code != code || (k.words && !strstr(e.msg, k.words)))
		print_error("%s from %s: %d %s\n", k.name, where, code, e.msg);
	assert_int_equal(code, k.code);
	assert_int_equal(e.code, code);
	assert_true(e.msg[0] != '\0');
	assert_true(!k.words || strstr(e.msg, k.words));
}

void try_search(xc_db *db, const kind &k, const char *where, const xc_search_args &in)
{
	xc_err e = XC_ERR;
	xc_hits *hits = nullptr;
	xapian_leaks(1);
	int code = xc_search(db, &in, &hits, &e);
	xapian_leaks(0);
	expect(k, where, code, e);
	assert_null(hits);
	assert_int_equal(xc_search(db, &in, &hits, nullptr), k.code); /* without a place for words */
}

void try_source(xc_db *db, const kind &k, const char *where, xc_source calls)
{
	xc_err e = XC_ERR;
	xc_query *q = nullptr;
	calls.data = const_cast<kind *>(&k);
	ok(xc_query_source(&calls, &q, &e));
	xc_search_args in = {};
	in.query = q;
	in.maxitems = 10;
	xapian_leaks(1);
	try_search(db, k, where, in);
	xapian_leaks(0);
	xc_query_free(q);
}

void every_kind_from_a_match(void **state)
{
	xc_db *db = open_some(static_cast<folder *>(*state));
	xc_query *q = term("kim");
	for (const kind &k : KINDS) {
		void *data = const_cast<kind *>(&k);
		xc_spy spy = {throwing_spy, data};
		xc_search_args in = {};
		in.query = q;
		in.maxitems = 10;
		in.spies = &spy;
		in.n_spies = 1;
		xapian_leaks(1);
		try_search(db, k, "a spy", in);
		in.n_spies = 0;
		in.decider = {throwing_decider, data};
		try_search(db, k, "a decider", in);
		in.decider = {};
		in.sort = XC_BY_KEY;
		in.key = {throwing_key, data};
		try_search(db, k, "a key maker", in);
		xapian_leaks(0);
	}
	xc_query_free(q);
	xc_close(db);
}

void every_kind_from_a_source(void **state)
{
	xc_db *db = open_some(static_cast<folder *>(*state));
	for (const kind &k : KINDS) {
		const xc_source fine = {nullptr, some_clone, nullptr, some_init, throwing_next, throwing_skip_to, nullptr};
		xc_source calls = fine;
		try_source(db, k, "next", calls);
		calls.clone = throwing_clone;
		try_source(db, k, "clone", calls);
		calls = fine;
		calls.init = throwing_init;
		try_source(db, k, "init", calls);
	}
	xc_close(db);
}

int throwing_line(void *data, const char *, size_t)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}
int throwing_progress(void *data, const char *, const char *)
{
	static_cast<const kind *>(data)->raise();
	return 0;
}

/* The checker writes to a stream, which would swallow exceptions if it were let. */
void every_kind_from_the_tools(void **state)
{
	folder *f = static_cast<folder *>(*state);
	xc_close(open_some(f));
	const std::string db = place(f, "db");
	for (const kind &k : KINDS) {
		xc_err e = XC_ERR;
		uint64_t faults = 0;
		void *data = const_cast<kind *>(&k);
		expect(k, "check", xc_check(db.c_str(), &faults, throwing_line, data, &e), e);
		const std::string dest = std::string(f->path) + "/" + "merged" + std::to_string(&k - KINDS);
		const char *dirs[] = {db.c_str()};
		const xc_compact_args in = {dirs, 1, dest.c_str(), 0, 0, throwing_progress, data};
		e = XC_ERR;
		xapian_leaks(1);
		int code = xc_compact(&in, &e);
		xapian_leaks(0);
		expect(k, "compact", code, e);
	}
}

/* A failure inside xc_seen_value() is the search's, even if the callback says that all is well. */
int value_after_close(void *data, const xc_seen *seen, double)
{
	const void *bytes = nullptr;
	size_t len = 0;
	static_cast<xc_db *>(data)->db.close(); // behind the search's back
	return xc_seen_value(seen, 5, &bytes, &len) == XC_OK ? 1 : 0;
}

void a_failing_value_ends_the_search(void **state)
{
	xc_db *db = open_some(static_cast<folder *>(*state));
	xc_query *q = term("kim");
	xc_err e = XC_ERR;
	xc_hits *hits = nullptr;
	xc_spy spy = {value_after_close, db};
	xc_search_args in = {};
	in.query = q;
	in.check_at_least = 10;
	in.spies = &spy;
	in.n_spies = 1;
	xapian_leaks(1);
	int code = xc_search(db, &in, &hits, &e);
	xapian_leaks(0);
	assert_int_equal(code, XC_EINVAL);
	assert_non_null(strstr(e.msg, "closed"));
	xc_query_free(q);
	xc_close(db);
}

} // namespace

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

XAPIAN_UNDER_ASAN

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(every_kind_from_a_match),
		in_folder(every_kind_from_a_source),
		in_folder(every_kind_from_the_tools),
		in_folder(a_failing_value_ends_the_search),
	};
	return cmocka_run_group_tests_name("xapian-c-throw", tests, nullptr, nullptr);
}
