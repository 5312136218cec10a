/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapian-c: Xapian for C.
 *
 * What it is. Xapian is a search library in C++. This header lets a C program build, merge, check, read and search
 * Xapian databases. It does not mirror Xapian's classes: it has verbs for what a search program does, takes plain
 * structs, and copies results out. It needs libxapian 1.4 and nothing else: link with -lxapian-c -lxapian -lstdc++.
 *
 *     xc_stemmer   words -> stems
 *     xc_writer    documents -> a database        xc_compact   databases -> one        xc_check   is it sound?
 *     xc_db        one database, or several as one: figures, documents
 *       xc_postings, xc_terms, xc_values          streams over an xc_db, copied out in chunks
 *     xc_query     a tree, built from the leaves up
 *       xc_source, xc_lists, xc_bits              leaves made by the caller: by functions, by arrays, by bitmaps
 *     xc_search    query -> xc_hits               with filters, sorting, collapsing, spies, deciders
 *
 * Rules, the same for every function
 * - A function that can fail returns 0 (XC_OK) or a negative XC_E… code. Words about the failure go to `err`, the last
 *   argument; it is untouched on success and may be NULL. Out-parameters are written on success alone.
 * - No C++ exception leaves a function, whatever happens inside, std::bad_alloc included.
 * - Ownership is in the verb: _new/_free and _open/_close pairs own a handle; every _free and _close takes NULL.
 *   Pointers handed in are only looked at during the call, unless a function says "must outlive".
 *   Bytes of terms, values and data are arbitrary: a length goes with every pointer, zero bytes are allowed.
 * - struct xc_buf is a growing buffer that the caller owns and reuses. Start with `struct xc_buf b = XC_BUF;`, end with
 *   xc_buf_done(&b).
 * - Handles are not locked. One thread at a time may use a handle and what was made from it; different handles may be
 *   used by different threads. A query counts as made from its children. Do not cancel (pthread_cancel) a thread
 *   inside a call. An xc_db opened before fork() may be read on both sides of it.
 * - A struct of arguments filled with zeros asks for the defaults. Fields are only ever added.
 *
 * Callbacks return 0 to go on. Anything else stops the call, which then returns XC_ESTOPPED with the callback's answer
 * in err->callback. The stop happens after the callback has returned; a callback must return, and never leave by
 * longjmp. (Xapian 1.4 itself loses some 120 bytes a term of the query when a search is stopped.) A callback may read
 * the database that is searched through another handle, not through the same one. If it is written in C++ and throws,
 * the call fails with XC_EINTERNAL or the like, and nothing else happens.
 *
 * Document ids start at 1. Several databases opened as one interleave: see xc_shard_of().
 *
 * An example: two documents are written, and the one with "putin" is found.
 *
 *     #include <stdio.h>
 *     #include <string.h>
 *     #include <xapian-c.h>
 *
 *     static int add(struct xc_writer *w, const char *term, const char *text, struct xc_err *err)
 *     {
 *         struct xc_term t = {.bytes = term, .len = strlen(term), .wdf = 1};
 *         struct xc_doc doc = {.terms = &t, .n_terms = 1, .data = text, .data_len = strlen(text)};
 *         return xc_writer_add(w, &doc, NULL, err);
 *     }
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct xc_err err = XC_ERR;
 *         struct xc_writer *w = NULL;
 *         struct xc_db *db = NULL;
 *         struct xc_query *q = NULL;
 *         struct xc_hits *hits = NULL;
 *         struct xc_buf text = XC_BUF;
 *         const char *dir = argc > 1 ? argv[1] : "example.db";
 *
 *         if (xc_writer_open(dir, NULL, &w, &err) || add(w, "putin", "Putin met Kim in 2019.", &err)
 *             || add(w, "merkel", "Merkel met Macron.", &err) || xc_writer_commit(w, &err))
 *             goto done;
 *         if (xc_open(dir, &db, &err) || xc_query_term("putin", 5, 1, &q, &err))
 *             goto done;
 *         struct xc_search_args search = {.query = q, .maxitems = 10};
 *         if (xc_search(db, &search, &hits, &err))
 *             goto done;
 *         for (size_t i = 0; i < hits->n_hits; i++)
 *             if (xc_doc_data(db, hits->hits[i].docid, &text, &err) == 0)
 *                 printf("%u %.*s\n", hits->hits[i].docid, (int)text.len, text.bytes);
 *     done:
 *         if (err.code)
 *             fprintf(stderr, "%s\n", err.msg);
 *         xc_buf_done(&text);
 *         xc_hits_free(hits);
 *         xc_query_free(q);
 *         xc_close(db);
 *         xc_writer_discard(w);
 *         return err.code != 0;
 *     }
 */
#ifndef XAPIAN_C_H
#define XAPIAN_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define XC_INT : int /* so that any number may be asked about, as in C */
#else
#define XC_INT
#endif

#if defined(__GNUC__)
#define XC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define XC_MUST_CHECK
#endif

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

enum xc_code XC_INT {
	XC_OK = 0,
	XC_ENOMEM = -1,        /* no memory */
	XC_EINVAL = -2,        /* an argument, or the order of calls, is wrong */
	XC_ENOTFOUND = -3,     /* no such document, or no database at that place */
	XC_EMODIFIED = -4,     /* the writer has moved on: xc_reopen(), then ask again (three times at most) */
	XC_ELOCKED = -5,       /* another writer has the database open */
	XC_ECORRUPT = -6,      /* the files are damaged */
	XC_EVERSION = -7,      /* the files are of a format that this Xapian cannot read */
	XC_EIO = -8,           /* reading, writing or creating failed; the message has the system's words */
	XC_EFULL = -9,         /* the disk or the quota is full */
	XC_ESTOPPED = -10,     /* a callback stopped the call: err->callback has its answer */
	XC_EUNSUPPORTED = -11, /* this kind of database, or this build of Xapian, cannot do it */
	XC_ELIMIT = -12,       /* over a limit: a wildcard with too many terms, an answer longer than its buffer */
	XC_EINTERNAL = -13     /* anything else: a bug in Xapian, here, or in a callback that threw */
};

struct xc_err {
	int code;      /* XC_E… */
	int callback;  /* what the callback returned, if code is XC_ESTOPPED */
	char msg[256]; /* for a person; ends in a zero byte; cut if it does not fit */
};

/* clang-format off */
#define XC_ERR {0, 0, {0}}
#ifdef __cplusplus
#define XC_BUF {nullptr, 0, 0}
#else
#define XC_BUF {NULL, 0, 0}
#endif
/* clang-format on */

/* The meaning of a code in a few words; never NULL. */
const char *xc_strerror(int code);

/* The version of libxapian that runs, such as "1.4.22". */
const char *xc_xapian_version(void);

/* ---- A growing buffer -------------------------------------------------------------------------------------------- */

struct xc_buf {
	char *bytes; /* NULL if nothing was ever put in */
	size_t len;  /* how many bytes are meant */
	size_t size; /* how many there is room for */
};

void xc_buf_done(struct xc_buf *buf); /* frees, and empties; NULL is fine */

/* ---- Stemming ---------------------------------------------------------------------------------------------------- */

struct xc_stemmer;

/* Makes a stemmer for a language: an ISO 639 code (en de fr es it pt ru …), an English name, or "none".
 * XC_EINVAL: unknown language. */
int xc_stemmer_new(const char *language, struct xc_stemmer **out, struct xc_err *err) XC_MUST_CHECK;
void xc_stemmer_free(struct xc_stemmer *stemmer);

/* Puts the stem of a word (UTF-8, lower case) into `out` without a zero byte, and its length into *out_len. A stem is
 * hardly ever longer than the word; XC_ELIMIT if it does not fit `size`. */
int xc_stem(struct xc_stemmer *stemmer, const char *word, size_t len, char *out, size_t size, size_t *out_len, struct xc_err *err) XC_MUST_CHECK;

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* One term of a document. Xapian takes terms of 1 to 245 bytes (a zero byte counts twice).
 * Filters have wdf 0: they then count neither for the weight nor for the document's length. */
struct xc_term {
	const void *bytes;
	size_t len;
	uint32_t wdf;              /* how often the term occurs */
	uint32_t n_positions;      /* 0: no positions */
	const uint32_t *positions; /* ascending is fastest */
};

/* One value: bytes that sort, collapse, spy and range by; an empty value is none. */
struct xc_value {
	uint32_t slot;
	const void *bytes;
	size_t len;
};

/* A document, as one flat struct. Terms in ascending byte order are fastest; a term that comes twice is added up. */
struct xc_doc {
	const struct xc_term *terms;
	size_t n_terms;
	const struct xc_value *values;
	size_t n_values;
	const void *data; /* what is given back with the document; Xapian compresses it with zlib if that pays */
	size_t data_len;
};

enum xc_create XC_INT {
	XC_CREATE = 0,         /* a fresh one; XC_EIO if there is one already */
	XC_CREATE_OR_OPEN = 1, /* add to the one that is there */
	XC_OVERWRITE = 2       /* a fresh one, in place of the one that is there */
};

enum xc_write_flags XC_INT {
	XC_NO_TERMLIST = 1, /* no term lists: half the work; documents can then not be deleted, nor their terms listed */
	XC_NO_SYNC = 2,     /* commits do not wait for the disk: the caller syncs the files (they are all in the directory) */
	XC_DANGEROUS = 4    /* blocks are overwritten in place: smaller and faster for a database built in one go;
			     * unreadable if it is not closed in order, and nobody may read it meanwhile */
};

struct xc_write_options {
	enum xc_create create;
	unsigned flags;      /* XC_NO_TERMLIST … */
	uint32_t block_size; /* a power of two, 2048 to 65536; 0: Xapian's own (8192) */
};

struct xc_writer;

/* Opens a database for writing in the directory `dir`, which is created (its parent must exist). `options` NULL: all
 * defaults. One writer a database: XC_ELOCKED if there is another, in this process or elsewhere.
 * Xapian writes out by itself after each 10,000 documents, or as many as the environment's XAPIAN_FLUSH_THRESHOLD says
 * when the writer is opened; a segment built in one go wants a threshold above its size. */
int xc_writer_open(const char *dir, const struct xc_write_options *options, struct xc_writer **out, struct xc_err *err) XC_MUST_CHECK;

/* Adds a document; its id goes to *docid unless that is NULL. XC_EINVAL (a bad term) leaves the writer as it was.
 * After any other failure of add, commit or set_metadata the writer is broken: what was added since the last commit is
 * in doubt, and each later call but xc_writer_discard() fails with the same code. (Xapian itself would report success for
 * a second commit after a failed one, with the batch dropped.) */
int xc_writer_add(struct xc_writer *writer, const struct xc_doc *doc, uint32_t *docid, struct xc_err *err) XC_MUST_CHECK;

/* Sets a piece of metadata, kept beside the documents, in the same commit. `value` of no length removes it. */
int xc_writer_set_metadata(struct xc_writer *writer, const void *key, size_t key_len, const void *value, size_t value_len,
			   struct xc_err *err) XC_MUST_CHECK;

/* How many documents the database holds, those not committed included. */
int xc_writer_doccount(struct xc_writer *writer, uint32_t *out, struct xc_err *err) XC_MUST_CHECK;

/* Writes out what was added; with XC_NO_SYNC not set it is durable afterwards, but for the entry of `dir` in its parent,
 * which is the caller's to sync. */
int xc_writer_commit(struct xc_writer *writer, struct xc_err *err) XC_MUST_CHECK;

/* Commits and closes. The handle is gone afterwards, even on failure. NULL is fine. */
int xc_writer_close(struct xc_writer *writer, struct xc_err *err) XC_MUST_CHECK;

/* Closes without committing what was added since the last commit (of which Xapian may have written out a part after
 * 10,000 documents). NULL is fine. */
void xc_writer_discard(struct xc_writer *writer);

/* ---- Merging and checking ---------------------------------------------------------------------------------------- */

enum xc_compact_flags XC_INT {
	XC_KEEP_IDS = 1,    /* documents keep their ids; the sources' ranges of ids must not overlap. Otherwise the documents
			     * of each source come after those of the one before, in the same order, shifted by a constant */
	XC_MULTIPASS = 2,   /* merge in several passes: faster for many sources, more disk meanwhile */
	XC_SINGLE_FILE = 4, /* one file instead of a directory */
	XC_FAST = 8         /* do not split items to save space */
};

struct xc_compact_args {
	const char *const *dirs; /* sources, in the order wanted; unchanged */
	size_t n_dirs;
	const char *dest;    /* must not exist, or be empty (XC_EINVAL otherwise); its parent must exist */
	unsigned flags;      /* XC_KEEP_IDS … */
	uint32_t block_size; /* 0: Xapian's own */
	int (*progress)(void *data, const char *table, const char *status); /* NULL, or called a few times a table */
	void *data;
};

/* Merges databases into one, sealed and dense. Metadata that several have is taken from the first.
 * After a failure or a stop `dest` may hold an unfinished database: the caller removes it. Xapian 1.4 then also loses some
 * 100 KB and a file descriptor: a program that lives long had better merge in a child, and kill that. */
int xc_compact(const struct xc_compact_args *in, struct xc_err *err) XC_MUST_CHECK;

/* Verifies the structure of a database, as xapian-check does: *n_errors is the number of faults found (0: sound). Each
 * line of the report goes to `line` (without its newline) unless that is NULL. Text and values have no checksums in
 * Xapian, so damage in them may not be seen; and a database damaged on purpose may crash the checker: use a child. */
int xc_check(const char *dir, uint64_t *n_errors, int (*line)(void *data, const char *text, size_t len), void *data,
	     struct xc_err *err) XC_MUST_CHECK;

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

struct xc_db;

/* Opens a database for reading: a directory, a single-file database, or a stub file (which may name several databases,
 * remote ones too). XC_ENOTFOUND: there is none. */
int xc_open(const char *path, struct xc_db **out, struct xc_err *err) XC_MUST_CHECK;

/* Opens several as one. Shard i is paths[i]; n may be 0: an empty database. */
int xc_open_many(const char *const *paths, size_t n, struct xc_db **out, struct xc_err *err) XC_MUST_CHECK;
void xc_close(struct xc_db *db);

/* Takes the newest commit. *changed (unless NULL): 0 if there surely was nothing new. */
int xc_reopen(struct xc_db *db, int *changed, struct xc_err *err) XC_MUST_CHECK;

/* Document d of n databases opened as one is document xc_local_id of shard xc_shard_of; and back. */
static inline uint32_t xc_shard_of(uint32_t docid, uint32_t n_shards) { return (docid - 1) % n_shards; }
static inline uint32_t xc_local_id(uint32_t docid, uint32_t n_shards) { return (docid - 1) / n_shards + 1; }
static inline uint32_t xc_global_id(uint32_t local, uint32_t shard, uint32_t n_shards) { return (local - 1) * n_shards + shard + 1; }

struct xc_db_stats {
	uint32_t n_shards;
	uint32_t doccount;
	uint32_t lastdocid;    /* the highest id ever used; of n databases as one, an interleaved one */
	uint64_t total_length; /* sum of the documents' lengths; a length is the sum of wdf */
	double average_length;
	uint32_t doclength_min; /* bounds, documents of length 0 left out */
	uint32_t doclength_max;
	int has_positions;
};

int xc_stats(struct xc_db *db, struct xc_db_stats *out, struct xc_err *err) XC_MUST_CHECK;

enum { XC_UUID_SIZE = 37 };

/* The identity of a shard, written when it was created: 36 letters and a zero byte. */
int xc_uuid(struct xc_db *db, uint32_t shard, char out[37], struct xc_err *err) XC_MUST_CHECK;

/* Metadata of the first shard that has the key; of no length if none has. */
int xc_metadata(struct xc_db *db, const void *key, size_t key_len, struct xc_buf *out, struct xc_err *err) XC_MUST_CHECK;

struct xc_term_freqs {
	uint32_t termfreq; /* documents that have the term; 0 if there is none */
	uint32_t collfreq; /* how often it occurs in all: sum of wdf */
	uint32_t wdf_max;  /* an upper bound of its wdf */
};

int xc_term_stats(struct xc_db *db, const void *term, size_t len, struct xc_term_freqs *out, struct xc_err *err) XC_MUST_CHECK;

int xc_doc_length(struct xc_db *db, uint32_t docid, uint32_t *out, struct xc_err *err) XC_MUST_CHECK;
int xc_doc_data(struct xc_db *db, uint32_t docid, struct xc_buf *out, struct xc_err *err) XC_MUST_CHECK;
int xc_doc_value(struct xc_db *db, uint32_t docid, uint32_t slot, struct xc_buf *out, struct xc_err *err) XC_MUST_CHECK;

/* The data of several documents, one after the other in `out`: that of docids[i] ends at ends[i] (and begins where the one
 * before ends). XC_ENOTFOUND if one of them is not there. */
int xc_docs_data(struct xc_db *db, const uint32_t *docids, size_t n, struct xc_buf *out, size_t *ends, struct xc_err *err) XC_MUST_CHECK;

/* Positions of a term in a document, at most `max`, ascending; *n is how many. *n == max may mean that there are more. */
int xc_positions(struct xc_db *db, uint32_t docid, const void *term, size_t len, uint32_t *out, size_t max, size_t *n,
		 struct xc_err *err) XC_MUST_CHECK;

/* Streams. Each is opened on a database that must outlive it, and read in chunks: a call copies up to `max` rows, *n says
 * how many, and 0 is the end. After XC_EMODIFIED the stream is dead: reopen the database and start a new one. */

struct xc_postings;

/* The posting list of a term; the empty term (len 0) is the list of all documents, with wdf 1. A term that does not
 * occur gives an empty list. */
int xc_postings_open(struct xc_db *db, const void *term, size_t len, struct xc_postings **out, struct xc_err *err) XC_MUST_CHECK;

/* docids, ascending. wdfs and lengths may be NULL; lengths (of the documents) cost extra. */
int xc_postings_read(struct xc_postings *list, uint32_t *docids, uint32_t *wdfs, uint32_t *lengths, size_t max, size_t *n,
		     struct xc_err *err) XC_MUST_CHECK;

/* Goes forward to the first posting at `docid` or after it; never backward. */
int xc_postings_skip_to(struct xc_postings *list, uint32_t docid, struct xc_err *err) XC_MUST_CHECK;
void xc_postings_close(struct xc_postings *list);

struct xc_terms;

struct xc_term_row {
	const char *bytes; /* good until the next call on the stream */
	size_t len;
	uint32_t termfreq;
};

/* All terms that begin with `prefix`, in byte order. */
int xc_terms_open(struct xc_db *db, const void *prefix, size_t len, struct xc_terms **out, struct xc_err *err) XC_MUST_CHECK;
int xc_terms_read(struct xc_terms *terms, struct xc_term_row *rows, size_t max, size_t *n, struct xc_err *err) XC_MUST_CHECK;
/* Goes forward to the first term at `term` (the whole term, prefix and all) or after it; never backward. */
int xc_terms_skip_to(struct xc_terms *terms, const void *term, size_t len, struct xc_err *err) XC_MUST_CHECK;
void xc_terms_close(struct xc_terms *terms);

struct xc_values;

struct xc_value_row {
	uint32_t docid;
	const char *bytes; /* good until the next call on the stream */
	size_t len;
};

/* The values of a slot, by document id; documents without one are left out. */
int xc_values_open(struct xc_db *db, uint32_t slot, struct xc_values **out, struct xc_err *err) XC_MUST_CHECK;
int xc_values_read(struct xc_values *values, struct xc_value_row *rows, size_t max, size_t *n, struct xc_err *err) XC_MUST_CHECK;
int xc_values_skip_to(struct xc_values *values, uint32_t docid, struct xc_err *err) XC_MUST_CHECK;
void xc_values_close(struct xc_values *values);

/* ---- Queries ----------------------------------------------------------------------------------------------------- */

/* A query is a tree, built from the leaves up. A child may be freed as soon as its parent is made, and used in several
 * parents. A query knows no database: it may be run on any, again and again. */
struct xc_query;

void xc_query_free(struct xc_query *query);

/* One term; wqf is how often it stands in the query (1). */
int xc_query_term(const void *term, size_t len, uint32_t wqf, struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;
int xc_query_all(struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;     /* every document, weight 0 */
int xc_query_nothing(struct xc_query **out, struct xc_err *err) XC_MUST_CHECK; /* none */

enum xc_op XC_INT {
	XC_AND = 0,
	XC_OR = 1,        /* weights add up */
	XC_AND_NOT = 2,   /* the first, but none of the others */
	XC_FILTER = 3,    /* all of them; only the first counts for the weight */
	XC_AND_MAYBE = 4, /* the first; the others add weight */
	XC_PHRASE = 5,    /* in order, within `window` positions; children are terms */
	XC_NEAR = 6,      /* in any order, within `window` positions; children are terms */
	XC_SYNONYM = 7    /* any of them, weighed as if they were one term */
};
/* Two things to know of Xapian 1.4.22. Its OP_MAX is left out here: it uses freed memory when its lists end in the same document.
 * And where it prunes (maxitems below the number of matches), a hit may lack the part of its weight that comes from an AND or
 * AND_NOT inside an OR, or from an AND_MAYBE over an OR: about one query of that shape in a thousand. Matches and totals are
 * right, and so is every weight under one level of AND or OR, with FILTER or AND_NOT above it. */

/* Combines n queries. n == 0 gives a query that finds nothing. window 0: as many as there are children. */
int xc_query_combine(enum xc_op op, const struct xc_query *const *subs, size_t n, uint32_t window, struct xc_query **out,
		     struct xc_err *err) XC_MUST_CHECK;

/* The same documents, weights times `factor` (0 or more; 0 makes a filter of it). */
int xc_query_scale(const struct xc_query *sub, double factor, struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;

/* Documents whose value in `slot` is between low and high, both included, compared byte by byte. NULL: open at that end.
 * No weight. A document without a value is in no range, but in the one that is open at both ends: that is all documents. */
int xc_query_range(uint32_t slot, const void *low, size_t low_len, const void *high, size_t high_len, struct xc_query **out,
		   struct xc_err *err) XC_MUST_CHECK;

enum xc_wildcard XC_INT {
	XC_WILDCARD_ERROR = 0,        /* too many: the search fails with XC_ELIMIT */
	XC_WILDCARD_FIRST = 1,        /* too many: the first in byte order */
	XC_WILDCARD_MOST_FREQUENT = 2 /* too many: those in most documents. Xapian 1.4 loses 120 bytes for each term that it
				       * leaves out, at each search: rather choose them yourself, with xc_terms */
};

/* Every term that begins with `prefix`, at most `max_terms` of them (0: no limit, but XC_WILDCARD_MOST_FREQUENT needs one),
 * in each shard, combined by `combiner` (XC_OR or XC_SYNONYM). */
int xc_query_wildcard(const void *prefix, size_t len, uint32_t max_terms, enum xc_wildcard when_more, enum xc_op combiner, struct xc_query **out,
		      struct xc_err *err) XC_MUST_CHECK;

/* The tree in words, as Xapian prints it: for logs and tests. */
int xc_query_describe(const struct xc_query *query, struct xc_buf *out, struct xc_err *err) XC_MUST_CHECK;

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

enum xc_scheme XC_INT {
	XC_BM25_DEFAULT = 0, /* BM25 with k1 1, k2 0, k3 1, b 0.5, min_normlen 0.5 */
	XC_BM25 = 1,         /* BM25 with the numbers given */
	XC_BOOL = 2          /* no weights */
};

/* BM25 as Xapian has it (Robertson and others, "Okapi at TREC-3"). b = 0 ignores the documents' lengths, and is two to
 * seven times faster on posting lists. */
struct xc_weighting {
	enum xc_scheme scheme;
	double k1, k2, k3, b, min_normlen;
};

/* The weight of one term, for those who make weights themselves: the same to the last bit as Xapian's, with k2 = 0. */
struct xc_bm25 {
	double termweight; /* of the term: idf, wqf, k1 + 1 */
	double len_factor; /* 1 / average length */
	double k1, b, min_normlen;
};

/* Prepares: `docs` and `average_length` of the whole collection, `termfreq` of the term in it, `wqf` of the term in the query. */
void xc_bm25_init(struct xc_bm25 *out, const struct xc_weighting *weighting, uint32_t docs, double average_length, uint32_t termfreq, uint32_t wqf);

/* The weight that a document of `length` gets for having the term `wdf` times. Grows with wdf and falls with length, so
 * that of (highest wdf, lowest length) is a bound for a block. */
static inline double xc_bm25_weight(const struct xc_bm25 *p, uint32_t wdf, uint32_t length)
{
	double normlen = (double)length * p->len_factor;
	if (normlen < p->min_normlen)
		normlen = p->min_normlen;
	return p->termweight * ((double)wdf / (p->k1 * (normlen * p->b + (1 - p->b)) + (double)wdf));
}

/* ---- Leaves made by the caller: functions ------------------------------------------------------------------------ */

/* A shard, as a posting source meets it. Ids inside a source are the shard's own. */
struct xc_shard {
	uint32_t index; /* which of those given to xc_open_many() */
	uint32_t n_shards;
	char uuid[40];
	uint32_t doccount; /* of the shard */
	uint32_t lastdocid;
	uint32_t collection_docs; /* of all shards together: what weights are made from */
	double collection_average_length;
};

/* How many documents a source gives in a shard (min <= est <= max), and the highest weight among them. */
struct xc_bounds {
	uint32_t docs_min, docs_est, docs_max;
	double weight_max;
};

/* Where a source stands. */
struct xc_at {
	uint32_t docid;    /* 0: at the end */
	double weight_max; /* as it was; may be lowered to a bound on what is still to come, and makes the search faster */
};

/* A posting source made of functions: a list of documents, ascending by id, perhaps with weights. It must only give ids
 * that exist in the shard.
 *
 * Life: Xapian makes a clone for each shard of each search, calls init, walks, and releases it.
 *     your data --clone--> state for one shard --init--> next/skip_to/check … weight … --> release
 * The functions get the clone; `data` given here is only cloned, and must outlive the query (it is not released).
 * (There is no "check", which may leave a list between two places: every step here ends at a definite one.)
 * min_weight is a hint: documents that weigh less need not be given. One call a posting costs about 10 ns; for arrays
 * xc_query_lists() is several times faster. */
struct xc_source {
	void *data;
	int (*clone)(void *data, void **state);
	void (*release)(void *state); /* NULL: nothing to free */
	int (*init)(void *state, const struct xc_shard *shard, struct xc_bounds *out);
	int (*next)(void *state, double min_weight, struct xc_at *at);
	int (*skip_to)(void *state, uint32_t docid, double min_weight, struct xc_at *at); /* first at docid or after it */
	int (*weight)(void *state, double *out);                                          /* of the present document; NULL: always 0 */
};

int xc_query_source(const struct xc_source *source, struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;

/* ---- Leaves made by the caller: arrays --------------------------------------------------------------------------- */

enum xc_list_weight XC_INT {
	XC_LIST_PLAIN = 0,  /* no weights: a filter */
	XC_LIST_FLOATS = 1, /* a weight for each posting */
	XC_LIST_BM25 = 2    /* wdf for each posting, length for each document; BM25 at query time, bit for bit as Xapian
			     * would weigh a term with these postings */
};

/* The postings of one shard. Arrays must outlive the query; they are never copied. */
struct xc_list {
	uint32_t n;
	const uint32_t *docids;  /* ascending; the shard's own ids */
	const float *weights;    /* XC_LIST_FLOATS; 0 or more */
	const uint16_t *wdfs;    /* XC_LIST_BM25 */
	const uint32_t *lengths; /* XC_LIST_BM25: the length of document d is lengths[d]; NULL if b is 0 */
	/* For each block of block_size postings (the last may be short), or NULL: no blocks are skipped. Bounds must be
	 * true: one too low loses hits. */
	const float *block_weight;    /* XC_LIST_FLOATS: highest weight */
	const uint16_t *block_wdf;    /* XC_LIST_BM25: highest wdf, and */
	const uint32_t *block_length; /* the lowest length of its documents */
};

struct xc_lists {
	enum xc_list_weight kind;
	const struct xc_list *shards; /* shards[i] for shard i of the database; copied */
	uint32_t n_shards;            /* as many as the database has, or the search fails with XC_EINVAL */
	uint32_t block_size;          /* a power of two, 16 to 65536; 0 if there are no blocks */
	double scale;                 /* XC_LIST_FLOATS: weights times this; 0 means 1 */
	/* XC_LIST_BM25: */
	struct xc_weighting weighting;
	uint32_t wqf;             /* 0 means 1 */
	uint32_t termfreq;        /* in the whole collection; 0: the sum of n */
	uint32_t collection_docs; /* 0: as the database says, */
	double average_length;    /* 0: likewise */
	const char *name;         /* for xc_query_describe(); NULL: "list" */
};

/* A leaf over arrays: the postings of a frequent term, decoded; or any list of documents. The loop is in C++, without a
 * call for each posting. */
int xc_query_lists(const struct xc_lists *lists, struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;

/* A bitmap of one shard: document d is in it if bit d (word d / 64, bit d % 64, lowest first) is set. */
struct xc_bits {
	const uint64_t *words; /* must outlive the query */
	uint32_t n_words;
	uint32_t count; /* bits set; 0: counted here */
};

/* A leaf over bitmaps, without weight: shards[i] for shard i; copied, the words are not. Every bit set must be a document
 * of the shard. For "all but these" use XC_AND_NOT. */
int xc_query_bits(const struct xc_bits *shards, uint32_t n_shards, const char *name, struct xc_query **out, struct xc_err *err) XC_MUST_CHECK;

/* ---- Searching --------------------------------------------------------------------------------------------------- */

/* A document as spies, deciders and key makers see it: good during the callback alone. */
struct xc_seen;

uint32_t xc_seen_docid(const struct xc_seen *seen); /* of the database searched (interleaved ids) */

/* The value in a slot; the bytes are good until the callback returns. A failure also ends the search with its own code, so
 * the callback may return anything then. */
int xc_seen_value(const struct xc_seen *seen, uint32_t slot, const void **bytes, size_t *len) XC_MUST_CHECK;

/* Called for each matching document that the search looks at. With check_at_least at the number of documents or more that
 * is every match; with less, Xapian may skip documents that cannot be among the hits. */
struct xc_spy {
	int (*see)(void *data, const struct xc_seen *seen, double weight);
	void *data;
};

/* Called for candidates: *keep, 1 at first, set to 0 drops the document. */
struct xc_decider {
	int (*decide)(void *data, const struct xc_seen *seen, int *keep);
	void *data;
};

/* Makes the key to sort by: bytes that the callback owns, good until it is called again. */
struct xc_keymaker {
	int (*make)(void *data, const struct xc_seen *seen, const void **key, size_t *len);
	void *data;
};

enum xc_sort XC_INT {
	XC_BY_RELEVANCE = 0,
	XC_BY_VALUE = 1, /* of sort_slot, byte order */
	XC_BY_VALUE_THEN_RELEVANCE = 2,
	XC_BY_RELEVANCE_THEN_VALUE = 3,
	XC_BY_KEY = 4, /* of the key maker */
	XC_BY_KEY_THEN_RELEVANCE = 5,
	XC_BY_RELEVANCE_THEN_KEY = 6
};

enum xc_docid_order XC_INT {
	XC_LOWEST_FIRST = 0, /* what is equal otherwise comes by document id */
	XC_HIGHEST_FIRST = 1,
	XC_ANY_ORDER = 2
};

struct xc_search_args {
	const struct xc_query *query;
	const struct xc_query *filter; /* NULL, or what hits must match besides; no weight */
	uint32_t first;                /* skip so many hits */
	uint32_t maxitems;             /* give so many at most; 0: bounds and spies only */
	uint32_t check_at_least;       /* totals are exact up to this many matches; costs: see xc_spy */
	struct xc_weighting weighting;
	enum xc_sort sort;
	uint32_t sort_slot;
	int sort_reverse; /* highest value or key first */
	enum xc_docid_order docid_order;
	struct xc_keymaker key;
	uint32_t collapse_max; /* 0: no collapsing; otherwise so many hits for each value of */
	uint32_t collapse_slot;
	const struct xc_spy *spies;
	size_t n_spies;
	struct xc_decider decider;
	double weight_min;      /* hits of less weight are left out */
	uint32_t time_limit_ms; /* a hint: after this, Xapian stops caring for check_at_least. 0: none. It does not end
				 * a search; to be sure, search in a child process and kill it */
	int want_percent;       /* 1: fill percent */
};

struct xc_hit {
	uint32_t docid;
	uint32_t shard;          /* where it lives: xc_shard_of, */
	uint32_t local_id;       /* and xc_local_id */
	uint32_t collapse_count; /* a lower bound of how many were collapsed into this one */
	double weight;
	int percent;          /* 0 to 100, of the best possible; -1 if not asked for */
	const char *sort_key; /* value or key; NULL if sorted by relevance alone */
	size_t sort_key_len;
};

struct xc_hits {
	const struct xc_hit *hits;
	size_t n_hits;
	uint32_t matches_min, matches_est, matches_max; /* bounds of the number of matches, collapsed ones left out */
	uint32_t uncollapsed_min, uncollapsed_est, uncollapsed_max;
	double weight_max_possible;
	double weight_max_attained;
};

/* Runs a query. *out is one block of memory, freed by xc_hits_free(). XC_EMODIFIED: reopen and repeat. */
int xc_search(struct xc_db *db, const struct xc_search_args *in, struct xc_hits **out, struct xc_err *err) XC_MUST_CHECK;
void xc_hits_free(struct xc_hits *hits);

#ifdef __cplusplus
}
#endif

#endif
