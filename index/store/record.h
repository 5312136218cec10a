/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record: one document with its facts as bytes. The same bytes go from the read process to the writer and lie in the
 * index (compressed with zstd, with a checksum: Xapian's files have none). It holds the cleaned text, the dropped blocks, all
 * facts with offsets, metadata – everything from which the index of this document can be made again.
 */
#ifndef DOSSIER_INDEX_STORE_RECORD_H
#define DOSSIER_INDEX_STORE_RECORD_H

#include "base/err.h"
#include "index/document.h"

#define RECORD_VERSION 2 /* 2: sentences as gaps, then lengths. Version 1 is read */

/* Appends the plain (uncompressed) record. */
void record_encode(struct str *out, const struct document *d, const struct facts *f);
/* Spans point into `bytes`, arrays come from the arena. Any bytes are safe: ERR_CORRUPT. */
int record_decode(struct arena *a, struct span bytes, struct document *d, struct facts *f, struct err *err) MUST_CHECK;
/* The document alone: facts are most of the work. */
int record_document(struct arena *a, struct span bytes, struct document *d, struct err *err) MUST_CHECK;

/* What a record says first, without decoding the rest. */
int record_identity(struct span record, struct span *id, uint64_t *content_hash, struct err *err) MUST_CHECK;
/* The same document under another id, from another path (SPAN_NONE: from where it was). */
int record_rename(struct span record, struct span id, struct span path, struct str *out, struct err *err) MUST_CHECK;

/* Stored form: magic, version, checksum of the plain bytes, plain size, zstd. */
void record_pack(struct str *out, struct span plain);
int record_unpack(struct arena *a, struct span packed, struct span *plain, struct err *err) MUST_CHECK; /* ERR_CORRUPT when the checksum differs */

#endif
