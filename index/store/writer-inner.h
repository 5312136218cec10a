/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the writer share.
 *
 *	writer.c    the door: put, remove, notes        commit.c   sealing, the next manifest, rubbish
 *	slots.c     where documents go until a seal     merge.c    which, when, how; adopting the result
 *	recover.c   opening what somebody left behind        stories-link.c   which rows are one story
 *	stage.c     new facts for documents that a changed table concerns      tables.c   what the tables of the segments meant
 *	                                                     templates-learn.c  boilerplate of a source
 *
 *	           put ─► slot (builder) ─ seal ─► live segment, fresh ─ commit ─► live segment, in the manifest
 *	remove, replace ─► dead rows of slots and live segments ─ commit ─► tombstone files
 */
#ifndef DOSSIER_INDEX_STORE_WRITER_INNER_H
#define DOSSIER_INDEX_STORE_WRITER_INNER_H

#include "index/store/body.h"
#include "index/facts/templates.h"
#include "index/store/ledger.h"
#include "index/store/manifest.h"
#include "index/store/names.h"
#include "index/store/record-inner.h"
#include "index/store/segment.h"
#include "index/store/writer.h"

#include <sys/types.h>

#define MAX_SLOTS 16
#define STAGE_SLOTS 2 /* behind them in writer.slots; see stage.c */
#define QUICK_SLOT (MAX_SLOTS + STAGE_SLOTS) /* for documents that somebody waits for */
#define ALL_SLOTS (QUICK_SLOT + 1)

struct live {
	struct segment_entry e;
	struct segment_body *body;
	roaring_bitmap_t *dead; /* NULL: none; with what is not yet committed */
	roaring_bitmap_t *held; /* of them those that a quick commit leaves alive: what buried them is not in it. NULL: none */
	struct story_numbers stories;
	bool fresh, dead_dirty, stories_dirty; /* not yet in the manifest */
	bool later;             /* not in it before the next whole commit */
	uint32_t learnt;        /* rows that are counted in the templates; e.learnt: in the saved ones */
	uint32_t clean_row;     /* where looking for uncleaned texts goes on, */
	uint64_t clean_version; /* with which version of the templates */
	bool stories_lost;      /* their file was damaged: linked anew */
	uint32_t n_new_dead;    /* since the last commit */
	bool staged;            /* new facts that are not to show before all are there: not in the manifest, not found */
	bool planned;           /* the stage knows whom of it the new table concerns: */
	roaring_bitmap_t *concerned; /* those not yet handed out; NULL: not yet looked for */
};

struct slot { /* a segment in the making */
	char name[ENTRY_NAME];
	struct builder *builder; /* in this process, or */
	int fd;                  /* socket to a child that builds; -1: none */
	pid_t child;
	bool sealing;            /* the outcome is still to come */
	bool staged;             /* what it becomes is staged */
	bool quick;              /* … is in the next commit, whichever it is */
	uint32_t n_rows;
	uint64_t bytes;
	struct names ids;
	struct str row_of;       /* uint32_t by name: its living row, NO_ROW: removed again */
	struct str content;      /* uint64_t by name */
	roaring_bitmap_t *dead;
};
#define NO_ROW UINT32_MAX

#define MERGE_MOST 64 /* segments in one merge */
struct merge_source {
	char name[ENTRY_NAME];
	struct segment_body *body; /* a share of its own: the live list may change meanwhile */
	roaring_bitmap_t *dead;    /* as the merge began; NULL: none */
	struct story_numbers stories; /* likewise */
};
struct merge_job {
	char name[ENTRY_NAME]; /* of the result; names up to it belong to its parts */
	struct merge_source source[MERGE_MOST];
	struct segment_entry from[MERGE_MOST];
	size_t n;
	bool rebuild;          /* dead rows are left out; else every row keeps its place, shifted */
	uint32_t first_part;   /* number in the name of the first part of a rebuild */
	int fd;                /* of the child; -1: none */
	pid_t child;
};

struct writer {
	char *dir;
	int lock, guard; /* guard: shared with the children */
	struct store_options opt;
	struct manifest now, before; /* published; and the one before, whose files are still kept */
	struct live *live;
	size_t n_live, cap_live;
	struct slot slots[ALL_SLOTS];
	size_t n_slots;              /* of those for everybody; the last of them only while all others seal */
	int sealed;                  /* an epoll: readable when a slot that seals has done so; -1: none */
	uint64_t later_revision;     /* of what a quick commit leaves out; 0: there is nothing */
	size_t n_removed;            /* tombstones since the last commit */
	struct ledger *ledger;
	struct merge_job *merge;
	struct stage *stage;         /* NULL: none */
	bool several_tables;         /* documents come from readers with different tables */
	bool table_changed;          /* since the last commit: what searchers show has changed */
	bool restructured;           /* segments changed though documents did not */
	bool relinked;               /* the manifest to come knows more of stories */
	struct templates *templates;
	uint64_t unsaved_rows, saved_version; /* of the templates */
	bool templates_due;          /* to be saved with the next commit */
	bool fell_back;              /* recovery had to take the manifest before the last */
	int broken;                  /* the first failure; nothing works after it */
};

int writer_fail(struct writer *w, int rc);
int refuse_broken(const struct writer *w, struct err *err);
void next_name(struct writer *w, char name[ENTRY_NAME]); /* "seg-000018" */
struct build_options build_options_of(const struct writer *w);

/* slots.c */
int slot_for(struct writer *w, struct slot **out, struct err *err) MUST_CHECK; /* one that can take a document now */
int quick_slot(struct writer *w, struct slot **out, struct err *err) MUST_CHECK;
int quick_seal(struct writer *w, struct err *err) MUST_CHECK;
int slot_add(struct writer *w, struct slot *s, struct span record, const struct record_head *h, uint64_t revision, struct err *err) MUST_CHECK;
int stage_slot(struct writer *w, struct slot **out, struct err *err) MUST_CHECK; /* the same for staged documents */
int stage_seal(struct writer *w, struct err *err) MUST_CHECK; /* all become staged live segments */
void stage_slots_drop(struct writer *w);
void slots_restart(struct writer *w); /* sealed ones alone: builders to come know the present table */
int slots_seal(struct writer *w, struct err *err) MUST_CHECK; /* all become fresh live segments */
void slots_drop(struct writer *w);
uint64_t slots_rows(const struct writer *w);

/* commit.c */
int live_add(struct writer *w, const struct segment_entry *e, roaring_bitmap_t *dead, struct err *err) MUST_CHECK; /* takes dead */
void live_drop(struct writer *w, size_t i); /* from the list, not from the disk */
struct live *live_named(struct writer *w, const char *name);
int commit_all(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
int commit_quick(struct writer *w, uint64_t *revision, struct err *err) MUST_CHECK;
void sweep(struct writer *w); /* removes what neither manifest names */

/* stories-link.c */
void stories_link(struct writer *w, bool quick); /* quick: of what is in a quick commit */

/* stage.c */
const struct build_options *stage_options(const struct writer *w);
uint64_t stage_table(const struct writer *w); /* 0: none */
bool outdated(const struct writer *w, const struct live *l);

/* writer.c: where the living document with an id is. */
struct found {
	struct slot *slot;
	struct live *live;
	uint32_t row, name; /* name: in slot->ids */
	uint64_t content, revision;
	bool damaged; /* its record */
};
bool find_document(struct writer *w, struct span id, struct found *out);
void bury_row(struct writer *w, struct live *l, uint32_t row, bool quick);
int check_record(const struct writer *w, struct span record, struct record_head *h, struct err *err) MUST_CHECK;

/* tables.c: digests of leaders' tables, kept in the index as table-<version> */
#define TABLE_NAME 32
void table_name(uint64_t version, char out[TABLE_NAME]);
void table_keep(const struct writer *w, const struct gazetteer *g, uint64_t version); /* unless it is there; without it everything is found again, some time */
int table_load(const struct writer *w, uint64_t version, struct str *out, struct err *err) MUST_CHECK;
bool table_wanted(const struct writer *w, const char *name); /* is this file such a digest, of a table that anything was made with? */

/* templates-learn.c */
void templates_commit(struct writer *w);
int templates_write(struct writer *w, struct manifest *m, struct err *err) MUST_CHECK;
void templates_saved(struct writer *w);
bool templates_open(struct writer *w); /* after the segments; false: the file was lost, all is learnt again */

/* recover.c */
int recover(struct writer *w, struct str *told, struct err *err) MUST_CHECK;

/* merge.c, merge-work.c, merge-records.c */
int merge_work(const char *dir, const struct build_options *opt, const struct merge_job *job, struct segment_entry *out, struct err *err) MUST_CHECK;
void merge_path(struct str *out, const char *dir, const char *segment, const char *file);
int join_records(const char *dir, const struct merge_job *job, struct err *err) MUST_CHECK; /* merge-records.c */
static inline bool row_dead(const struct merge_source *s, uint32_t row) { return s->dead && roaring_bitmap_contains(s->dead, row); }
void merge_forget(struct writer *w); /* ends a child, if there is one */

#endif
