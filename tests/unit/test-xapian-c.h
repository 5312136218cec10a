/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of xapian-c share: a folder of their own, documents from words, plain checks.
 *
 * A document is written as words: "kim:3 putin" has the term kim three times and putin once. Its data is the line itself.
 * Nothing in a callback asserts (a failed assertion is a longjmp over C++ frames): callbacks record, tests look.
 */
#ifndef TEST_XAPIAN_C_H
#define TEST_XAPIAN_C_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif

#include <xapian-c.h>

#ifndef SOURCE_DIR
#define SOURCE_DIR "."
#endif

#define ok(call)          test_ok((call), &e, #call, __FILE__, __LINE__)
#define fails(code, call) assert_int_equal(fails_with((call), (code), &e), (code))
#define COUNT(array)      (sizeof(array) / sizeof *(array))

/* What Xapian 1.4.22 does that sanitizers report and we cannot help:
 * - Database::check frees a table through a base class that is 8 bytes smaller;
 * - a merge that is left by an exception loses its output table (some 100 KB and a descriptor), a search loses its
 *   weights (120 bytes a term): such calls are made by stops(), which looks away while it allocates. */
#ifdef __cplusplus
extern "C" {
#endif
const char *__asan_default_options(void);
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));
#ifdef __cplusplus
}
#endif

static inline void xapian_leaks(int yes)
{
	if (yes && __lsan_disable)
		__lsan_disable();
	if (!yes && __lsan_enable)
		__lsan_enable();
}

#define XAPIAN_UNDER_ASAN                                                                                                                            \
	const char *__asan_default_options(void) { return "new_delete_type_mismatch=0"; }

#define stops(wanted, answer, call)                                                                                                                  \
	do {                                                                                                                                         \
		struct xc_err s_err = XC_ERR, *err = &s_err;                                                                                         \
		xapian_leaks(1);                                                                                                                     \
		int s_code = (call);                                                                                                                 \
		xapian_leaks(0);                                                                                                                     \
		assert_int_equal(s_code, wanted);                                                                                                    \
		assert_int_equal(s_err.code, wanted);                                                                                                \
		assert_int_equal(s_err.callback, answer);                                                                                            \
		assert_true(s_err.msg[0] != '\0');                                                                                                   \
	} while (0)

struct folder {
	char path[128];
	char name[512]; /* the last place() */
};

static inline void test_ok(int code, const struct xc_err *e, const char *what, const char *file, int line)
{
	if (code != 0)
		print_error("%s: %d %s\n", what, code, e->msg);
	_assert_true(code == 0, what, file, line);
}

/* The code, if err says the same and has words. */
static inline int fails_with(int code, int wanted, struct xc_err *e)
{
	if (code != wanted)
		print_error("code %d (%s), wanted %d\n", code, e->msg, wanted);
	else if (e->code != code || e->msg[0] == '\0')
		code = -1000;
	memset(e, 0, sizeof *e);
	return code;
}

static inline int folder_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct folder *f = (struct folder *)calloc(1, sizeof *f);
	if (!f)
		return -1;
	snprintf(f->path, sizeof f->path, "%s/test-xapian-c.XXXXXX", tmp && strlen(tmp) < 80 ? tmp : "/tmp");
	*state = f;
	return mkdtemp(f->path) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	struct folder *f = (struct folder *)*state;
	char command[256];
	snprintf(command, sizeof command, "rm -rf '%s'", f->path);
	int failed = system(command);
	free(f);
	return failed;
}

static inline const char *place(struct folder *f, const char *name)
{
	snprintf(f->name, sizeof f->name, "%s/%s", f->path, name);
	return f->name;
}

/* A copy of place(), to be freed. */
static inline char *place_new(struct folder *f, const char *name) { return strdup(place(f, name)); }

enum { WORDS_MAX = 32 };

/* Adds "word:wdf word …"; positions 1, 2, … are given to the words if `positions`. Values: slot 0 is `value` unless NULL. */
static inline int add_words(struct xc_writer *w, const char *words, int positions, const char *value, uint32_t *docid, struct xc_err *err)
{
	struct xc_term terms[WORDS_MAX];
	uint32_t places[WORDS_MAX];
	struct xc_value v = {0, value, value ? strlen(value) : 0};
	struct xc_doc doc;
	memset(&doc, 0, sizeof doc);
	doc.terms = terms;
	doc.values = &v;
	doc.n_values = value ? 1 : 0;
	doc.data = words;
	doc.data_len = strlen(words);
	for (const char *p = words; *p && doc.n_terms < WORDS_MAX; p += strspn(p, " ")) {
		struct xc_term *t = &terms[doc.n_terms];
		size_t len = strcspn(p, " "), name = strcspn(p, ": ");
		places[doc.n_terms] = (uint32_t)doc.n_terms + 1;
		t->bytes = p;
		t->len = name;
		t->wdf = name < len ? (uint32_t)atoi(p + name + 1) : 1;
		t->n_positions = positions ? 1 : 0;
		t->positions = &places[doc.n_terms];
		doc.n_terms++;
		p += len;
	}
	return xc_writer_add(w, &doc, docid, err);
}

/* A database of these documents. */
static inline void build(const char *dir, const char *const *docs, size_t n, unsigned flags)
{
	struct xc_err e = XC_ERR;
	struct xc_writer *w = NULL;
	struct xc_write_options o;
	memset(&o, 0, sizeof o);
	o.flags = flags | XC_NO_SYNC;
	ok(xc_writer_open(dir, &o, &w, &e));
	for (size_t i = 0; i < n; i++)
		ok(add_words(w, docs[i], 1, NULL, NULL, &e));
	ok(xc_writer_close(w, &e));
}

static inline struct xc_query *term(const char *word)
{
	struct xc_err e = XC_ERR;
	struct xc_query *q = NULL;
	ok(xc_query_term(word, strlen(word), 1, &q, &e));
	return q;
}

/* Combines and frees the children. */
static inline struct xc_query *both(enum xc_op op, struct xc_query *a, struct xc_query *b)
{
	struct xc_err e = XC_ERR;
	const struct xc_query *subs[2] = {a, b};
	struct xc_query *q = NULL;
	ok(xc_query_combine(op, subs, 2, 0, &q, &e));
	xc_query_free(a);
	xc_query_free(b);
	return q;
}

/* The ids found, as "3 1 2"; frees the query if it is the last use. */
static inline const char *found(struct xc_db *db, const struct xc_search_args *in)
{
	static char text[4096];
	struct xc_err e = XC_ERR;
	struct xc_hits *hits = NULL;
	size_t at = 0;
	text[0] = '\0';
	ok(xc_search(db, in, &hits, &e));
	for (size_t i = 0; i < hits->n_hits && at < sizeof text - 16; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%u", i ? " " : "", hits->hits[i].docid);
	xc_hits_free(hits);
	return text;
}

/* The same for a query with all defaults; frees it. */
static inline const char *found_by(struct xc_db *db, struct xc_query *q)
{
	struct xc_search_args in;
	memset(&in, 0, sizeof in);
	in.query = q;
	in.maxitems = 100;
	const char *text = found(db, &in);
	xc_query_free(q);
	return text;
}

#endif
