/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Postings out of a Xapian database: term after term, each list read whole. Xapian's document id is row + 1. */
#include "base/mem.h"
#include "index/store/postings-build.h"
#include "index/store/postings-format.h"
#include "index/store/store-err.h"

#include <xapian-c.h>

struct reading {
	struct xc_db *db;
	uint32_t n_rows;
	uint32_t *rows, *wdf; /* of the list at hand */
	size_t cap_rows, cap_wdf;
};

static int read_list(struct reading *r, const struct xc_term_row *t, uint32_t *n, struct xc_err *xe)
{
	struct xc_postings *list = NULL;
	size_t got = 1;
	uint32_t have = 0, most = t->termfreq < r->n_rows ? t->termfreq : r->n_rows;
	r->rows = mem_grow(r->rows, &r->cap_rows, most, sizeof *r->rows);
	r->wdf = mem_grow(r->wdf, &r->cap_wdf, most, sizeof *r->wdf);
	int rc = xc_postings_open(r->db, t->bytes, t->len, &list, xe);
	for (; !rc && got && have < most; have += (uint32_t)got)
		rc = xc_postings_read(list, r->rows + have, r->wdf + have, NULL, most - have, &got, xe);
	xc_postings_close(list);
	for (uint32_t i = 0; i < have; i++) {
		r->rows[i] -= 1;
		r->wdf[i] = r->wdf[i] == 0 ? 1 : r->wdf[i] < 1u << WDF_BITS_MAX ? r->wdf[i] : 1u << WDF_BITS_MAX;
	}
	*n = have;
	return rc;
}

static int bad_list(const struct reading *r, uint32_t n, struct err *err)
{
	bool sound = true;
	for (uint32_t i = 0; i < n; i++)
		sound &= r->rows[i] < r->n_rows && (i == 0 || r->rows[i - 1] < r->rows[i]);
	return sound ? 0 : err_set(err, ERR_CORRUPT, "a posting list is damaged");
}

static int put_terms(struct reading *r, struct postings_build *b, struct err *err)
{
	struct xc_err xe = XC_ERR;
	struct xc_terms *terms = NULL;
	struct xc_term_row t;
	size_t n = 0;
	int bad = 0, rc = xc_terms_open(r->db, "", 0, &terms, &xe);
	while (!rc && !bad && !(rc = xc_terms_read(terms, &t, 1, &n, &xe)) && n) {
		uint32_t have = 0;
		rc = read_list(r, &t, &have, &xe);
		bad = rc ? 0 : bad_list(r, have, err);
		if (!rc && !bad && have)
			postings_build_list(b, (struct span){t.bytes, t.len}, r->rows, r->wdf, have);
	}
	xc_terms_close(terms);
	return rc ? store_err(err, "posting lists", &xe) : bad;
}

static int build(struct postings_build *b, struct xc_db *db, const uint32_t *lengths, uint32_t n_rows, const char *path, struct err *err)
{
	struct reading r = {.db = db, .n_rows = n_rows};
	postings_build_begin(b, path, lengths, n_rows);
	int rc = put_terms(&r, b, err);
	free(r.rows);
	free(r.wdf);
	if (rc)
		postings_build_abandon(b);
	return rc;
}

int postings_write(struct xc_db *db, const uint32_t *lengths, uint32_t n_rows, const char *path, struct err *err)
{
	struct postings_build b;
	int rc = build(&b, db, lengths, n_rows, path, err);
	return rc ? rc : postings_build_end(&b, err);
}

int postings_make(struct xc_db *db, const uint32_t *lengths, uint32_t n_rows, struct postings **out, struct err *err)
{
	struct postings_build b;
	int rc = build(&b, db, lengths, n_rows, NULL, err);
	return rc ? rc : postings_build_end_mapped(&b, out, err);
}
