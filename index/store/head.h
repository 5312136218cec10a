/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginning of a record: what tells whether it is new, without decoding the rest. */
#ifndef DOSSIER_INDEX_STORE_HEAD_H
#define DOSSIER_INDEX_STORE_HEAD_H

#include "base/err.h"
#include "base/span.h"

struct record_head {
	struct span id, path;
	uint64_t content_hash;
	size_t text_bytes;
};

/* Spans point into `bytes`. ERR_CORRUPT. */
int record_head(struct span bytes, struct record_head *out, struct err *err) MUST_CHECK;

#endif
