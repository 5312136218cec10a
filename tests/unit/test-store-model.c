/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store against a model: random puts, replacements, removals, commits, quick ones, merges and reopenings, thousands of them, beside a plain array
 * that says what must be there. What is compared after each commit: every document, by id; counts; that nothing else is alive.
 */
#include "tests/unit/store-fixture.h"

#include "index/store/snapshot.h"

#define IDS 120

struct model {
	int now[IDS], committed[IDS]; /* version, -1: none */
	int quick[IDS];     /* what the next quick commit shows */
	bool in_quick[IDS]; /* in the slot for them: whatever is put now goes there too */
	uint32_t n_quick;   /* rows in that slot */
	uint64_t revision, before;
	bool changed;
};

struct run {
	char dir[64];
	struct store_options o;
	struct writer *w;
	struct snapshot *s;
	struct model m;
	int seen[IDS]; /* committed, as of the last look */
	uint64_t seed;
};

static unsigned dice(struct run *r, unsigned n)
{
	r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(r->seed >> 33) % n;
}

static void name_of(char out[16], unsigned i) { snprintf(out, 16, "doc/%u", i); }

static void goes_quickly(struct run *r, unsigned i, int version)
{
	if (r->m.n_quick >= r->o.seal_documents) { /* the slot is sealed first */
		memset(r->m.in_quick, 0, sizeof r->m.in_quick);
		r->m.n_quick = 0;
	}
	r->m.quick[i] = version;
	r->m.in_quick[i] = true;
	r->m.n_quick++;
}

static void put_one(struct run *r)
{
	AUTO_STR struct str record = {0};
	char id[16];
	unsigned i = dice(r, IDS), version = dice(r, 3) ? dice(r, 500) : (unsigned)(r->m.now[i] < 0 ? 0 : r->m.now[i]);
	enum put_status status, expected = r->m.now[i] < 0 ? PUT_ADDED : r->m.now[i] == (int)version ? PUT_UNCHANGED : PUT_REPLACED;
	bool quick = r->o.quick_most && dice(r, 3) == 0, later = true;
	name_of(id, i);
	fixture_record(&record, id, version);
	if (quick)
		OK(writer_put_quick(r->w, str_view(&record), &status, &later, err));
	else
		OK(writer_put(r->w, str_view(&record), &status, err));
	assert_int_equal(status, expected);
	if (quick && !later && status == PUT_UNCHANGED)
		assert_int_equal(r->m.quick[i], version);
	r->m.changed |= status != PUT_UNCHANGED;
	r->m.now[i] = (int)version;
	if (status != PUT_UNCHANGED && (r->m.in_quick[i] || !later))
		goes_quickly(r, i, (int)version);
}

static void remove_one(struct run *r)
{
	char id[16];
	bool existed;
	unsigned i = dice(r, IDS);
	name_of(id, i);
	OK(writer_remove(r->w, S(id), &existed, err));
	assert_int_equal(existed, r->m.now[i] >= 0);
	r->m.changed |= existed;
	r->m.now[i] = -1;
	if (r->m.in_quick[i])
		r->m.quick[i] = -1;
	r->m.in_quick[i] = false;
}

static int version_at(struct run *r, struct place at, struct span *id, struct arena *a)
{
	struct span plain;
	struct document d;
	struct facts f;
	int version = -1;
	OK(snapshot_record(r->s, at, a, &plain, err));
	OK(record_decode(a, plain, &d, &f, err));
	*id = d.id;
	assert_int_equal(sscanf(d.title.p, "Report %d", &version), 1);
	return version;
}

/* Columns, streams and record of a row say the same. */
static void check_row(struct run *r, struct place at, int version)
{
	const struct segment *s = r->s->segments[at.segment];
	const struct columns *c = &s->columns;
	static const char *const leaders[] = {"kim-jong-un", "vladimir-putin", "angela-merkel", "donald-trump"};
	uint32_t v[256], first = c->leaders.start[at.row];
	char word[16];
	assert_true(span_is(dictionary_at(&c->source_names, c->source[at.row]), version % 2 ? "news" : "wire"));
	assert_int_equal(c->leaders.start[at.row + 1], first + 1);
	assert_true(span_is(dictionary_at(&c->leader_names, c->leaders.item[first]), leaders[version % 4]));
	assert_int_equal(c->published_precision[at.row], PREC_DAY);
	int year;
	day_split(c->published_from[at.row], &year, NULL, NULL);
	assert_int_equal(year, 2000 + version % 20);
	snprintf(word, sizeof word, "%d", version);
	size_t n = segment_stream(s, at.row, v, 256);
	assert_in_range(n, STREAM_GAP + 10, 256);
	assert_int_equal(v[1], segment_word(s, S(word)));
}

static void check_snapshot(struct run *r)
{
	AUTO_ARENA struct arena a = {0};
	struct snapshot *s = NULL;
	uint64_t alive = 0, expected = 0;
	OK(snapshot_open(r->dir, r->s, &s, err));
	snapshot_close(r->s);
	r->s = s;
	assert_int_equal(s->revision, r->m.revision);
	for (unsigned i = 0; i < IDS; i++) {
		char name[16];
		struct place at;
		struct span id;
		name_of(name, i);
		int rc = snapshot_find(s, S(name), &at, NULL);
		assert_int_equal(rc, r->m.committed[i] < 0 ? ERR_NOT_FOUND : 0);
		if (rc)
			continue;
		expected++;
		assert_int_equal(version_at(r, at, &id, &a), r->m.committed[i]);
		assert_true(span_eq(id, S(name)));
		check_row(r, at, r->m.committed[i]);
		uint64_t added = s->segments[at.segment]->columns.revision[at.row];
		assert_in_range(added, 1, s->revision);
		if (r->seen[i] != r->m.committed[i])
			assert_true(added > r->m.before); /* who asks for what came since then finds it */
	}
	for (size_t i = 0; i < s->n_segments; i++)
		for (uint32_t row = 0; row < s->segments[i]->n_rows; row++)
			alive += segment_alive(s->segments[i], row);
	assert_int_equal(alive, expected);
	assert_int_equal(s->n_documents, expected);
	memcpy(r->seen, r->m.committed, sizeof r->seen);
	r->m.before = s->revision;
}

static uint64_t present_revision(struct run *r)
{
	struct store_status st;
	writer_status(r->w, &st);
	return st.revision;
}

static void settle(struct run *r)
{
	uint64_t revision = present_revision(r);
	memcpy(r->m.committed, r->m.now, sizeof r->m.now);
	memcpy(r->m.quick, r->m.now, sizeof r->m.now);
	memset(r->m.in_quick, 0, sizeof r->m.in_quick);
	r->m.n_quick = 0;
	assert_in_range(revision, r->m.revision + r->m.changed, r->m.revision + (r->m.changed ? 1 + r->o.quick_most : 0));
	r->m.revision = revision;
	r->m.changed = false;
}

static void commit_one(struct run *r)
{
	uint64_t revision;
	OK(writer_commit(r->w, &revision, err));
	settle(r);
	assert_int_equal(revision, r->m.revision);
	assert_int_equal(writer_pending(r->w), 0);
	check_snapshot(r);
}

static void commit_quick_one(struct run *r)
{
	uint64_t revision;
	bool held = writer_holds_back(r->w);
	OK(writer_commit_quick(r->w, &revision, err));
	assert_int_equal(revision, present_revision(r));
	if (!held)
		settle(r);
	assert_in_range(revision, r->m.revision, r->m.revision + 1);
	memcpy(r->m.committed, r->m.quick, sizeof r->m.quick);
	memset(r->m.in_quick, 0, sizeof r->m.in_quick);
	r->m.n_quick = 0;
	r->m.revision = revision;
	check_snapshot(r);
}

static void seal_one(struct run *r)
{
	bool sealing;
	OK(writer_seal_begin(r->w, &sealing, err));
	for (int i = 0; i < 5 && sealing; i++)
		OK(writer_seal_step(r->w, &sealing, err));
}

static void merge_one(struct run *r)
{
	bool did;
	OK(writer_merge(r->w, dice(r, 4) == 0, &did, err));
	settle(r); /* a merge commits what is pending */
	check_snapshot(r);
}

static void merge_beside(struct run *r)
{
	bool did;
	if (writer_merge_fd(r->w) < 0) {
		OK(writer_merge_begin(r->w, dice(r, 4) == 0, &did, err));
		settle(r);
	} else {
		OK(writer_merge_end(r->w, &did, err));
		assert_true(did);
		settle(r);
	}
	check_snapshot(r);
}

static void nothing_wrong(void *arg, const char *what)
{
	(void)arg;
	fail_msg("check: %s", what);
}

static void reopen(struct run *r)
{
	AUTO_STR struct str told = {0};
	writer_close(r->w);
	memcpy(r->m.now, r->m.committed, sizeof r->m.now);
	memcpy(r->m.quick, r->m.committed, sizeof r->m.now);
	memset(r->m.in_quick, 0, sizeof r->m.in_quick);
	r->m.n_quick = 0;
	r->m.changed = false;
	OK(store_check(r->dir, nothing_wrong, NULL, err));
	OK(writer_open(r->dir, &r->o, &r->w, &told, err));
	assert_string_equal(str_cz(&told), "");
	check_snapshot(r);
}

static void step(struct run *r)
{
	unsigned k = dice(r, 100);
	if (k < 62)
		put_one(r);
	else if (k < 82)
		remove_one(r);
	else if (k < 92)
		commit_one(r);
	else if (k < 95)
		merge_one(r);
	else if (k < 98)
		merge_beside(r);
	else if (k < 99)
		reopen(r);
	if (r->o.quick_most && dice(r, 25) == 0)
		commit_quick_one(r);
	if (r->o.quick_most && dice(r, 30) == 0)
		seal_one(r);
}

static void run_model(uint64_t seed, uint32_t builders, uint32_t quick_most, int steps)
{
	struct run r = {.o = store_default_options(), .seed = seed};
	r.o.no_sync = true;
	r.o.builders = builders;
	r.o.quick_most = quick_most;
	r.o.seal_documents = 7;
	r.o.max_segments = 3;
	memset(r.m.now, 0xFF, sizeof r.m.now);
	memset(r.m.committed, 0xFF, sizeof r.m.committed);
	memset(r.m.quick, 0xFF, sizeof r.m.quick);
	memset(r.seen, 0xFF, sizeof r.seen);
	fixture_dir(r.dir);
	OK(writer_open(r.dir, &r.o, &r.w, NULL, err));
	for (int i = 0; i < steps; i++)
		step(&r);
	commit_one(&r);
	snapshot_close(r.s);
	writer_close(r.w);
	fixture_remove(r.dir);
}

static void alone(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run_model(seed, 0, 0, 3000);
}

static void with_children(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		run_model(seed * 77, 2, 0, 2000);
}

static void with_quick_ones(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		run_model(seed * 1001, 0, seed % 2 ? 3 : 100, 800);
	run_model(555, 2, 5, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(alone), cmocka_unit_test(with_children), cmocka_unit_test(with_quick_ones)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
