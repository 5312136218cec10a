/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a segment: columns, streams, records, postings, the ledger. A sound index is made once; the input says which file, and which bytes of it
 * are others (place, value; three bytes each) – then its table's checksum is made right again. What is mapped can be walked to its end.
 */
#include "tests/fuzz/fuzz.h"

#include "base/io.h"
#include "index/store/columns.h"
#include "index/store/ledger.h"
#include "index/store/postings.h"
#include "index/store/record.h"
#include "index/store/records.h"
#include "index/store/streams.h"
#include "index/store/writer.h"

#include <fcntl.h>
#include <sys/mman.h>

#define ROWS 6
enum { COLUMNS, STREAMS, RECORDS, POSTINGS, N_KINDS };
static const char *const kinds[N_KINDS] = {"columns", "streams", "records", "postings"};
static struct str sound[N_KINDS];

static void put(struct writer *w, size_t i)
{
	static const char *const texts[ROWS] = {"Kim Jong-un will head to Moscow in May.", "The president met nobody.", "war and peace and war again", "nuclear nucleus", "am Meer", "u.s. oil"};
	AUTO_STR struct str rec = {0};
	char id[8];
	enum put_status st;
	snprintf(id, sizeof id, "%zu", i);
	struct mention m = {.end = 3, .leader = i % 2 ? SPAN("kim-jong-un") : SPAN("vladimir-putin"), .surface = SPAN("Kim"), .how = "full-name", .sure = 1, .office = -1};
	struct timex3 day = {.start = 1, .end = 3, .surface = SPAN("im"), .type = "DATE", .value = SPAN("2015"), .days = interval_year(2015), .how = "absolute", .rule = "year", .anchor = UINT32_MAX};
	struct document d = {.id = span_of(id), .text = span_of(texts[i]), .title = SPAN("Summit"), .title_how = SPAN("given"), .lang = SPAN("en"), .source = SPAN("wire"),
		.published = {.days = interval_month(2015, 1 + (int)i), .how = "given"}, .content_hash = i + 1};
	struct facts f = {.mentions = &m, .n_mentions = 1, .days = &day, .n_days = 1};
	record_encode(&rec, &d, &f);
	NEVER(writer_put(w, str_view(&rec), &st, NULL) != 0);
}

static void make_index(void)
{
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	AUTO_STR struct str recovered = {0}, index = {0}, path = {0};
	char dir[] = "/tmp/fuzz-segment.XXXXXX";
	struct err err = {0};
	uint64_t rev;
	opt.no_sync = true;
	NEVER(!mkdtemp(dir));
	str_printf(&index, "%s/index", dir);
	NEVER(writer_open(str_cz(&index), &opt, &w, &recovered, &err) != 0);
	for (size_t i = 0; i < ROWS; i++)
		put(w, i);
	NEVER(writer_commit(w, &rev, &err) != 0);
	writer_close(w);
	for (int k = 0; k < N_KINDS; k++) {
		str_clear(&path);
		str_printf(&path, "%s/seg-000001/%s", index.p, kinds[k]);
		if (access(path.p, F_OK) != 0) {
			str_clear(&path);
			str_printf(&path, "%s/seg-000000/%s", index.p, kinds[k]);
		}
		NEVER(io_read_file(path.p, 1 << 24, &sound[k], &err) != 0);
	}
	NEVER(io_remove_tree(dir, &err) != 0);
}

/* The tail of a sheet; see sheet.c. */
struct tail {
	uint32_t kind, n_arrays;
	uint64_t table, sum;
	char magic[8];
};

static void sign(struct str *s)
{
	struct tail t;
	if (s->n < 8 + sizeof t)
		return;
	size_t end = s->n - sizeof t;
	memcpy(&t, s->p + end, sizeof t);
	if (t.table > end)
		return;
	t.sum = span_hash((struct span){s->p + t.table, end - t.table});
	memcpy(s->p + end, &t, sizeof t);
}

static uint64_t touched; /* so that reads are not left out */
static void touch(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		touched += (unsigned char)s.p[i];
}

static void walk_dictionary(const struct dictionary *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		touch(dictionary_at(d, i));
	(void)dictionary_find(d, SPAN("wire"));
}

static void walk_columns(const char *path)
{
	struct columns c;
	if (columns_map(path, &c, NULL) != 0)
		return;
	const struct list_column *lists[] = {&c.leaders, &c.countries, &c.offices, &c.ambiguous, &c.pairs, &c.days};
	walk_dictionary(&c.leader_names), walk_dictionary(&c.source_names), walk_dictionary(&c.lang_names);
	walk_dictionary(&c.country_names), walk_dictionary(&c.office_names), walk_dictionary(&c.ambiguous_names);
	for (uint32_t row = 0; row < c.n_rows; row++) {
		touched += (uint64_t)c.published_from[row] + c.story[row] + c.id_hash[c.id_rows[row]] + c.revision[row] + c.length[row];
		if (c.source[row] != NO_ORDINAL)
			touch(dictionary_at(&c.source_names, c.source[row]));
		for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
			for (uint32_t i = lists[k]->start[row]; i < lists[k]->start[row + 1]; i++)
				touched += lists[k]->item[i];
		for (uint32_t i = c.leaders.start[row]; i < c.leaders.start[row + 1]; i++)
			touched += c.leader_mentions[i], touch(dictionary_at(&c.leader_names, c.leaders.item[i]));
		for (uint32_t i = c.days.start[row]; i < c.days.start[row + 1]; i++)
			NEVER(c.day_precision[c.days.item[i]] && c.day_from[c.days.item[i]] > c.day_to[c.days.item[i]]);
	}
	columns_unmap(&c);
}

static void walk_streams(const char *path)
{
	struct token_streams *s = NULL;
	if (streams_map(path, ROWS, &s, NULL) != 0)
		return;
	struct stream_phrase phrase;
	uint32_t v[64], n = streams_n_words(s);
	streams_phrase(&phrase, (const uint32_t[]){0, 1}, 2);
	for (uint32_t w = 0; w < n && w < 1000; w++)
		touch(streams_word_text(s, w)), touched += streams_word_count(s, w);
	(void)streams_word(s, SPAN("war"));
	(void)streams_words_with_prefix(s, SPAN("nu"), v, 64);
	for (uint32_t row = 0; row < ROWS; row++) {
		size_t n_title = 0, got = streams_read(s, row, v, 64, &n_title);
		for (size_t i = 0; i < got && i < 64; i++)
			touch(streams_word_text(s, v[i]));
		touched += streams_has_phrase(s, row, &phrase, row & 1);
	}
	streams_unmap(s);
}

static void walk_postings(const char *path)
{
	uint32_t rows[POSTING_BLOCK], wdf[POSTING_BLOCK];
	uint64_t set[(ROWS + 63) / 64] = {0};
	struct postings *p = NULL;
	struct posting_list l;
	if (postings_map(path, ROWS, &p, NULL) != 0)
		return;
	struct postings_walk w;
	struct span term;
	postings_walk_begin(&w, p);
	while (postings_walk_next(&w, &term, &l)) {
		touched += postings_find(p, term, &l);
		for (uint32_t b = 0; b < l.n_blocks; b++) {
			uint32_t n = postings_rows(&l, b, rows);
			postings_wdfs(&l, b, wdf);
			for (uint32_t i = 0; i < n; i++)
				touched += rows[i] + wdf[i] + postings_wdf(&l, b, i);
		}
		postings_keep(&l, set);
		postings_add(&l, set);
	}
	postings_unmap(p);
}

static void walk_records(const char *path)
{
	struct records r;
	if (records_map(path, &r, NULL) != 0)
		return;
	for (uint32_t row = 0; row < r.n_rows && row < 64; row++) {
		AUTO_ARENA struct arena a = {0};
		struct span plain;
		struct document d;
		struct facts f;
		if (records_read(&r, row, &a, &plain, NULL) == 0 && record_decode(&a, plain, &d, &f, NULL) == 0)
			touch(d.text);
	}
	records_unmap(&r);
}

static int visit(void *arg, struct span key, struct span value)
{
	(void)arg;
	touch(key), touch(value);
	return 0;
}

static void walk_ledger(const uint8_t *data, size_t size)
{
	static char dir[] = "/tmp/fuzz-ledger.XXXXXX";
	static bool made;
	static char path[64];
	if (!made)
		NEVER(!mkdtemp(dir)), made = true;
	snprintf(path, sizeof path, "%s/ledger-000001", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	NEVER(fd < 0 || io_write_all(fd, (struct span){(const char *)data, size}, NULL) != 0);
	close(fd);
	struct file_entry e = {.name = "ledger-000001", .size = size, .sum = span_hash((struct span){(const char *)data, size})};
	struct ledger *l = ledger_new();
	if (ledger_load(l, dir, &e, NULL) == 0 || ledger_dirty(l))
		NEVER(ledger_each(l, SPAN(""), visit, NULL) != 0);
	ledger_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	bool late = data[0] % 4 == 3; /* one of those that came later */
	if (late && !(data[0] & 16))
		return walk_ledger(data + 1, size - 1), 0;
	int kind = late ? POSTINGS : data[0] % POSTINGS;
	if (!sound[kind].n)
		make_index();
	AUTO_STR struct str s = {0};
	str_span(&s, str_view(&sound[kind]));
	for (size_t i = 1; i + 3 <= size; i += 3)
		s.p[(data[i] | (size_t)data[i + 1] << 8) % s.n] ^= (char)data[i + 2];
	if (data[0] & 64)
		s.n -= data[0] & 32 ? size % s.n : 8;
	sign(&s);
	AUTO_FD int fd = memfd_create("segment", MFD_CLOEXEC);
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	NEVER(fd < 0 || io_write_all(fd, str_view(&s), NULL) != 0);
	if (kind == COLUMNS)
		walk_columns(path);
	else if (kind == STREAMS)
		walk_streams(path);
	else if (kind == POSTINGS)
		walk_postings(path);
	else
		walk_records(path);
	return 0;
}
