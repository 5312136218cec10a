/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While rows come in, strings are numbered in the order in which they are seen; when the columns are written, the dictionaries are
 * sorted and the numbers become ordinals. Mentioned days go the same way: a name of 9 bytes that sorts as the day does.
 */
#include "index/store/columns-build.h"

#include "base/fold.h"
#include "base/mem.h"
#include "index/facts/gazetteer.h"
#include "index/store/columns-format.h"
#include "index/store/sheet.h"

#define SENTENCE_LEADERS 24 /* a sentence that names more is a list, and says nothing of pairs */

#define PUSH(s, type, value) (str_add((s), &(type){(value)}, sizeof(type)))
static uint32_t *u32s(const struct str *s) { return (uint32_t *)(void *)s->p; }
static uint32_t n_u32s(const struct str *s) { return (uint32_t)(s->n / sizeof(uint32_t)); }

static void start_row(struct column_list *l) { PUSH(&l->start, uint32_t, n_u32s(&l->item)); }

static void start_lists(struct column_builder *b)
{
	struct column_list *all[] = {&b->leaders, &b->countries, &b->offices, &b->ambiguous, &b->pairs, &b->days};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		start_row(all[i]);
	b->n_rows++;
}

/* Adds the number to the list of the row at hand, once; its place in that list. */
static uint32_t push_once(struct column_list *l, uint32_t number)
{
	const uint32_t *v = u32s(&l->item);
	uint32_t n = n_u32s(&l->item), from = u32s(&l->start)[n_u32s(&l->start) - 1];
	for (uint32_t i = from; i < n; i++)
		if (v[i] == number)
			return i - from;
	PUSH(&l->item, uint32_t, number);
	return n - from;
}

static int by_number(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

static int by_pair(const void *x, const void *y)
{
	int order = by_number(x, y);
	return order ? order : by_number((const uint32_t *)x + 1, (const uint32_t *)y + 1);
}

/* Sorts what was added to the row at hand and drops repeats: linear scans would let one strange document cost minutes. */
static void unique_row(struct column_list *l, int (*order)(const void *, const void *), size_t size)
{
	size_t from = u32s(&l->start)[n_u32s(&l->start) - 1] * sizeof(uint32_t), to = from;
	if (l->item.n == from)
		return;
	qsort(l->item.p + from, (l->item.n - from) / size, size, order);
	for (size_t at = from; at < l->item.n; at += size)
		if (to == from || memcmp(l->item.p + to - size, l->item.p + at, size) != 0) {
			memmove(l->item.p + to, l->item.p + at, size);
			to += size;
		}
	l->item.n = to;
}

/* ---- From a document ---- */

static void put_be(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (24 - 8 * i));
}

static uint32_t get_be(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

#define DAY_NAME 9
static uint32_t day_number(struct column_builder *b, int32_t from, int32_t to, uint8_t precision)
{
	char name[DAY_NAME];
	put_be(name, (uint32_t)from ^ 0x80000000u);
	put_be(name + 4, (uint32_t)to ^ 0x80000000u);
	name[8] = (char)precision;
	return names_add(&b->day_names, (struct span){name, DAY_NAME});
}

static void add_days(struct column_builder *b, const struct facts *f)
{
	for (size_t i = 0; i < f->n_days; i++) {
		struct interval d = f->days[i].days;
		if (interval_any(d))
			PUSH(&b->days.item, uint32_t, day_number(b, d.from, d.to, d.precision));
	}
	unique_row(&b->days, by_number, sizeof(uint32_t));
}

static void add_published(struct column_builder *b, const struct document *d, const struct facts *f)
{
	bool inferred = !interval_any(d->published.days) && interval_any(f->inferred.days);
	const struct when *w = inferred ? &f->inferred : &d->published;
	unsigned flags = inferred ? PUBLISHED_INFERRED : 0;
	if (w->conflict)
		flags |= PUBLISHED_CONFLICT;
	if (w->how && strcmp(w->how, "file-time") == 0)
		flags |= PUBLISHED_FILE_TIME;
	bool any = interval_any(w->days);
	PUSH(&b->published_from, int32_t, any ? w->days.from : 0);
	PUSH(&b->published_to, int32_t, any ? w->days.to : 0);
	PUSH(&b->published_precision, uint8_t, w->days.precision);
	PUSH(&b->published_flags, uint8_t, (uint8_t)flags);
}

struct counted {
	uint32_t number, mentions, place;
};

static int by_mentions(const void *x, const void *y)
{
	const struct counted *a = x, *b = y;
	return a->mentions != b->mentions ? (a->mentions < b->mentions ? 1 : -1) : a->place < b->place ? -1 : a->place > b->place;
}

/* Most mentioned first, ties by first mention. */
static void add_leaders(struct column_builder *b, struct arena *a, const struct facts *f)
{
	struct counted *v = NULL;
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < f->n_mentions; i++) {
		size_t k = 0;
		if (f->mentions[i].leader.n == 0)
			continue;
		uint32_t number = names_add(&b->leader_names, f->mentions[i].leader);
		while (k < n && v[k].number != number)
			k++;
		if (k == n)
			*arena_push(a, v, n, cap) = (struct counted){number, 0, (uint32_t)k};
		v[k].mentions++;
	}
	if (n)
		qsort(v, n, sizeof *v, by_mentions);
	for (size_t i = 0; i < n; i++) {
		PUSH(&b->leaders.item, uint32_t, v[i].number);
		PUSH(&b->leader_mentions, uint16_t, (uint16_t)(v[i].mentions < UINT16_MAX ? v[i].mentions : UINT16_MAX));
	}
}

static void add_offices(struct column_builder *b, const struct gazetteer *g, const struct facts *f)
{
	for (size_t i = 0; i < f->n_mentions; i++) {
		const struct mention *m = &f->mentions[i];
		const struct leader *l = g && m->leader.n ? gazetteer_by_id(g, m->leader) : NULL;
		struct span office = m->office_key, country = l ? l->country : SPAN_NONE;
		const char *slash = office.n ? memchr(office.p, '/', office.n) : NULL;
		if (!country.n && slash)
			country = (struct span){office.p, (size_t)(slash - office.p)};
		if (country.n)
			push_once(&b->countries, names_add(&b->country_names, country));
		if (office.n)
			push_once(&b->offices, names_add(&b->office_names, office));
	}
}

static void add_ambiguous(struct column_builder *b, const struct facts *f)
{
	AUTO_STR struct str folded = {0};
	for (size_t i = 0; i < f->n_ambiguous; i++) {
		str_clear(&folded);
		fold_name(&folded, f->ambiguous[i].surface);
		if (folded.n)
			push_once(&b->ambiguous, names_add(&b->ambiguous_names, str_view(&folded)));
	}
}

static void push_pair(struct column_builder *b, uint32_t x, uint32_t y)
{
	PUSH(&b->pairs.item, uint32_t, x < y ? x : y);
	PUSH(&b->pairs.item, uint32_t, x < y ? y : x);
}

static void add_sentence_pairs(struct column_builder *b, const uint32_t *who, size_t n)
{
	for (size_t i = 0; i < n && n <= SENTENCE_LEADERS; i++)
		for (size_t k = i + 1; k < n; k++)
			push_pair(b, who[i], who[k]);
}

static void add_pairs(struct column_builder *b, const struct facts *f)
{
	uint32_t who[SENTENCE_LEADERS + 1];
	size_t at = 0;
	for (size_t s = 0; s < f->n_sentences; s++) {
		size_t n = 0;
		while (at < f->n_mentions && f->mentions[at].start < f->sentences[s].start)
			at++;
		for (; at < f->n_mentions && f->mentions[at].start < f->sentences[s].end; at++) {
			uint32_t number = f->mentions[at].leader.n ? names_find(&b->leader_names, f->mentions[at].leader) : NO_NAME;
			size_t k = 0;
			while (k < n && who[k] != number)
				k++;
			if (number != NO_NAME && k == n && n <= SENTENCE_LEADERS)
				who[n++] = number;
		}
		add_sentence_pairs(b, who, n);
	}
	unique_row(&b->pairs, by_pair, 2 * sizeof(uint32_t));
}

void columns_add(struct column_builder *b, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f,
	uint64_t revision, uint32_t length, uint64_t story)
{
	struct span lang = lang_primary(d->lang);
	start_lists(b);
	add_published(b, d, f);
	PUSH(&b->source, uint32_t, d->source.n ? names_add(&b->source_names, d->source) : NO_NAME);
	PUSH(&b->lang, uint32_t, lang.n ? names_add(&b->lang_names, lang) : NO_NAME);
	PUSH(&b->story, uint64_t, story);
	PUSH(&b->id_hash, uint64_t, span_hash(d->id));
	PUSH(&b->content_hash, uint64_t, d->content_hash);
	PUSH(&b->revision, uint64_t, revision);
	PUSH(&b->length, uint32_t, length);
	add_leaders(b, a, f);
	add_offices(b, g, f);
	add_ambiguous(b, f);
	add_pairs(b, f);
	add_days(b, f);
}

/* ---- From other columns ---- */

struct column_copier {
	struct column_builder *b;
	const struct columns *from;
	uint32_t *leaders, *sources, *langs, *countries, *offices, *ambiguous, *days; /* their number here, NO_NAME: not yet asked */
};

static uint32_t *unasked(size_t n)
{
	uint32_t *v = mem_alloc(n * sizeof *v);
	memset(v, 0xFF, n * sizeof *v);
	return v;
}

struct column_copier *column_copier_new(struct column_builder *b, const struct columns *c)
{
	struct column_copier *k = mem_alloc(sizeof *k);
	uint32_t n_days = 0;
	for (uint32_t i = 0; i < c->days.start[c->n_rows]; i++)
		n_days = c->days.item[i] >= n_days ? c->days.item[i] + 1 : n_days;
	*k = (struct column_copier){.b = b, .from = c, .leaders = unasked(c->leader_names.n), .sources = unasked(c->source_names.n),
		.langs = unasked(c->lang_names.n), .countries = unasked(c->country_names.n), .offices = unasked(c->office_names.n),
		.ambiguous = unasked(c->ambiguous_names.n), .days = unasked(n_days)};
	return k;
}

void column_copier_free(struct column_copier *k)
{
	if (!k)
		return;
	uint32_t *all[] = {k->leaders, k->sources, k->langs, k->countries, k->offices, k->ambiguous, k->days};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
	free(k);
}

static uint32_t carry(uint32_t *map, const struct dictionary *d, struct names *to, uint32_t ordinal)
{
	if (ordinal == NO_ORDINAL)
		return NO_NAME;
	if (map[ordinal] == NO_NAME)
		map[ordinal] = names_add(to, dictionary_at(d, ordinal));
	return map[ordinal];
}

static void carry_list(struct column_list *to, const struct list_column *from, uint32_t row, uint32_t *map, const struct dictionary *d, struct names *names)
{
	for (uint32_t i = from->start[row]; i < from->start[row + 1]; i++)
		PUSH(&to->item, uint32_t, carry(map, d, names, from->item[i]));
}

static void carry_lists(struct column_copier *k, uint32_t row)
{
	struct column_builder *b = k->b;
	const struct columns *c = k->from;
	carry_list(&b->leaders, &c->leaders, row, k->leaders, &c->leader_names, &b->leader_names);
	carry_list(&b->countries, &c->countries, row, k->countries, &c->country_names, &b->country_names);
	carry_list(&b->offices, &c->offices, row, k->offices, &c->office_names, &b->office_names);
	carry_list(&b->ambiguous, &c->ambiguous, row, k->ambiguous, &c->ambiguous_names, &b->ambiguous_names);
	carry_list(&b->pairs, &c->pairs, row, k->leaders, &c->leader_names, &b->leader_names);
	uint32_t from = c->leaders.start[row], to = c->leaders.start[row + 1];
	str_add(&b->leader_mentions, c->leader_mentions + from, (to - from) * sizeof *c->leader_mentions);
	for (uint32_t i = c->days.start[row]; i < c->days.start[row + 1]; i++) {
		uint32_t *day = &k->days[c->days.item[i]], at = c->days.item[i];
		if (*day == NO_NAME)
			*day = day_number(b, c->day_from[at], c->day_to[at], c->day_precision[at]);
		PUSH(&b->days.item, uint32_t, *day);
	}
}

void column_copier_row(struct column_copier *k, uint32_t row, bool alive, uint64_t story)
{
	struct column_builder *b = k->b;
	const struct columns *c = k->from;
	start_lists(b);
	PUSH(&b->published_from, int32_t, c->published_from[row]);
	PUSH(&b->published_to, int32_t, c->published_to[row]);
	PUSH(&b->published_precision, uint8_t, alive ? c->published_precision[row] : PREC_NONE);
	PUSH(&b->published_flags, uint8_t, c->published_flags[row]);
	PUSH(&b->source, uint32_t, alive ? carry(k->sources, &c->source_names, &b->source_names, c->source[row]) : NO_NAME);
	PUSH(&b->lang, uint32_t, alive ? carry(k->langs, &c->lang_names, &b->lang_names, c->lang[row]) : NO_NAME);
	PUSH(&b->story, uint64_t, story);
	PUSH(&b->id_hash, uint64_t, c->id_hash[row]);
	PUSH(&b->content_hash, uint64_t, c->content_hash[row]);
	PUSH(&b->revision, uint64_t, c->revision[row]);
	PUSH(&b->length, uint32_t, c->length[row]);
	if (alive)
		carry_lists(k, row);
}

/* ---- Writing ---- */

/* Writes the dictionary and gives the ordinal of each number; free() it. */
static uint32_t *write_names(struct sheet_writer *w, uint32_t tag, const struct names *t)
{
	uint32_t *order = names_sorted(t), *ordinal = mem_alloc(t->n * sizeof *ordinal), at = 0;
	sheet_begin(w, tag, sizeof at);
	sheet_put(w, &at, 1);
	for (uint32_t i = 0; i < t->n; i++) {
		ordinal[order[i]] = i;
		at += (uint32_t)names_at(t, order[i]).n;
		sheet_put(w, &at, 1);
	}
	sheet_begin(w, tag + 1, 1);
	for (uint32_t i = 0; i < t->n; i++)
		sheet_put(w, names_at(t, order[i]).p, names_at(t, order[i]).n);
	free(order);
	return ordinal;
}

static uint32_t *write_days(struct sheet_writer *w, const struct names *t)
{
	uint32_t *order = names_sorted(t), *ordinal = mem_alloc(t->n * sizeof *ordinal);
	for (uint32_t i = 0; i < t->n; i++)
		ordinal[order[i]] = i;
	for (uint32_t part = 0; part < 2; part++) {
		sheet_begin(w, part ? TAG_day_to : TAG_day_from, sizeof(int32_t));
		for (uint32_t i = 0; i < t->n; i++)
			sheet_put(w, &(uint32_t){get_be(names_at(t, order[i]).p + 4 * part) ^ 0x80000000u}, 1);
	}
	sheet_begin(w, TAG_day_precision, 1);
	for (uint32_t i = 0; i < t->n; i++)
		sheet_put(w, names_at(t, order[i]).p + 8, 1);
	free(order);
	return ordinal;
}

static void to_ordinals(struct str *numbers, const uint32_t *ordinal)
{
	uint32_t *v = u32s(numbers);
	for (uint32_t i = 0; i < n_u32s(numbers); i++)
		if (v[i] != NO_NAME)
			v[i] = ordinal[v[i]];
}

static void write_list(struct sheet_writer *w, uint32_t tag, struct column_list *l, const uint32_t *ordinal)
{
	to_ordinals(&l->item, ordinal);
	start_row(l);
	sheet_whole(w, tag, sizeof(uint32_t), l->start.p, n_u32s(&l->start));
	sheet_whole(w, tag + 1, sizeof(uint32_t), l->item.p, n_u32s(&l->item));
}

static void order_pairs(struct str *items, const uint32_t *ordinal)
{
	uint32_t *v = u32s(items);
	for (uint32_t i = 0; i + 1 < n_u32s(items); i += 2)
		if (ordinal[v[i]] > ordinal[v[i + 1]]) {
			uint32_t keep = v[i];
			v[i] = v[i + 1];
			v[i + 1] = keep;
		}
}

struct id_place {
	uint64_t hash;
	uint32_t row;
};

static int by_hash(const void *x, const void *y)
{
	const struct id_place *a = x, *b = y;
	return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

static void write_ids(struct sheet_writer *w, const struct column_builder *b)
{
	struct id_place *v = mem_alloc(b->n_rows * sizeof *v);
	for (uint32_t i = 0; i < b->n_rows; i++)
		v[i] = (struct id_place){((const uint64_t *)(const void *)b->id_hash.p)[i], i};
	qsort(v, b->n_rows, sizeof *v, by_hash);
	sheet_begin(w, TAG_id_sorted, sizeof v->hash);
	for (uint32_t i = 0; i < b->n_rows; i++)
		sheet_put(w, &v[i].hash, 1);
	sheet_begin(w, TAG_id_rows, sizeof v->row);
	for (uint32_t i = 0; i < b->n_rows; i++)
		sheet_put(w, &v[i].row, 1);
	free(v);
}

static void write_rows(struct sheet_writer *w, const struct column_builder *b)
{
#define ROW(name, type) sheet_whole(w, TAG_##name, sizeof(type), b->name.p, b->name.n / sizeof(type))
	ROW(published_from, int32_t);
	ROW(published_to, int32_t);
	ROW(published_precision, uint8_t);
	ROW(published_flags, uint8_t);
	ROW(source, uint32_t);
	ROW(lang, uint32_t);
	ROW(story, uint64_t);
	ROW(id_hash, uint64_t);
	ROW(content_hash, uint64_t);
	ROW(revision, uint64_t);
	ROW(length, uint32_t);
	ROW(leader_mentions, uint16_t);
#undef ROW
	write_ids(w, b);
}

int columns_write(struct column_builder *b, const char *path, struct err *err)
{
	struct sheet_writer w;
	sheet_create(&w, path);
	AUTO_FREE uint32_t *leader = write_names(&w, TAG_leader_names_start, &b->leader_names);
	AUTO_FREE uint32_t *source = write_names(&w, TAG_source_names_start, &b->source_names);
	AUTO_FREE uint32_t *lang = write_names(&w, TAG_lang_names_start, &b->lang_names);
	AUTO_FREE uint32_t *country = write_names(&w, TAG_country_names_start, &b->country_names);
	AUTO_FREE uint32_t *office = write_names(&w, TAG_office_names_start, &b->office_names);
	AUTO_FREE uint32_t *ambiguous = write_names(&w, TAG_ambiguous_names_start, &b->ambiguous_names);
	AUTO_FREE uint32_t *day = write_days(&w, &b->day_names);
	to_ordinals(&b->source, source);
	to_ordinals(&b->lang, lang);
	order_pairs(&b->pairs.item, leader);
	write_rows(&w, b);
	write_list(&w, TAG_leaders_start, &b->leaders, leader);
	write_list(&w, TAG_countries_start, &b->countries, country);
	write_list(&w, TAG_offices_start, &b->offices, office);
	write_list(&w, TAG_ambiguous_start, &b->ambiguous, ambiguous);
	write_list(&w, TAG_pairs_start, &b->pairs, leader);
	write_list(&w, TAG_days_start, &b->days, day);
	return sheet_finish(&w, COLUMNS_KIND, err);
}

void column_builder_done(struct column_builder *b)
{
	struct str *strs[] = {&b->published_from, &b->published_to, &b->published_precision, &b->published_flags, &b->source, &b->lang, &b->story,
		&b->id_hash, &b->content_hash, &b->revision, &b->length, &b->leader_mentions};
	struct column_list *lists[] = {&b->leaders, &b->countries, &b->offices, &b->ambiguous, &b->pairs, &b->days};
	struct names *names[] = {&b->leader_names, &b->source_names, &b->lang_names, &b->country_names, &b->office_names, &b->ambiguous_names, &b->day_names};
	for (size_t i = 0; i < sizeof strs / sizeof *strs; i++)
		str_done(strs[i]);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		str_done(&lists[i]->start), str_done(&lists[i]->item);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		names_done(names[i]);
	*b = (struct column_builder){0};
}
