/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer and what readers see of it: putting, replacing, removing, merging, reopening. */
#include "tests/unit/store-fixture.h"

#include "index/store/schema.h"
#include "index/store/snapshot.h"

#include <xapian-c.h>

static struct store_options quick(void)
{
	struct store_options o = store_default_options();
	o.no_sync = true;
	return o;
}

static enum put_status put(struct writer *w, const char *id, unsigned version)
{
	AUTO_STR struct str r = {0};
	enum put_status status = PUT_UNCHANGED;
	fixture_record(&r, id, version);
	OK(writer_put(w, str_view(&r), &status, err));
	return status;
}

static uint64_t commit(struct writer *w)
{
	uint64_t revision = 0;
	OK(writer_commit(w, &revision, err));
	return revision;
}

/* The version that a reader finds under this id; -1: none. */
static int version_of(struct snapshot *s, const char *id)
{
	AUTO_ARENA struct arena a = {0};
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	int version = -1;
	int rc = snapshot_find(s, S(id), &at, NULL);
	if (rc == ERR_NOT_FOUND)
		return -1;
	assert_int_equal(rc, 0);
	OK(snapshot_record(s, at, &a, &plain, err));
	OK(record_decode(&a, plain, &d, &f, err));
	assert_true(span_eq(d.id, S(id)));
	assert_int_equal(sscanf(d.title.p, "Report %d", &version), 1);
	return version;
}

static void puts_and_finds(void **state)
{
	char dir[64];
	struct writer *w = NULL;
	struct snapshot *s = NULL, *newer = NULL;
	struct store_options o = quick();
	AUTO_STR struct str told = {0};
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, &told, err));
	assert_int_equal(told.n, 0);
	assert_int_equal(put(w, "a", 1), PUT_ADDED);
	assert_int_equal(put(w, "b", 2), PUT_ADDED);
	assert_int_equal(put(w, "a", 1), PUT_UNCHANGED);
	assert_int_equal(put(w, "a", 3), PUT_REPLACED);
	assert_int_equal(commit(w), 1);
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(s->revision, 1);
	assert_int_equal(s->n_documents, 2);
	assert_int_equal(version_of(s, "a"), 3);
	assert_int_equal(version_of(s, "b"), 2);
	assert_int_equal(version_of(s, "c"), -1);
	assert_false(snapshot_stale(dir, s));

	bool existed = false;
	assert_int_equal(put(w, "c", 9), PUT_ADDED);
	OK(writer_remove(w, S("b"), &existed, err));
	assert_true(existed);
	OK(writer_remove(w, S("b"), &existed, err));
	assert_false(existed);
	assert_int_equal(commit(w), 2);
	assert_int_equal(commit(w), 2);
	assert_true(snapshot_stale(dir, s));
	OK(snapshot_open(dir, s, &newer, err));
	assert_int_equal(version_of(s, "b"), 2); /* the old one is as it was */
	assert_int_equal(version_of(s, "c"), -1);
	snapshot_close(s);
	assert_int_equal(version_of(newer, "b"), -1);
	assert_int_equal(version_of(newer, "c"), 9);
	assert_int_equal(newer->n_documents, 2);
	snapshot_close(newer);
	writer_close(w);
	fixture_remove(dir);
}

static uint64_t bytes_of(const struct writer *w)
{
	struct store_status s;
	writer_status(w, &s);
	return s.bytes_on_disk;
}

static void merges(void **state)
{
	char dir[64], id[16];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick();
	bool did = false;
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned i = 0; i < 60; i++) {
		snprintf(id, sizeof id, "doc-%u", i);
		put(w, id, i);
		if (i % 4 == 3)
			commit(w);
	}
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(s->n_segments, 15);
	uint64_t before = s->revision;
	snapshot_close(s);
	put(w, "doc-7", 100);
	commit(w);
	do
		OK(writer_merge(w, true, &did, err));
	while (did);
	assert_in_range(io_tree_bytes(dir), bytes_of(w), bytes_of(w) + 4096); /* what was merged is gone; the rest are manifests */
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(s->n_segments, 1);
	assert_int_equal(s->revision, before + 1);
	assert_int_equal(s->n_documents, 60);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(id, sizeof id, "doc-%u", i);
		assert_int_equal(version_of(s, id), i == 7 ? 100 : (int)i);
	}
	snapshot_close(s);
	writer_close(w);
	OK(writer_open(dir, &o, &w, NULL, err));
	assert_int_equal(put(w, "doc-8", 8), PUT_UNCHANGED);
	assert_int_equal(put(w, "doc-7", 7), PUT_REPLACED);
	writer_close(w);
	fixture_remove(dir);
}

static size_t segments_of(const char *dir)
{
	struct snapshot *s = NULL;
	OK(snapshot_open(dir, NULL, &s, err));
	size_t n = s->n_segments;
	snapshot_close(s);
	return n;
}

static void put_some(struct writer *w, unsigned from, unsigned n)
{
	char id[16];
	for (unsigned i = from; i < from + n; i++) {
		snprintf(id, sizeof id, "doc-%03u", i);
		put(w, id, i);
	}
	commit(w);
}

/* With nothing else to do: small ones become one, the big one is written again when the others have grown to a share of it. */
static void merges_when_idle(void **state)
{
	char dir[64];
	struct writer *w = NULL;
	struct store_options o = quick();
	bool did = false;
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	put_some(w, 100, 40);
	OK(writer_merge(w, MERGE_IDLE, &did, err));
	assert_false(did);
	for (unsigned i = 0; i < 3; i++)
		put_some(w, 200 + i, 1);
	assert_int_equal(segments_of(dir), 4);
	OK(writer_merge(w, MERGE_DUE, &did, err));
	assert_false(did);
	OK(writer_merge(w, MERGE_IDLE, &did, err));
	assert_true(did);
	assert_int_equal(segments_of(dir), 2);
	OK(writer_merge(w, MERGE_IDLE, &did, err));
	assert_false(did);
	put_some(w, 300, 3);
	OK(writer_merge(w, MERGE_IDLE, &did, err));
	assert_true(did);
	assert_int_equal(segments_of(dir), 1);
	writer_close(w);
	fixture_remove(dir);
}

static uint32_t hits(struct snapshot *s, const char *term)
{
	uint32_t n = 0;
	for (size_t i = 0; i < s->n_segments; i++) {
		struct posting_list l;
		n += postings_find(s->segments[i]->postings, S(term), &l) ? l.n : 0;
	}
	return n;
}

static void words_are_found(void **state)
{
	char dir[64];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick();
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned round = 0; round < 2; round++) {
		put(w, round ? "b" : "a", round);
		commit(w);
	}
	bool did = false;
	OK(writer_merge(w, true, &did, err));
	assert_true(did);
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(hits(s, "summit"), 2);
	assert_int_equal(hits(s, "noth"), 2); /* stemmed: nothing */
	assert_int_equal(hits(s, "Ssummit"), 1);
	assert_int_equal(hits(s, "Smoscow"), 1);
	struct stem stems[4];
	assert_int_equal(snapshot_stems(s, SPAN("nothing"), stems, 4), 1);
	assert_true(span_eq((struct span){stems[0].p, stems[0].n}, SPAN("noth")));

	uint32_t v[256], report = segment_word(s->segments[0], SPAN("report")), putin = segment_word(s->segments[0], SPAN("putin"));
	size_t n = segment_stream(s->segments[0], 0, v, 256);
	assert_int_not_equal(report, NO_WORD);
	assert_int_equal(segment_word(s->segments[0], SPAN("reports")), NO_WORD);
	assert_int_equal(v[0], report);
	assert_int_equal(v[4], NO_WORD); /* "Report 0 about summit", then the gap, then "Document a in version 0 Putin" */
	assert_int_equal(v[4 + STREAM_GAP - 1], NO_WORD);
	assert_int_equal(v[4 + STREAM_GAP + 5], putin);
	assert_true(n > 4 + STREAM_GAP + 10 && n < 256);
	uint32_t three[3];
	assert_int_equal(segment_stream(s->segments[0], 0, three, 3), n);
	assert_int_equal(three[2], v[2]);
	uint32_t p[4];
	assert_int_equal(segment_words_with_prefix(s->segments[0], SPAN("mos"), p, 4), 1);
	assert_true(span_eq(segment_word_text(s->segments[0], p[0]), SPAN("moscow")));
	snapshot_close(s);
	writer_close(w);
	fixture_remove(dir);
}

static void merge_down(struct writer *w)
{
	bool did;
	do
		OK(writer_merge(w, true, &did, err));
	while (did);
}

/* Enough documents for a dictionary; then one that is kept, then a rebuild out of it. */
static void dictionaries(void **state)
{
	char dir[64], id[16];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick();
	struct store_status before, after;
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 1500; i++) {
			snprintf(id, sizeof id, "doc-%u", i);
			if (round == 0 || (round == 1 && i >= 1400) || (round == 2 && i % 2))
				put(w, id, i * 7 + round);
			if (i == 700)
				commit(w);
		}
		commit(w);
		writer_status(w, &before);
		merge_down(w);
		writer_status(w, &after);
		assert_int_equal(after.n_segments, 1);
		assert_true(after.bytes_on_disk < before.bytes_on_disk);
	}
	assert_int_equal(after.n_dead, 0); /* half of it was replaced: rebuilt */
	OK(snapshot_open(dir, NULL, &s, err));
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(id, sizeof id, "doc-%u", i);
		assert_int_equal(version_of(s, id), i * 7 + (i % 2 ? 2 : i >= 1400 ? 1 : 0));
	}
	assert_int_equal(hits(s, "report"), 1500);
	snapshot_close(s);
	writer_close(w);
	fixture_remove(dir);
}

static void notes_last(void **state)
{
	char dir[64];
	struct writer *w = NULL;
	struct store_options o = quick();
	struct span v;
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	writer_note(w, SPAN("source:/a"), SPAN("x"));
	writer_note(w, SPAN("file:/a/1"), SPAN("y"));
	commit(w);
	writer_note(w, SPAN("file:/a/1"), SPAN_NONE);
	writer_note(w, SPAN("file:/a/2"), SPAN("z"));
	commit(w);
	writer_note(w, SPAN("file:/a/3"), SPAN("never committed"));
	writer_close(w);
	OK(writer_open(dir, &o, &w, NULL, err));
	assert_true(writer_noted(w, SPAN("source:/a"), &v) && span_eq(v, SPAN("x")));
	assert_true(writer_noted(w, SPAN("file:/a/2"), &v) && span_eq(v, SPAN("z")));
	assert_false(writer_noted(w, SPAN("file:/a/1"), &v));
	assert_false(writer_noted(w, SPAN("file:/a/3"), &v));
	writer_close(w);
	fixture_remove(dir);
}

static void nothing_wrong(void *arg, const char *what)
{
	(void)arg;
	fail_msg("check: %s", what);
}

static void backups(void **state)
{
	char dir[64], backup[80];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick();
	struct span v;
	bool did;
	(void)state;
	fixture_dir(dir);
	snprintf(backup, sizeof backup, "%s-backup", dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	put(w, "a", 1), put(w, "b", 1);
	commit(w);
	put(w, "a", 2);
	writer_note(w, SPAN("source:/a"), SPAN("x"));
	commit(w);
	OK(store_backup(dir, backup, err));
	assert_int_equal(store_backup(dir, backup, NULL), ERR_EXISTS);
	put(w, "a", 3), put(w, "b", 3);
	writer_note(w, SPAN("source:/a"), SPAN("y"));
	commit(w);
	OK(writer_merge(w, true, &did, err));
	commit(w);
	put(w, "c", 3);
	commit(w);
	writer_close(w);
	fixture_remove(dir); /* what was linked is still there */
	OK(store_check(backup, nothing_wrong, NULL, err));
	OK(snapshot_open(backup, NULL, &s, err));
	assert_int_equal(version_of(s, "a"), 2);
	assert_int_equal(version_of(s, "b"), 1);
	assert_int_equal(s->n_documents, 2);
	snapshot_close(s);
	OK(writer_open(backup, &o, &w, NULL, err));
	assert_true(writer_noted(w, SPAN("source:/a"), &v) && span_eq(v, SPAN("x")));
	assert_int_equal(put(w, "a", 2), PUT_UNCHANGED);
	writer_close(w);
	fixture_remove(backup);
}

/* Facts grow old: they are given out until none is left, interrupted or not. */
static int renew(void *arg, struct span record, struct err *err)
{
	struct writer **w = arg;
	return writer_renew(*w, record, err);
}

static void upgrades(void **state)
{
	char dir[64], id[16];
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct store_options o = quick();
	uint64_t left = 0;
	(void)state;
	fixture_dir(dir);
	o.facts_version = 1;
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned i = 0; i < 50; i++) {
		snprintf(id, sizeof id, "doc-%u", i);
		put(w, id, i);
		if (i % 20 == 0)
			commit(w);
	}
	commit(w);
	OK(writer_outdated(w, 10, renew, &w, &left, err));
	assert_int_equal(left, 0);
	writer_close(w);
	o.facts_version = 2;
	for (unsigned round = 0; round < 6; round++) {
		OK(writer_open(dir, &o, &w, NULL, err)); /* each time anew */
		OK(writer_outdated(w, 12, renew, &w, &left, err));
		assert_int_equal(left, round < 5 ? 50 - 12 * round : 0);
		commit(w);
		writer_close(w);
	}
	OK(snapshot_open(dir, NULL, &s, err));
	assert_int_equal(s->n_documents, 50);
	assert_int_equal(version_of(s, "doc-33"), 33);
	snapshot_close(s);
	fixture_remove(dir);
}

static void one_writer(void **state)
{
	char dir[64];
	struct writer *w = NULL, *second = NULL;
	struct store_options o = quick();
	struct err why = {0};
	(void)state;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	assert_int_equal(writer_open(dir, &o, &second, NULL, &why), ERR_LOCKED);
	assert_true(span_find(S(why.msg), SPAN("another dossierd")) >= 0);
	writer_close(w);
	OK(writer_open(dir, &o, &w, NULL, err));
	writer_close(w);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(puts_and_finds), cmocka_unit_test(merges), cmocka_unit_test(merges_when_idle), cmocka_unit_test(words_are_found), cmocka_unit_test(dictionaries),
		cmocka_unit_test(notes_last), cmocka_unit_test(backups), cmocka_unit_test(upgrades), cmocka_unit_test(one_writer)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
