/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories in the store: near-duplicates across segments, their numbers over replacement, merges, reopening, damage and upgrades. */
#include "tests/unit/store-fixture.h"

#include "index/store/manifest.h"
#include "index/store/snapshot.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static const char *const subjects[] = {"railway tariffs", "fishing quotas", "steel exports", "wheat prices", "airport slots", "canal tolls", "border posts", "copper mines",
	"tanker routes", "barley stocks"};

/* An article about one of ten subjects, in words that follow from the subject; `tail` sentences are of its own. */
static struct span article(struct arena *a, unsigned subject, unsigned tail)
{
	struct str s = {0};
	for (unsigned i = 0; i < 14; i++)
		str_printf(&s, "The %s of part %c%u went to the committee of %c%u, which put off its vote on %s until the delegates of %c%u had come. ", subjects[subject % 10],
			'a' + subject % 26, i * 7 + subject, 'k' + subject % 10, i * 3 + subject, subjects[(subject + 3) % 10], 'p' + subject % 10, i * 5 + subject);
	for (unsigned i = 0; i < tail; i++)
		str_printf(&s, "A clerk added remark %c%u. ", 'a' + tail % 26, i + 100 * tail);
	struct span copy = arena_span(a, str_view(&s));
	str_done(&s);
	return copy;
}

static void put_text(struct writer *w, const char *id, struct span text, int day)
{
	AUTO_STR struct str r = {0};
	struct document d = {.id = S(id), .source = SPAN("wire"), .lang = SPAN("en"), .text = text, .content_hash = span_hash(text)};
	struct facts f = {0};
	enum put_status status;
	if (day)
		d.published.days = interval_day(1987, 3, day);
	record_encode(&r, &d, &f);
	OK(writer_put(w, str_view(&r), &status, err));
}

static void put(struct writer *w, const char *id, unsigned subject, unsigned tail, int day)
{
	AUTO_ARENA struct arena a = {0};
	put_text(w, id, article(&a, subject, tail), day);
}

static void commit(struct writer *w)
{
	uint64_t revision;
	OK(writer_commit(w, &revision, err));
}

static uint64_t story_of(const char *dir, const char *id)
{
	struct snapshot *s = NULL;
	struct place at;
	OK(snapshot_open(dir, NULL, &s, err));
	OK(snapshot_find(s, S(id), &at, err));
	uint64_t story = story_number_of(&s->segments[at.segment]->stories, at.row);
	snapshot_close(s);
	return story;
}

#define SAME(x, y)  assert_int_equal(story_of(dir, x), story_of(dir, y))
#define OTHER(x, y) assert_int_not_equal(story_of(dir, x), story_of(dir, y))

static struct writer *open_writer(const char *dir, unsigned builders)
{
	struct store_options o = store_default_options();
	struct writer *w = NULL;
	o.no_sync = true;
	o.builders = builders;
	OK(writer_open(dir, &o, &w, NULL, err));
	return w;
}

static void merge_all(struct writer *w)
{
	bool did = true;
	while (did)
		OK(writer_merge(w, true, &did, err));
}

static void across_segments(void **state)
{
	char dir[64];
	(void)state;
	fixture_dir(dir);
	struct writer *w = open_writer(dir, 2);
	put(w, "a", 1, 0, 2);
	put(w, "b", 2, 0, 2);
	put(w, "a2", 1, 1, 2);
	commit(w);
	SAME("a", "a2");
	OTHER("a", "b");
	uint64_t a = story_of(dir, "a"), b = story_of(dir, "b");
	put(w, "a3", 1, 2, 3);
	put(w, "c", 3, 0, 3);
	commit(w);
	assert_int_equal(story_of(dir, "a3"), a);
	assert_true(story_of(dir, "c") > b);
	put(w, "a-late", 1, 0, 30); /* long, the same words: a copy at any date */
	put(w, "b", 2, 2, 2);       /* a corrected version stays in its story */
	commit(w);
	assert_int_equal(story_of(dir, "a-late"), a);
	assert_int_equal(story_of(dir, "b"), b);
	put(w, "b", 4, 0, 2); /* … another text does not */
	commit(w);
	assert_true(story_of(dir, "b") > b);

	bool existed;
	OK(writer_remove(w, SPAN("a"), &existed, err));
	commit(w);
	assert_int_equal(story_of(dir, "a2"), a); /* the first member went, the story stays */
	merge_all(w);
	assert_int_equal(story_of(dir, "a3"), a);
	writer_close(w);
	w = open_writer(dir, 0);
	put(w, "a4", 1, 0, 4);
	commit(w);
	assert_int_equal(story_of(dir, "a4"), a);
	assert_int_equal(writer_unlinked(w), 0);
	writer_close(w);
	fixture_remove(dir);
}

/* x and y have little in common, z holds both: whatever the order, three are one; the number is that of the first. */
static void bridges(void **state)
{
	static const char *const orders[] = {"xyz", "xzy", "zxy", "zyx"};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO_ARENA struct arena a = {0};
		char dir[64], id[2] = {0}, first[2] = {orders[i][0], 0};
		struct span x = article(&a, 1, 0), y = article(&a, 2, 0), z = arena_printf(&a, "%.*s%.*s", SPAN_ARG(x), SPAN_ARG(y));
		uint64_t number = 0;
		fixture_dir(dir);
		struct writer *w = open_writer(dir, 0);
		put(w, "other", 5, 0, 2);
		for (int k = 0; k < 3; k++) {
			id[0] = orders[i][k];
			put_text(w, id, id[0] == 'x' ? x : id[0] == 'y' ? y : z, 2);
			commit(w);
			number = k == 0 ? story_of(dir, first) : number;
			if (i == 0 && k == 1) {
				OTHER("x", "y");
				merge_all(w); /* what is joined later has been merged already */
			}
		}
		SAME("x", "y");
		SAME("y", "z");
		OTHER("x", "other");
		assert_int_equal(story_of(dir, "x"), number);
		writer_close(w);
		fixture_remove(dir);
	}
}

/* Moves made while a merge is under way are carried over to its result. */
static void joins_during_a_merge(void **state)
{
	AUTO_ARENA struct arena a = {0};
	char dir[64], id[16];
	bool started, did;
	(void)state;
	fixture_dir(dir);
	struct writer *w = open_writer(dir, 0);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(id, sizeof id, "s%u", i);
		put(w, id, i, 0, 2);
		commit(w);
	}
	OK(writer_merge_begin(w, true, &started, err));
	assert_true(started);
	struct span x = article(&a, 1, 0), y = article(&a, 2, 0);
	put_text(w, "z", arena_printf(&a, "%.*s%.*s", SPAN_ARG(x), SPAN_ARG(y)), 2);
	commit(w);
	SAME("s1", "s2");
	uint64_t number = story_of(dir, "s1");
	OK(writer_merge_end(w, &did, err));
	assert_true(did);
	assert_int_equal(story_of(dir, "s2"), number);
	assert_int_equal(story_of(dir, "z"), number);
	OTHER("s1", "s3");
	writer_close(w);
	w = open_writer(dir, 0); /* … and are there after a restart */
	SAME("s1", "s2");
	merge_all(w);
	assert_int_equal(story_of(dir, "s2"), number);
	writer_close(w);
	fixture_remove(dir);
}

/* A crowd in which everybody shares a band with everybody: bounded work, and the same reports are found where they stand near by date. */
static void crowds(void **state)
{
	AUTO_ARENA struct arena a = {0};
	char dir[64], id[16];
	(void)state;
	fixture_dir(dir);
	struct writer *w = open_writer(dir, 0);
	struct span form = article(&a, 7, 0);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(id, sizeof id, "form-%u", i);
		put_text(w, id, arena_printf(&a, "Shares of company k%u closed at %u, volume %u. %.*s", i, 1000 + i, 50 + i * 3, 300, form.p), 1 + (int)(i % 28));
	}
	put(w, "copy-1", 9, 0, 9);
	clock_t before = clock();
	commit(w);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(id, sizeof id, "again-%u", i);
		put_text(w, id, arena_printf(&a, "Shares of company k%u closed at %u, volume %u. %.*s", i, 1000 + i, 50 + i * 3, 300, form.p), 1 + (int)(i % 28));
	}
	put(w, "copy-2", 9, 0, 9);
	commit(w);
	assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 30); /* every pair of them would take minutes */
	SAME("copy-1", "copy-2");
	writer_close(w);
	fixture_remove(dir);
}

/* The file of moved rows is damaged: the stories are found anew, by the next writer. */
static void damaged_moves(void **state)
{
	char dir[64], path[128];
	AUTO_STR struct str told = {0};
	struct writer *w = NULL;
	struct store_options o = store_default_options();
	struct manifest m;
	(void)state;
	fixture_dir(dir);
	w = open_writer(dir, 0);
	put(w, "a", 1, 0, 2);
	commit(w);
	put(w, "a2", 1, 1, 2);
	commit(w);
	SAME("a", "a2");
	uint64_t number = story_of(dir, "a");
	writer_close(w);
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(manifest_read(path, &m, err));
	bool found = false;
	for (size_t i = 0; i < m.n_segments; i++)
		if (m.segments[i].stories.name[0]) {
			found = true;
			snprintf(path, sizeof path, "%s/%s", dir, m.segments[i].stories.name);
			int fd = open(path, O_WRONLY);
			assert_true(fd >= 0);
			assert_int_equal(pwrite(fd, "\xff", 1, 5), 1);
			close(fd);
		}
	manifest_done(&m);
	assert_true(found);
	o.no_sync = true;
	OK(writer_open(dir, &o, &w, &told, err));
	assert_non_null(strstr(told.p, "stories"));
	commit(w);
	assert_int_equal(story_of(dir, "a2"), number);
	writer_close(w);
	fixture_remove(dir);
}

/* ---- Copies ---- */

static uint64_t records_size(const char *dir)
{
	char path[160];
	struct manifest m;
	uint64_t bytes = 0;
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(manifest_read(path, &m, err));
	for (size_t i = 0; i < m.n_segments; i++)
		for (uint32_t k = 0; k < m.segments[i].n_files; k++)
			bytes += strcmp(m.segments[i].files[k].name, "records") == 0 ? m.segments[i].files[k].size : 0;
	manifest_done(&m);
	return bytes;
}

static void check_copy(const char *dir, const char *id, struct span text, int day)
{
	AUTO_ARENA struct arena a = {0};
	struct snapshot *s = NULL;
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	OK(snapshot_open(dir, NULL, &s, err));
	OK(snapshot_find(s, S(id), &at, err));
	OK(snapshot_record(s, at, &a, &plain, err));
	OK(record_decode(&a, plain, &d, &f, err));
	assert_true(span_eq(d.id, S(id)) && span_eq(d.text, text) && interval_any(d.published.days));
	assert_int_equal(d.published.days.from, interval_day(1987, 3, day).from);
	snapshot_close(s);
}

/* Copies, from several segments, are stored once when they are merged; each stays a document of its own, whoever else goes. */
static void copies_are_stored_once(void **state)
{
	AUTO_ARENA struct arena a = {0};
	struct str noise = {0};
	char dir[64], id[16];
	bool existed;
	(void)state;
	for (uint64_t i = 0, h = 1; i < 1500; i++, h = span_hash((struct span){(const char *)&h, sizeof h}))
		str_printf(&noise, "w%llx ", (unsigned long long)h >> 30);
	struct span text = arena_span(&a, str_view(&noise));
	str_done(&noise);
	fixture_dir(dir);
	struct writer *w = open_writer(dir, 0);
	put_text(w, "alone", article(&a, 1, 0), 2);
	put_text(w, "copy-0", text, 1);
	commit(w);
	uint64_t one = records_size(dir);
	for (int i = 1; i < 20; i++) {
		snprintf(id, sizeof id, "copy-%d", i);
		put_text(w, id, text, 1 + i);
		if (i % 4 == 0)
			commit(w);
	}
	commit(w);
	assert_true(records_size(dir) > 10 * one);
	merge_all(w);
	assert_true(records_size(dir) < one + 20 * 200);
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof id, "copy-%d", i);
		check_copy(dir, id, text, 1 + i);
	}
	for (int i = 0; i < 12; i++) { /* the one that the others are like goes too: rebuilt without it */
		snprintf(id, sizeof id, "copy-%d", i);
		OK(writer_remove(w, S(id), &existed, err));
	}
	put(w, "more", 3, 0, 2);
	commit(w);
	check_copy(dir, "copy-19", text, 20);
	merge_all(w);
	assert_true(records_size(dir) < one + 20 * 200);
	check_copy(dir, "copy-12", text, 13);
	check_copy(dir, "copy-19", text, 20);
	writer_close(w);
	fixture_remove(dir);
}

/* ---- Templates ---- */

#define NOTICE "The Herald is an independent paper, owned by its readers, and has been since 1911."

static void put_page(struct writer *w, unsigned i, bool cleaned)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str r = {0};
	struct dropped drop = {.text = SPAN(NOTICE), .why = DROP_TEMPLATE};
	struct document d = {.source = SPAN("herald"), .lang = SPAN("en")};
	struct facts f = {0};
	enum put_status status;
	d.id = arena_printf(&a, "page-%u", i);
	d.text = article(&a, i, i + 1);
	d.text = arena_printf(&a, "%.*s Code x%uy%u.%s", SPAN_ARG(d.text), i * 37, i * 91, cleaned ? "" : "\n\n" NOTICE);
	d.content_hash = span_hash(d.text);
	if (cleaned)
		d.dropped = &drop, d.n_dropped = 1;
	record_encode(&r, &d, &f);
	OK(writer_renew(w, str_view(&r), err));
	(void)status;
}

struct seen {
	struct writer *w;
	size_t n;
};

static int clean_one(void *arg, struct span record, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str keys = {0}, again = {0};
	struct seen *seen = arg;
	struct document d;
	struct facts f;
	writer_templates(seen->w, &keys);
	struct template_set set = {(const uint64_t *)(const void *)keys.p, keys.n / sizeof(uint64_t)};
	assert_int_equal(record_decode(&a, record, &d, &f, err), 0);
	assert_int_equal(template_set_clean(&set, &a, &d), 1);
	f = (struct facts){0};
	record_encode(&again, &d, &f);
	seen->n++;
	return writer_renew(seen->w, str_view(&again), err);
}

static void note_documents(void *arg, struct span source, bool on, struct span sample, uint32_t documents, uint32_t of)
{
	assert_true(span_eq(source, SPAN("herald")) && span_starts(sample, "The Herald") && on);
	uint32_t *counts = arg;
	counts[0] = documents;
	counts[1] = of;
}

static size_t clean_all(struct writer *w)
{
	struct seen seen = {w, 0};
	while (writer_any_uncleaned(w, true)) {
		OK(writer_uncleaned(w, true, 3, clean_one, &seen, err));
		commit(w);
	}
	return seen.n;
}

static int restore_one(void *arg, struct span record, struct err *err)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str again = {0};
	struct seen *seen = arg;
	struct document d;
	struct facts f;
	assert_int_equal(record_decode(&a, record, &d, &f, err), 0);
	size_t n = template_restore(&a, &d);
	if (!n) /* put in as already cleaned, without a place: it stays as it is */
		return 0;
	assert_int_equal(n, 1);
	assert_true(span_ends(d.text, ".\n\n" NOTICE) && d.n_dropped == 0);
	f = (struct facts){0};
	record_encode(&again, &d, &f);
	seen->n++;
	return writer_renew(seen->w, str_view(&again), err);
}

static size_t restore_all(struct writer *w, bool on)
{
	struct seen seen = {w, 0};
	while (writer_any_uncleaned(w, on)) {
		OK(writer_uncleaned(w, on, 3, restore_one, &seen, err));
		commit(w);
	}
	return seen.n;
}

static void learns_and_cleans_later(void **state)
{
	char dir[64];
	uint32_t counts[2] = {0};
	(void)state;
	fixture_dir(dir);
	struct writer *w = open_writer(dir, 0);
	for (unsigned i = 0; i < 3; i++)
		put_page(w, i, false);
	commit(w);
	assert_false(writer_any_uncleaned(w, true));
	writer_close(w); /* what was counted but not saved is counted again, once */
	w = open_writer(dir, 0);
	merge_all(w);
	for (unsigned i = 3; i < 8; i++)
		put_page(w, i, false);
	commit(w);
	writer_templates_list(w, note_documents, counts);
	assert_int_equal(counts[0], 8);
	assert_int_equal(counts[1], 8);
	assert_true(writer_any_uncleaned(w, true));
	assert_int_equal(clean_all(w), 8);
	assert_int_equal(clean_all(w), 0);
	put_page(w, 8, true); /* the reader knows it by now */
	commit(w);
	assert_int_equal(clean_all(w), 0);
	merge_all(w);
	writer_close(w);
	w = open_writer(dir, 0);
	assert_false(writer_any_uncleaned(w, true));
	writer_templates_list(w, note_documents, counts);
	assert_int_equal(counts[0], 9);
	assert_int_equal(counts[1], 9);
	assert_true(writer_templates_switch(w, SPAN("herald"), false));
	AUTO_STR struct str keys = {0};
	writer_templates(w, &keys);
	assert_int_equal(keys.n, 0);
	commit(w);
	writer_close(w);
	w = open_writer(dir, 0); /* the switch is kept */
	writer_templates(w, &keys);
	assert_int_equal(keys.n, 0);
	assert_int_equal(restore_all(w, true), 8); /* those that know where it stood */
	assert_int_equal(restore_all(w, true), 0);
	assert_true(writer_templates_switch(w, SPAN("herald"), true));
	writer_templates(w, &keys);
	assert_int_equal(keys.n, sizeof(uint64_t));
	assert_int_equal(clean_all(w), 8);
	assert_int_equal(clean_all(w), 0);
	assert_true(writer_any_uncleaned(w, false)); /* all of it switched off */
	assert_int_equal(restore_all(w, false), 8);
	assert_false(writer_any_uncleaned(w, false));
	assert_int_equal(clean_all(w), 8); /* and on again */
	writer_close(w);
	fixture_remove(dir);
}

/* The saved file is damaged: all is learnt again from the segments. */
static void learns_again(void **state)
{
	char dir[64], path[160];
	uint32_t counts[2] = {0};
	struct writer *w = NULL;
	struct manifest m;
	struct store_options o = store_default_options();
	AUTO_STR struct str told = {0};
	(void)state;
	fixture_dir(dir);
	w = open_writer(dir, 0);
	for (unsigned i = 0; i < 8; i++) {
		put_page(w, i, false);
		if (i % 3 == 2)
			commit(w);
	}
	commit(w);
	merge_all(w);
	writer_close(w);
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(manifest_read(path, &m, err));
	assert_true(m.templates.name[0]);
	snprintf(path, sizeof path, "%s/%s", dir, m.templates.name);
	manifest_done(&m);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "\xff", 1, 30), 1);
	close(fd);
	o.no_sync = true;
	OK(writer_open(dir, &o, &w, &told, err));
	assert_non_null(strstr(told.p, "boilerplate"));
	writer_templates_list(w, note_documents, counts);
	assert_int_equal(counts[0], 8);
	writer_close(w);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(across_segments), cmocka_unit_test(bridges), cmocka_unit_test(joins_during_a_merge), cmocka_unit_test(crowds),
		cmocka_unit_test(damaged_moves), cmocka_unit_test(copies_are_stored_once), cmocka_unit_test(learns_and_cleans_later), cmocka_unit_test(learns_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
