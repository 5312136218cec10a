// SPDX-License-Identifier: GPL-2.0-or-later
/* xapian-c without memory: each allocation of a scenario fails in its turn, and only XC_ENOMEM may come out.
 *
 * operator new is replaced by one that counts. A scenario is run with the first allocation failing, then with the second, and so
 * on until it runs through. Whatever happens: no crash, no exception, no leak of ours, and the next run with
 * memory works. What Xapian itself leaks then is told apart by its frames (see __lsan_default_suppressions).
 */
#include <filesystem> // before cmocka, which has a macro called fail

#include "test-xapian-c.h"

#include <new>

#include <signal.h>
#include <sys/wait.h>

namespace
{

long allocations, fail_at; /* fail_at 0: never */

void *allocate(size_t size)
{
	if (fail_at && ++allocations >= fail_at && allocations < fail_at + 1)
		throw std::bad_alloc();
	void *memory = malloc(size ? size : 1);
	if (!memory)
		throw std::bad_alloc();
	return memory;
}

} // namespace

void *operator new(size_t size) { return allocate(size); }
void *operator new[](size_t size) { return allocate(size); }
void operator delete(void *memory) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }
void operator delete[](void *memory, size_t) noexcept { free(memory); }

extern "C" {
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libxapian.so\n"; // whatever Xapian allocated, or a clone that Xapian asked for and then lost
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void) { return "print_suppressions=0"; }
}

namespace
{

/* ---- The scenarios: plain C, stopped by the first code ---- */

struct world {
	folder *f;
	char *dir;  /* what is written, afresh each time */
	char *made; /* what is read */
	char *dest;
	xc_err err;
	int step; /* how far it came */
};

int write_one(world *w)
{
	xc_writer *writer = nullptr;
	const xc_write_options o = {XC_CREATE, XC_NO_SYNC | XC_NO_TERMLIST, 0};
	int code = xc_writer_open(w->dir, &o, &writer, &w->err);
	for (int i = 0; code == 0 && i < 3; i++)
		code = add_words(writer, "a-term-that-is-too-long-for-the-short-string kim:2 putin", 1, "a value that is long, too", nullptr,
				 &w->err);
	if (code == 0)
		code = xc_writer_set_metadata(writer, "a key that is not short", 23, "a value that is not short", 25, &w->err);
	if (code == 0)
		code = xc_writer_commit(writer, &w->err);
	if (code) {
		xc_writer_discard(writer);
		return code;
	}
	return xc_writer_close(writer, &w->err);
}

int merge_and_check(world *w)
{
	const char *dirs[] = {w->made, w->made};
	const xc_compact_args in = {dirs, 2, w->dest, 0, 0, nullptr, nullptr};
	uint64_t faults = 0;
	int code = xc_compact(&in, &w->err);
	return code ? code : xc_check(w->made, &faults, nullptr, nullptr, &w->err);
}

int read_streams(xc_db *db, xc_err *err)
{
	xc_postings *p = nullptr;
	xc_terms *t = nullptr;
	xc_values *v = nullptr;
	uint32_t ids[8], wdfs[8], lengths[8];
	xc_term_row terms[8];
	xc_value_row values[8];
	size_t n = 0;
	int code = xc_postings_open(db, "kim", 3, &p, err);
	code = code ? code : xc_postings_read(p, ids, wdfs, lengths, 8, &n, err);
	code = code ? code : xc_terms_open(db, "", 0, &t, err);
	code = code ? code : xc_terms_read(t, terms, 8, &n, err);
	code = code ? code : xc_values_open(db, 0, &v, err);
	code = code ? code : xc_values_read(v, values, 8, &n, err);
	xc_postings_close(p);
	xc_terms_close(t);
	xc_values_close(v);
	return code;
}

int read_documents(xc_db *db, xc_err *err)
{
	xc_buf b = XC_BUF;
	xc_db_stats s;
	xc_term_freqs freqs;
	const uint32_t ids[] = {1, 3};
	size_t ends[2], n = 0;
	uint32_t places[4];
	char uuid[XC_UUID_SIZE];
	int code = xc_doc_data(db, 1, &b, err);
	code = code ? code : xc_docs_data(db, ids, 2, &b, ends, err);
	code = code ? code : xc_doc_value(db, 1, 0, &b, err);
	code = code ? code : xc_metadata(db, "a key that is not short", 23, &b, err);
	code = code ? code : xc_stats(db, &s, err);
	code = code ? code : xc_uuid(db, 1, uuid, err);
	code = code ? code : xc_term_stats(db, "a-term-that-is-too-long-for-the-short-string", 44, &freqs, err);
	code = code ? code : xc_positions(db, 1, "kim", 3, places, 4, &n, err);
	code = code ? code : xc_reopen(db, nullptr, err);
	xc_buf_done(&b);
	return code;
}

int read_two(world *w)
{
	const char *dirs[] = {w->made, w->made};
	xc_db *db = nullptr;
	xc_stemmer *stemmer = nullptr;
	char stem[32];
	size_t n = 0;
	int code = xc_open_many(dirs, 2, &db, &w->err);
	code = code ? code : read_streams(db, &w->err);
	code = code ? code : read_documents(db, &w->err);
	code = code ? code : xc_stemmer_new("en", &stemmer, &w->err);
	code = code ? code : xc_stem(stemmer, "internationalisation", 20, stem, sizeof stem, &n, &w->err);
	xc_stemmer_free(stemmer);
	xc_close(db);
	return code;
}

/* ---- A search with one of everything ---- */

long clones;

struct two_docs {
	uint32_t at;
};
int two_clone(void *, void **state)
{
	*state = calloc(1, sizeof(two_docs));
	clones++;
	return *state ? 0 : 1;
}
void two_release(void *state)
{
	clones--;
	free(state);
}
int two_init(void *, const xc_shard *, xc_bounds *out)
{
	*out = {2, 2, 2, 1.5};
	return 0;
}
int two_stand(void *state, uint32_t docid, xc_at *at)
{
	two_docs *s = static_cast<two_docs *>(state);
	s->at = docid;
	at->docid = docid > 2 ? 0 : docid;
	return 0;
}
int two_next(void *state, double, xc_at *at) { return two_stand(state, static_cast<two_docs *>(state)->at + 1, at); }
int two_skip_to(void *state, uint32_t docid, double, xc_at *at) { return two_stand(state, docid, at); }
int two_weight(void *, double *out)
{
	*out = 1.5;
	return 0;
}

int see_value(void *, const xc_seen *seen, double)
{
	const void *bytes = nullptr;
	size_t len = 0;
	int code = xc_seen_value(seen, 0, &bytes, &len);
	return code == XC_ENOMEM ? 0 : code; // the failure is the search's, whatever is said here
}
int keep_all(void *, const xc_seen *, int *) { return 0; }
int make_key(void *, const xc_seen *seen, const void **key, size_t *len)
{
	int code = xc_seen_value(seen, 0, key, len);
	return code ? 1 : 0;
}

enum { N_LEAVES = 6 };

int make_leaves(xc_query **q, xc_err *err)
{
	static const uint32_t ids[] = {1, 2, 3};
	static const float weights[] = {1, 2, 3};
	static const uint64_t words[] = {0xE};
	const xc_source source = {nullptr, two_clone, two_release, two_init, two_next, two_skip_to, two_weight};
	xc_list list = {};
	list.n = 3;
	list.docids = ids;
	list.weights = weights;
	const xc_list lists_of[2] = {list, list};
	const xc_bits bits[2] = {{words, 1, 0}, {words, 1, 0}};
	xc_lists lists = {};
	lists.kind = XC_LIST_FLOATS;
	lists.shards = lists_of;
	lists.n_shards = 2;
	lists.name = "a name that is not short";
	int code = xc_query_term("a-term-that-is-too-long-for-the-short-string", 44, 1, &q[0], err);
	code = code ? code : xc_query_source(&source, &q[1], err);
	code = code ? code : xc_query_lists(&lists, &q[2], err);
	code = code ? code : xc_query_bits(bits, 2, nullptr, &q[3], err);
	code = code ? code : xc_query_wildcard("ki", 2, 10, XC_WILDCARD_FIRST, XC_OR, &q[4], err);
	return code ? code : xc_query_range(0, "a", 1, "b", 1, &q[5], err);
}

int make_query(xc_query **out, xc_err *err)
{
	xc_query *q[N_LEAVES] = {}, *all = nullptr;
	xc_buf b = XC_BUF;
	int code = make_leaves(q, err);
	code = code ? code : xc_query_combine(XC_OR, q, N_LEAVES, 0, &all, err);
	code = code ? code : xc_query_scale(all, 2, out, err);
	code = code ? code : xc_query_describe(*out, &b, err);
	for (xc_query *leaf : q)
		xc_query_free(leaf);
	xc_query_free(all);
	xc_buf_done(&b);
	return code;
}

int search_two(world *w)
{
	const char *dirs[] = {w->made, w->dir};
	const xc_spy spy = {see_value, nullptr};
	xc_db *db = nullptr;
	xc_query *q = nullptr;
	xc_hits *hits = nullptr;
	xc_search_args in = {};
	int code = xc_open_many(dirs, 2, &db, &w->err);
	code = code ? code : make_query(&q, &w->err);
	in.query = q;
	in.filter = q;
	in.maxitems = 10;
	in.check_at_least = 10;
	in.sort = XC_BY_KEY_THEN_RELEVANCE;
	in.key = {make_key, nullptr};
	in.spies = &spy;
	in.n_spies = 1;
	in.decider = {keep_all, nullptr};
	in.collapse_max = 2;
	in.want_percent = 1;
	code = code ? code : xc_search(db, &in, &hits, &w->err);
	if (code == 0 && hits->n_hits == 0)
		code = -1000;
	xc_hits_free(hits);
	xc_query_free(q);
	xc_close(db);
	return code;
}

/* ---- Failing at every place ---- */

void clear(const world *w, int keep_dir)
{
	std::filesystem::remove_all(keep_dir ? w->dest : w->dir);
	std::filesystem::remove_all(w->dest);
}

int run_once(world *w, int (*scenario)(world *), long at)
{
	memset(&w->err, 0, sizeof w->err);
	allocations = 0;
	fail_at = at;
	int code = scenario(w);
	fail_at = 0;
	return code;
}

/* Does it live through it? Xapian 1.4.22 has three places that do not: one in commit() that throws out of a destructor, and
 * two in allterms_begin() over several databases that free what was freed. */
bool dies(world *w, int (*scenario)(world *), long at)
{
	int status = 0;
	fflush(nullptr);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL); // cmocka catches them
		signal(SIGSEGV, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		run_once(w, scenario, at);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* What was called a success is one: the documents are there. */
void check_written(world *w, int writes)
{
	xc_err e = XC_ERR;
	xc_db *db = nullptr;
	xc_db_stats s;
	ok(xc_open(writes == 1 ? w->dir : w->dest, &db, &e));
	ok(xc_stats(db, &s, &e));
	assert_int_equal(s.doccount, writes == 1 ? 3 : 6);
	xc_close(db);
}

/* Every k until the scenario makes fewer allocations than that. `swallowed`: how often Xapian went on without what it did not get
 * (in destructors, in caches). */
void fail_everywhere(world *w, int (*scenario)(world *), int writes, long deaths)
{
	long k = 1, failed = 0, swallowed = 0, died = 0;
	for (; k < 100000; k++) {
		bool dead = deaths && dies(w, scenario, k);
		if (deaths && writes)
			clear(w, writes == 2);
		died += dead;
		if (dead)
			continue;
		int code = run_once(w, scenario, k);
		bool reached = allocations >= k;
		if (code && (code != XC_ENOMEM || w->err.code != XC_ENOMEM))
			print_error("allocation %ld: %d %s\n", k, code, w->err.msg);
		assert_true(code == 0 || (code == XC_ENOMEM && w->err.code == XC_ENOMEM));
		if (writes && code == 0)
			check_written(w, writes);
		if (writes)
			clear(w, writes == 2);
		if (!reached)
			break;
		failed += code != 0;
		swallowed += code == 0;
	}
	print_message("%ld places fail, %ld go unnoticed, %ld kill Xapian\n", failed, swallowed, died);
	assert_true(failed >= 100);
	assert_true(swallowed * 20 <= failed);
	assert_true(died <= deaths);
	assert_int_equal(run_once(w, scenario, 0), 0);
}

void writing(void **state)
{
	fail_everywhere(static_cast<world *>(*state), write_one, 1, 1);
	clear(static_cast<world *>(*state), 0);
}

void merging_and_checking(void **state)
{
	fail_everywhere(static_cast<world *>(*state), merge_and_check, 2, 0);
	clear(static_cast<world *>(*state), 1);
}

void reading(void **state) { fail_everywhere(static_cast<world *>(*state), read_two, 0, 2); }

void searching(void **state)
{
	world *w = static_cast<world *>(*state);
	assert_int_equal(write_one(w), 0);
	fail_everywhere(w, search_two, 0, 0);
	assert_true(clones >= 0);
}

int world_make(void **state)
{
	void *f = nullptr;
	world *w = static_cast<world *>(calloc(1, sizeof(world)));
	const char *const docs[] = {"kim putin", "a-term-that-is-too-long-for-the-short-string kim", "kim:4 trump"};
	if (!w || folder_make(&f))
		return -1;
	w->f = static_cast<folder *>(f);
	w->dir = place_new(w->f, "written");
	w->made = place_new(w->f, "made");
	w->dest = place_new(w->f, "merged");
	build(w->made, docs, 3, 0);
	*state = w;
	return 0;
}

int world_remove(void **state)
{
	world *w = static_cast<world *>(*state);
	void *f = w->f;
	free(w->dir);
	free(w->made);
	free(w->dest);
	free(w);
	return folder_remove(&f);
}

} // namespace

XAPIAN_UNDER_ASAN

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writing, world_make, world_remove),
		cmocka_unit_test_setup_teardown(merging_and_checking, world_make, world_remove),
		cmocka_unit_test_setup_teardown(reading, world_make, world_remove),
		cmocka_unit_test_setup_teardown(searching, world_make, world_remove),
	};
	return cmocka_run_group_tests_name("xapian-c-nomem", tests, nullptr, nullptr);
}
