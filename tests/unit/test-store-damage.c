/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damage: what checking finds, what opening repairs, and that readers of any bytes stay within them.
 *
 *	an index ─ one file flipped, cut, zeroed, missing, swapped ─► store_check must tell
 *	                                                         └─► writer_open(verify): every document is there, or said to be lost
 *	columns, streams, records, records decoded ─ thousands of random changes ─► refused, or walked to the end without harm
 */
#include "tests/unit/store-fixture.h"

#include "index/store/body.h"
#include "index/store/manifest.h"
#include "index/store/records.h"
#include "index/store/segment.h"
#include "index/store/snapshot.h"
#include "index/store/streams.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#define DOCS 24

static uint64_t seed = 4711;
static unsigned dice(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static struct store_options quick(bool verify)
{
	struct store_options o = store_default_options();
	o.no_sync = true;
	o.verify = verify;
	return o;
}

static void name_of(char out[16], unsigned i) { snprintf(out, 16, "doc/%u", i); }

static void put(struct writer *w, unsigned i, unsigned version)
{
	AUTO_STR struct str r = {0};
	char id[16];
	enum put_status status;
	name_of(id, i);
	fixture_record(&r, id, version);
	OK(writer_put(w, str_view(&r), &status, err));
}

/* Three segments, tombstones in the first, a ledger: document i has version i, or 100 + i for every third. */
static void make_index(char dir[64])
{
	struct store_options o = quick(false);
	struct writer *w = NULL;
	uint64_t revision;
	fixture_dir(dir);
	OK(writer_open(dir, &o, &w, NULL, err));
	for (unsigned i = 0; i < DOCS; i++) {
		put(w, i, i);
		if (i == DOCS / 2)
			OK(writer_commit(w, &revision, err));
	}
	writer_note(w, SPAN("file:/a"), SPAN("read"));
	writer_note(w, SPAN("source:/a"), SPAN("watched"));
	OK(writer_commit(w, &revision, err));
	for (unsigned i = 0; i < DOCS; i += 3)
		put(w, i, 100 + i);
	OK(writer_commit(w, &revision, err));
	writer_close(w);
}

static int version_of(struct snapshot *s, const char *id)
{
	AUTO_ARENA struct arena a = {0};
	struct place at;
	struct span plain;
	struct document d;
	struct facts f;
	int version = -2;
	if (snapshot_find(s, S(id), &at, NULL) != 0)
		return -1;
	OK(snapshot_record(s, at, &a, &plain, err));
	OK(record_decode(&a, plain, &d, &f, err));
	assert_int_equal(sscanf(d.title.p, "Report %d", &version), 1);
	return version;
}

/* How many documents are gone; what is there must be right. */
static unsigned missing(const char *dir)
{
	struct snapshot *s = NULL;
	unsigned n = 0;
	OK(snapshot_open(dir, NULL, &s, err));
	for (unsigned i = 0; i < DOCS; i++) {
		char id[16];
		name_of(id, i);
		int v = version_of(s, id);
		n += v == -1;
		assert_true(v == -1 || v == (int)(i % 3 == 0 ? 100 + i : i));
	}
	snapshot_close(s);
	return n;
}

/* ---- Kinds of damage ---- */

static void write_whole(const char *path, struct span s)
{
	unlink(path); /* truncating a file makes some file systems wait for the disk */
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	OK(io_write_all(fd, s, err));
}

enum damage { FLIP, SMASH, ZERO, CUT, GONE, GROWN, DAMAGES };

static void damage_file(const char *path, enum damage how)
{
	AUTO_STR struct str b = {0};
	OK(io_read_file(path, 1 << 30, &b, err));
	if (how == GONE || b.n == 0) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	size_t at = dice((unsigned)b.n);
	if (how == FLIP)
		b.p[at] = (char)(b.p[at] ^ (1 << dice(8)));
	for (size_t i = at; how == SMASH && i < b.n && i < at + 16; i++)
		b.p[i] = (char)~b.p[i];
	for (size_t i = at & ~(size_t)4095; how == ZERO && i < b.n && i < (at | 4095) + 1; i++)
		b.p[i] = 0;
	if (how == CUT)
		b.n = at;
	if (how == GROWN)
		str_z(&b, "more");
	write_whole(path, str_view(&b));
}

static void count_problem(void *arg, const char *what)
{
	assert_true(strlen(what) > 10);
	++*(int *)arg;
}

/* Damages one file, looks whether that is found, opens, and looks what is left. */
static void one_damage(const char *file, enum damage how, bool truth_follows)
{
	char dir[64], path[256];
	struct store_options o = quick(true);
	struct writer *w = NULL;
	AUTO_STR struct str told = {0};
	struct err why = {0};
	struct span v;
	int found = 0;
	make_index(dir);
	snprintf(path, sizeof path, "%s/%s", dir, file);
	AUTO_STR struct str before = {0}, after = {0};
	OK(io_read_file(path, 1 << 30, &before, err));
	damage_file(path, how);
	bool same = how != GONE && io_read_file(path, 1 << 30, &after, NULL) == 0 && span_eq(str_view(&before), str_view(&after));
	same |= how == GROWN && strncmp(file, "ledger", 6) == 0; /* what lies behind the committed part does not count */
	int n = store_check(dir, count_problem, &found, &why);
	if (!same)
		assert_true(n > 0 || (strcmp(file, "manifest") == 0 && n < 0));
	assert_true(n < 0 || n == found);

	OK(writer_open(dir, &o, &w, &told, err));
	if (!same && !told.n)
		fail_msg("%s, damage %d: nothing was said", file, (int)how);
	unsigned lost = missing(dir);
	assert_true(writer_noted(w, SPAN("source:/a"), &v) || (strncmp(file, "ledger", 6) == 0));
	if (lost) { /* then it says so, and the files are to be read again */
		assert_non_null(strstr(told.p, "could not be read"));
		assert_false(writer_noted(w, SPAN("file:/a"), &v));
	}
	assert_true(!lost || truth_follows);
	writer_close(w);
	found = 0;
	OK(store_check(dir, count_problem, &found, err));
	fixture_remove(dir);
}

/* Names of all files of the index, those of segments with their folder. */
static void list_files(const char *dir, const char *below, struct str *out)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, below);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.' || strcmp(e->d_name, "flintlock") == 0 || strcmp(e->d_name, "manifest.copy") == 0 || strcmp(e->d_name, "manifest.prev") == 0)
			continue;
		if (e->d_type == DT_DIR)
			list_files(dir, e->d_name, out);
		else
			str_printf(out, "%s%s%s\n", below, *below ? "/" : "", e->d_name);
	}
	closedir(d);
}

static void every_file(void **state)
{
	char dir[64];
	AUTO_STR struct str files = {0};
	struct span rest, file;
	(void)state;
	make_index(dir);
	list_files(dir, "", &files);
	fixture_remove(dir);
	rest = str_view(&files);
	while (span_cut(&rest, '\n', &file)) {
		char z[128];
		snprintf(z, sizeof z, "%.*s", SPAN_ARG(file));
		struct manifest m;
		make_index(dir); /* is it of the truth, or of a manifest before? */
		char path[128];
		snprintf(path, sizeof path, "%s/manifest", dir);
		OK(manifest_read(path, &m, err));
		bool named = strcmp(z, "manifest") == 0 || strcmp(z, m.ledger.name) == 0;
		for (size_t i = 0; i < m.n_segments; i++)
			named |= strncmp(z, m.segments[i].name, strlen(m.segments[i].name)) == 0 && (!strstr(z, ".dead-") || strcmp(z, m.segments[i].dead.name) == 0);
		manifest_done(&m);
		fixture_remove(dir);
		for (int how = 0; named && how < DAMAGES; how++)
			one_damage(z, (enum damage)how, strstr(z, "records") != NULL);
	}
}

/* A merge does not give what is damaged a new checksum: it fails, changes nothing, and the damage can be found as before. */
static void a_merge_passes_nothing_on(void **state)
{
	static const char *const files[] = {"columns", "records", "streams", "postings", "stories"};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		for (int how = 0; how < 8; how++) {
			char dir[64], path[256];
			struct store_options o = quick(false);
			struct writer *w = NULL;
			struct manifest m;
			struct err why = {0};
			bool started, did = true;
			int found = 0;
			make_index(dir);
			snprintf(path, sizeof path, "%s/manifest", dir);
			OK(manifest_read(path, &m, err));
			OK(writer_open(dir, &o, &w, NULL, err)); /* it has looked at all of them before */
			snprintf(path, sizeof path, "%s/%s/%s", dir, m.segments[how % m.n_segments].name, files[i]);
			damage_file(path, FLIP);
			OK(writer_merge_begin(w, MERGE_ALL, &started, err));
			assert_true(started);
			assert_int_equal(writer_merge_end(w, &did, &why), ERR_CORRUPT);
			assert_false(did || writer_broken(w));
			assert_non_null(strstr(why.msg, files[i]));
			writer_close(w);
			assert_int_equal(store_check(dir, count_problem, &found, NULL), 1);
			manifest_done(&m);
			fixture_remove(dir);
		}
}

static void both_manifests(void **state)
{
	char dir[64], path[128];
	struct store_options o = quick(false);
	struct writer *w = NULL;
	AUTO_STR struct str told = {0};
	struct err why = {0};
	(void)state;
	make_index(dir);
	snprintf(path, sizeof path, "%s/manifest", dir);
	damage_file(path, FLIP);
	snprintf(path, sizeof path, "%s/manifest.copy", dir);
	damage_file(path, FLIP);
	OK(writer_open(dir, &o, &w, &told, err));
	assert_non_null(strstr(told.p, "the manifest before it"));
	assert_non_null(strstr(told.p, "damaged-seg-000003")); /* the last commit's: kept */
	snprintf(path, sizeof path, "%s/damaged-seg-000003/records", dir);
	assert_int_equal(access(path, F_OK), 0);
	writer_close(w);
	snprintf(path, sizeof path, "%s/manifest", dir);
	damage_file(path, GONE);
	snprintf(path, sizeof path, "%s/manifest.copy", dir);
	damage_file(path, GONE);
	snprintf(path, sizeof path, "%s/manifest.prev", dir);
	damage_file(path, CUT);
	assert_int_equal(writer_open(dir, &o, &w, &told, &why), ERR_CORRUPT); /* never starts anew over what is there */
	fixture_remove(dir);
}

/* A record that went bad unnoticed: its document is told to be damaged, and put again it is whole. */
static void a_bad_record_heals(void **state)
{
	char dir[64], path[128];
	struct store_options o = quick(false);
	struct writer *w = NULL;
	struct snapshot *s = NULL;
	struct place at;
	struct span plain;
	uint64_t revision;
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str b = {0}, r = {0}, told = {0};
	enum put_status status;
	(void)state;
	make_index(dir);
	snprintf(path, sizeof path, "%s/seg-000001/records", dir);
	OK(io_read_file(path, 1 << 20, &b, err));
	ptrdiff_t second = span_find(span_sub(str_view(&b), 20, b.n), SPAN("DR\1"));
	assert_true(second > 0);
	b.p[20 + second + 40] ^= 1; /* in the record of row 1, which is doc/1 */
	write_whole(path, str_view(&b));
	OK(writer_open(dir, &o, &w, &told, err));
	assert_int_equal(told.n, 0);
	OK(snapshot_open(dir, NULL, &s, err));
	OK(snapshot_find(s, SPAN("doc/1"), &at, err));
	assert_int_equal(snapshot_record(s, at, &a, &plain, NULL), ERR_CORRUPT);
	OK(snapshot_find(s, SPAN("doc/2"), &at, err));
	OK(snapshot_record(s, at, &a, &plain, err));
	snapshot_close(s);
	fixture_record(&r, "doc/1", 1);
	OK(writer_put(w, str_view(&r), &status, err));
	assert_int_equal(status, PUT_REPLACED);
	OK(writer_commit(w, &revision, err));
	writer_close(w);
	assert_int_equal(missing(dir), 0);
	fixture_remove(dir);
}

/* ---- Readers of any bytes ---- */

static volatile uint64_t sink;

static void walk_columns(const struct columns *c)
{
	uint64_t sum = 0;
	const struct list_column *lists[] = {&c->leaders, &c->countries, &c->offices, &c->ambiguous, &c->pairs, &c->days};
	const struct dictionary *names[] = {&c->leader_names, &c->country_names, &c->office_names, &c->ambiguous_names, &c->leader_names, NULL};
	for (uint32_t row = 0; row < c->n_rows; row++) {
		sum += c->id_hash[c->id_rows[row]] + c->story[row] + c->length[row] + c->revision[row] + c->published_precision[row];
		if (c->source[row] != NO_ORDINAL)
			sum += dictionary_at(&c->source_names, c->source[row]).n;
		for (size_t l = 0; l < 6; l++)
			for (uint32_t i = lists[l]->start[row]; i < lists[l]->start[row + 1]; i++) {
				uint32_t item = lists[l]->item[i];
				struct span s = names[l] ? dictionary_at(names[l], item) : SPAN_NONE;
				sum += s.n ? (unsigned char)s.p[s.n - 1] : 0;
				sum += names[l] ? 0 : (uint64_t)(c->day_to[item] - c->day_from[item]) + c->day_precision[item];
			}
	}
	sum += dictionary_find(&c->leader_names, SPAN("vladimir-putin"));
	sink += sum;
}

static void walk_streams(const struct token_streams *s, uint32_t n_rows)
{
	uint32_t v[512];
	size_t n_title;
	for (uint32_t row = 0; row < n_rows; row++)
		for (size_t i = 0, n = streams_read(s, row, v, 512, &n_title); i < n && i < 512; i++)
			sink += streams_word_text(s, v[i]).n;
	sink += streams_word(s, SPAN("putin")) + streams_words_with_prefix(s, SPAN("m"), v, 512);
}

static void walk_records(const struct records *r)
{
	AUTO_ARENA struct arena a = {0};
	for (uint32_t row = 0; row < r->n_rows; row++) {
		struct span plain;
		sink += (uint64_t)records_read(r, row, &a, &plain, NULL);
	}
}

static void walk_file(const char *path, const char *kind, uint32_t n_rows)
{
	struct columns c;
	struct token_streams *s = NULL;
	struct records r;
	if (strcmp(kind, FILE_COLUMNS) == 0 && columns_map(path, &c, NULL) == 0) {
		walk_columns(&c);
		columns_unmap(&c);
	} else if (strcmp(kind, FILE_STREAMS) == 0 && streams_map(path, n_rows, &s, NULL) == 0) {
		walk_streams(s, n_rows);
		streams_unmap(s);
	} else if (strcmp(kind, FILE_RECORDS) == 0 && records_map(path, &r, NULL) == 0) {
		walk_records(&r);
		records_unmap(&r);
	}
}

static void any_bytes(void **state)
{
	static const char *const kinds[] = {FILE_COLUMNS, FILE_STREAMS, FILE_RECORDS};
	char dir[64], path[128], changed[128];
	(void)state;
	make_index(dir);
	snprintf(changed, sizeof changed, "%s/changed", dir);
	for (size_t k = 0; k < 3; k++) {
		AUTO_STR struct str whole = {0}, b = {0};
		snprintf(path, sizeof path, "%s/seg-000001/%s", dir, kinds[k]);
		OK(io_read_file(path, 1 << 30, &whole, err));
		for (int i = 0; i < 3000; i++) {
			str_clear(&b);
			str_span(&b, str_view(&whole));
			for (unsigned n = dice(4) + 1; n > 0; n--) {
				size_t at = dice((unsigned)b.n), length = dice(2) ? 1 : dice(12) + 1;
				memset(b.p + at, dice(3) ? (int)dice(256) : 0xFF, length < b.n - at ? length : b.n - at);
			}
			if (dice(10) == 0)
				b.n = dice((unsigned)b.n);
			write_whole(changed, str_view(&b));
			walk_file(changed, kinds[k], DOCS / 2 + 1);
		}
	}
	fixture_remove(dir);
}

static void any_record(void **state)
{
	AUTO_STR struct str whole = {0}, b = {0};
	AUTO_ARENA struct arena a = {0};
	struct document d;
	struct facts f;
	unsigned refused = 0;
	(void)state;
	fixture_record(&whole, "doc/1", 7);
	OK(record_decode(&a, str_view(&whole), &d, &f, err));
	for (int i = 0; i < 40000; i++) {
		str_clear(&b);
		str_span(&b, str_view(&whole));
		for (unsigned n = dice(3) + 1; n > 0; n--)
			b.p[dice((unsigned)b.n)] = (char)dice(256);
		if (dice(8) == 0)
			b.n = dice((unsigned)b.n);
		arena_reset(&a);
		if (record_decode(&a, str_view(&b), &d, &f, NULL) != 0) {
			refused++;
			continue;
		}
		for (size_t k = 0; k < f.n_mentions; k++)
			assert_true(f.mentions[k].start <= f.mentions[k].end && f.mentions[k].end <= d.text.n);
		sink += d.title.n + f.n_sentences;
	}
	assert_true(refused > 1000);
}

static void any_manifest(void **state)
{
	char dir[64], path[128];
	AUTO_STR struct str whole = {0}, b = {0};
	struct manifest m;
	(void)state;
	make_index(dir);
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(io_read_file(path, 1 << 20, &whole, err));
	for (int i = 0; i < 3000; i++) {
		str_clear(&b);
		str_span(&b, str_view(&whole));
		b.n -= 22; /* its checksum; a right one for what is changed follows */
		for (unsigned n = dice(3) + 1; n > 0; n--)
			b.p[dice((unsigned)b.n)] = (char)dice(256);
		str_printf(&b, "xxh3 %016llx\n", (unsigned long long)span_hash(str_view(&b)));
		if (manifest_parse(str_view(&b), &m, NULL) != 0)
			continue;
		for (size_t k = 0; k < m.n_segments; k++) {
			assert_null(strchr(m.segments[k].name, '/'));
			assert_true(m.segments[k].name[0] != '.');
		}
		manifest_done(&m);
	}
	b.n = 0;
	str_span(&b, str_view(&whole));
	b.p[10] ^= 1;
	assert_int_equal(manifest_parse(str_view(&b), &m, NULL), ERR_CORRUPT);
	fixture_remove(dir);
}

/* Writes key 9 and a right checksum into the manifest; 0, or what the parser says of it. */
static int aged(struct span whole, const char *key, struct err *err)
{
	AUTO_STR struct str b = {0};
	struct manifest m;
	str_span(&b, span_sub(whole, 0, whole.n - 22));
	str_ch(&b, 0);
	char *at = strstr(b.p, key);
	assert_non_null(at);
	at[strlen(key)] = '9';
	b.n--;
	str_printf(&b, "xxh3 %016llx\n", (unsigned long long)span_hash(str_view(&b)));
	int rc = manifest_parse(str_view(&b), &m, err);
	if (rc == 0)
		manifest_done(&m);
	return rc;
}

static void a_newer_index_is_refused(void **state)
{
	char dir[64], path[128];
	AUTO_STR struct str whole = {0};
	(void)state;
	make_index(dir);
	snprintf(path, sizeof path, "%s/manifest", dir);
	OK(io_read_file(path, 1 << 20, &whole, err));
	assert_int_equal(aged(str_view(&whole), "\"schema\":", NULL), ERR_NEWER);
	assert_int_equal(aged(str_view(&whole), "\"dossier-manifest\":", NULL), ERR_NEWER);
	assert_int_equal(aged(str_view(&whole), "\"next-segment\":", NULL), 0);
	fixture_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_file), cmocka_unit_test(a_merge_passes_nothing_on), cmocka_unit_test(both_manifests), cmocka_unit_test(a_bad_record_heals), cmocka_unit_test(any_bytes),
		cmocka_unit_test(any_record), cmocka_unit_test(any_manifest), cmocka_unit_test(a_newer_index_is_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
