/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest: the one file that says what is true.
 *
 *	manifest         {"dossier-manifest":1,"uuid":…,"revision":…,"segments":[…],"ledger":{…}}
 *	                 xxh3 0123456789abcdef
 *	manifest.copy    the same once more, for a damaged manifest; written after it, not waited for
 *	manifest.prev    the one before
 *
 * Written beside, synced, renamed, with the folder synced before (so that all it names is there) and after (so that it is). The
 * revision counts what readers can see; the generation counts manifests: merging changes the second alone.
 */
#ifndef DOSSIER_INDEX_STORE_MANIFEST_H
#define DOSSIER_INDEX_STORE_MANIFEST_H

#include "base/err.h"
#include "base/str.h"

#define ENTRY_NAME 40      /* of a file or segment, with its NUL */
#define SEGMENT_FILES 12
#define SEGMENTS_MAX 4096 /* a manifest with more is damaged */

struct file_entry {
	char name[ENTRY_NAME]; /* empty: none */
	uint64_t size, sum;   /* XXH3 */
};

struct segment_entry {
	char name[ENTRY_NAME]; /* "seg-000017" */
	uint32_t n_rows, n_dead;
	uint32_t schema, facts;  /* versions it was made with */
	uint64_t table;          /* of the leaders' table; 0: several */
	uint64_t text_bytes;
	struct file_entry files[SEGMENT_FILES];
	uint32_t n_files;
	struct file_entry dead;  /* "seg-000017.dead-3" */
	bool numbered;           /* its rows have numbers of stories: story_base + what the column says */
	uint64_t story_base;
	uint32_t linked;         /* so many rows, from the first, were held against all others for near-duplicates */
	uint32_t learnt;         /* … are counted in the saved templates */
	uint64_t cleaned;        /* version of the templates that its texts were looked through with */
	struct file_entry stories; /* "seg-000017.stories-42": rows that changed their story */
};

struct manifest {
	char uuid[37];
	uint64_t generation, revision;
	uint64_t table; /* of the leaders' table that searchers show; segments may be behind it. 0: not known */
	uint32_t next_segment, next_ledger;
	struct segment_entry *segments;
	size_t n_segments, cap_segments;
	struct file_entry ledger; /* size: the bytes of it that count */
	uint64_t next_story;      /* the last number of a story that was given */
	struct file_entry templates; /* what was learnt of sources */
};

struct segment_entry *manifest_add(struct manifest *m, const struct segment_entry *e);
void manifest_copy(struct manifest *to, const struct manifest *from);
void manifest_done(struct manifest *m);

/* ERR_NOT_FOUND, ERR_CORRUPT. */
int manifest_read(const char *path, struct manifest *out, struct err *err) MUST_CHECK;
/* Makes m the truth in dir: as drawn above. sync false: for tests that measure something else. */
int manifest_publish(const char *dir, const struct manifest *m, bool sync, struct err *err) MUST_CHECK;
/* Makes the manifest its own predecessor, so that what only the one before names can go: after a merge that is as much as the whole index. */
int manifest_only(const char *dir, bool sync, struct err *err) MUST_CHECK;
void manifest_text(const struct manifest *m, struct str *out);
int manifest_parse(struct span text, struct manifest *out, struct err *err) MUST_CHECK;

/* A small file that a manifest names: written whole, with its size and checksum in *out; read back, held against them. */
int file_put(const char *dir, const char *name, struct span bytes, bool sync, struct file_entry *out, struct err *err) MUST_CHECK;
int file_get(const char *dir, const struct file_entry *e, size_t most, struct str *out, struct err *err) MUST_CHECK; /* ERR_CORRUPT: missing or different; ERR_LIMIT: over most */
/* Size and checksum of a file; syncs it. */
int file_seal(const char *path, const char *name, bool sync, struct file_entry *out, struct err *err) MUST_CHECK;
/* Whether the file is as the entry says; its size alone unless `whole`. ERR_CORRUPT says what differs. */
int file_verify(const char *path, const struct file_entry *e, bool whole, struct err *err) MUST_CHECK;
struct pace;
/* The same, whole, with a rest after each piece (writer.h); pace NULL: at once. */
int file_verify_slowly(const char *path, const struct file_entry *e, const struct pace *pace, struct err *err) MUST_CHECK;

#endif
