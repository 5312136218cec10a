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
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(id, sizeof id, "form-%u", i);
		put_text(w, id, arena_printf(&a, "Shares of company k%u closed at %u, volume %u. %.*s", i, 1000 + i, 50 + i * 3, 300, form.p), 1 + (int)(i % 28));
	}
	put(w, "copy-1", 9, 0, 9);
	clock_t before = clock();
	commit(w);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(id, sizeof id, "again-%u", i);
		put_text(w, id, arena_printf(&a, "Shares of company k%u closed at %u, volume %u. %.*s", i, 1000 + i, 50 + i * 3, 300, form.p), 1 + (int)(i % 28));
	}
	put(w, "copy-2", 9, 0, 9);
	commit(w);
	assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 20);
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(across_segments), cmocka_unit_test(bridges), cmocka_unit_test(joins_during_a_merge), cmocka_unit_test(crowds),
		cmocka_unit_test(damaged_moves)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
