/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine against brute force: small made-up documents in several segments, some replaced, some removed; thousands of made-up
 * queries, each listed by cursor to its end. Sets, totals and facets must be equal to what looking at every document gives.
 * ORACLE_ROUNDS in the environment asks for more queries than the usual ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fold.h"
#include "base/io.h"
#include "base/json.h"
#include "index/facts/tokens.h"
#include "index/query/tree.h"
#include "index/store/record.h"
#include "index/store/terms.h"
#include "index/store/writer.h"

#include <stdio.h>

#define N_DOCS    2000
#define MAX_WORDS 48

static const char *const words[] = {"talk", "talks", "talked", "talking", "summit", "summits", "visit", "visits", "visited", "visitor", "moscow", "paris", "nuclear",
	"nucleus", "nuclei", "president", "presidents", "presidential", "war", "wars", "peace", "treaty", "treaties", "the", "of", "a", "and", "jong", "un", "kim", "oil",
	"oils", "prime", "minister", "ministers", "u", "s", "états", "erdogan", "2015"};
#define N_WORDS (sizeof words / sizeof *words)
static const char *const leaders[] = {"kim-jong-un", "vladimir-putin", "barack-obama", "xi-jinping", "angela-merkel", "nobody-known"};
#define N_LEADERS (sizeof leaders / sizeof *leaders)
static const char *const sources[] = {"reuters", "new york times", "afp", ""}, *const langs[] = {"en", "de", "", "en"};
static const char *const dates[] = {"2015", "2015-01", "2015-01-20", "2016-02-29", "2014-12-31", "1890", "2015-06", "2016", "1990s", "", "2015-01-21", "2015-02-01"};
#define N_DATES (sizeof dates / sizeof *dates)

struct doc { /* as brute force knows it */
	char id[24];
	uint8_t title[8], text[MAX_WORDS]; /* numbers of words */
	int n_title, n_text, n_leaders, leader[4], n_days;
	const char *source, *lang;
	struct interval published, days[3];
	bool there;
	uint64_t revision;
};

static struct doc docs[N_DOCS];
static uint32_t seed = 12345;
static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}
static uint8_t any_number(void) { return (uint8_t)dice(dice(3) ? N_WORDS : 8); }
static const char *any_word(void) { return words[any_number()]; }

/* ---- making documents ---- */

static void make_doc(struct doc *d, int number)
{
	*d = (struct doc){.there = true};
	snprintf(d->id, sizeof d->id, "d/%d", number);
	d->n_title = (int)dice(6);
	d->n_text = 1 + (int)dice(MAX_WORDS - 1);
	for (int i = 0; i < d->n_title; i++)
		d->title[i] = any_number();
	for (int i = 0; i < d->n_text; i++)
		d->text[i] = any_number();
	if (number > 10 && dice(8) == 0) { /* the same story again */
		const struct doc *same = &docs[dice((uint32_t)number)];
		memcpy(d->text, same->text, sizeof d->text);
		d->n_text = same->n_text;
	}
	d->source = sources[dice(4)];
	d->lang = langs[dice(4)];
	interval_parse(span_of(dates[dice(N_DATES)]), &d->published);
	for (uint32_t i = dice(4); i--;) {
		int l = (int)dice(N_LEADERS);
		bool known = false;
		for (int k = 0; k < d->n_leaders; k++)
			known |= d->leader[k] == l;
		if (!known)
			d->leader[d->n_leaders++] = l;
	}
	for (uint32_t i = dice(4); i--;)
		if (interval_parse(span_of(dates[dice(N_DATES)]), &d->days[d->n_days]))
			d->n_days++;
}

static struct span joined(struct arena *a, const uint8_t *v, int n)
{
	struct str s = {0};
	for (int i = 0; i < n; i++)
		str_printf(&s, "%s%s", i ? " " : "", words[v[i]]);
	struct span out = arena_span(a, str_view(&s));
	str_done(&s);
	return out;
}

static void put_doc(struct writer *w, const struct doc *d)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str rec = {0};
	enum put_status st;
	struct document x = {.id = span_of(d->id), .title = joined(&a, d->title, d->n_title), .text = joined(&a, d->text, d->n_text), .source = span_of(d->source),
		.lang = span_of(d->lang), .title_how = SPAN("given"), .published = {.days = d->published, .how = "given", .sure = 100}};
	struct facts f = {0};
	f.mentions = arena_array(&a, struct mention, 4);
	f.days = arena_array(&a, struct timex3, 4);
	for (int i = 0; i < d->n_leaders; i++)
		f.mentions[f.n_mentions++] = (struct mention){.end = 1, .leader = span_of(leaders[d->leader[i]]), .surface = SPAN("x"), .how = "full-name", .sure = 1, .office = -1};
	for (int i = 0; i < d->n_days; i++)
		f.days[f.n_days++] = (struct timex3){.end = 1, .surface = SPAN("x"), .type = "DATE", .value = SPAN("x"), .days = d->days[i], .how = "absolute", .rule = "x", .anchor = UINT32_MAX};
	x.content_hash = span_hash(x.text) ^ span_hash(x.title) ^ dice(1u << 27);
	record_encode(&rec, &x, &f);
	assert_int_equal(writer_put(w, str_view(&rec), &st, NULL), 0);
}

/* ---- brute force ---- */

static struct { /* each word folded, and its stems */
	struct span folded, stem[2];
} forms[N_WORDS];

static void make_forms(struct arena *a)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		AUTO_STR struct str s = {0};
		char stem[TERM_MAX];
		fold_add(&s, span_of(words[i]));
		forms[i].folded = arena_span(a, str_view(&s));
		for (int k = 0; k < 2; k++)
			forms[i].stem[k] = arena_span(a, (struct span){stem, terms_stem(str_view(&s), k ? SPAN("de") : SPAN("en"), stem)});
	}
}

/* Is the word, as documents of its language are stemmed, what the query's word becomes in one of the languages? */
static bool same_stem(uint8_t doc_word, struct span q, const char *doc_lang)
{
	struct span stem = forms[doc_word].stem[strcmp(doc_lang, "de") == 0];
	static size_t i; /* of the word asked for last */
	for (size_t tries = 0; !span_eq(forms[i].folded, q); i = (i + 1) % N_WORDS)
		if (++tries > N_WORDS)
			return false;
	return span_eq(stem, forms[i].stem[0]) || span_eq(stem, forms[i].stem[1]);
}

static bool same_word(uint8_t doc_word, struct span q) { return span_eq(forms[doc_word].folded, q); }

static bool near_chain(const uint8_t *v, int n, int at, const struct leaf *l, uint32_t step)
{
	if (step == l->n_words)
		return true;
	for (int i = 0; i < n; i++)
		if (i != at && (uint32_t)(i > at ? i - at : at - i) <= l->windows[step - 1] && same_word(v[i], l->words[step]) && near_chain(v, n, i, l, step + 1))
			return true;
	return false;
}

static bool part_has(const uint8_t *v, int n, const char *lang, const struct leaf *l)
{
	for (int i = 0; i < n; i++) {
		if (l->kind == LEAF_WORD && same_stem(v[i], l->words[0], lang))
			return true;
		if (l->kind == LEAF_PREFIX) {
			struct span folded = forms[v[i]].folded;
			if (folded.n >= l->words[0].n && memcmp(folded.p, l->words[0].p, l->words[0].n) == 0)
				return true;
		}
		if (l->kind == LEAF_EXACT || l->kind == LEAF_PHRASE) {
			uint32_t k = 0;
			while (k < l->n_words && i + (int)k < n && same_word(v[i + (int)k], l->words[k]))
				k++;
			if (k == l->n_words)
				return true;
		}
		if (l->kind == LEAF_NEAR && same_word(v[i], l->words[0]) && near_chain(v, n, i, l, 1))
			return true;
	}
	return false;
}

static bool on_axis(const struct doc *d, struct interval range, bool mentioned, bool within)
{
	const struct interval *v = mentioned ? d->days : &d->published;
	int n = mentioned ? d->n_days : 1;
	for (int i = 0; i < n; i++)
		if (interval_any(v[i]) && (within ? interval_within(v[i], range) : interval_overlaps(v[i], range)))
			return true;
	return false;
}

static bool has_value(const struct doc *d, enum facet f, struct span v)
{
	for (int i = 0; f == FACET_LEADER && i < d->n_leaders; i++)
		if (span_is(v, leaders[d->leader[i]]))
			return true;
	return (f == FACET_SOURCE && v.n && span_is(v, d->source)) || (f == FACET_LANG && v.n && span_is(v, d->lang));
}

static bool leaf_holds(const struct doc *d, const struct leaf *l)
{
	if (l->kind == LEAF_DATE)
		return on_axis(d, l->range, l->mentioned, false);
	if (l->kind == LEAF_FIELD)
		return has_value(d, l->field, l->value);
	return part_has(d->title, d->n_title, d->lang, l) || (!l->title && part_has(d->text, d->n_text, d->lang, l));
}

static bool holds(const struct doc *d, const struct tree *t, const struct node *n)
{
	switch (n->kind) {
	case NODE_LEAF: return leaf_holds(d, &t->leaves[n->leaf]);
	case NODE_NOT: return !holds(d, t, n->kids[0]);
	case NODE_AND: case NODE_OR:
		for (size_t i = 0; i < n->n_kids; i++)
			if (holds(d, t, n->kids[i]) != (n->kind == NODE_AND))
				return n->kind == NODE_OR;
		return n->kind == NODE_AND;
	default: return false;
	}
}

/* Without the any-of filters of `without`. */
static bool passes(const struct doc *d, const struct request *r, const struct tree *t, int without)
{
	if (!d->there || (t && !holds(d, t, t->root)))
		return false;
	for (size_t i = 0; i < r->n_filters; i++) {
		const struct filter *f = &r->filters[i];
		bool any = false;
		for (size_t k = 0; k < f->n; k++)
			any |= has_value(d, f->field, f->values[k]);
		if (any == (f->mode == FILTER_NONE) && !(f->mode == FILTER_ANY && (int)f->field == without))
			return false;
	}
	if (r->has_since && d->revision <= r->since)
		return false;
	return !(r->has_from || r->has_to) || on_axis(d, r->bounds, r->mentioned, r->within);
}

/* ---- making queries ---- */

static void add_item(struct str *q, int depth)
{
	switch (dice(depth > 2 ? 9 : 13)) {
	case 0: str_printf(q, "\"%s %s\"", any_word(), any_word()); break;
	case 1: str_printf(q, "%s NEAR/%u %s", any_word(), 1 + dice(6), any_word()); break;
	case 2: str_printf(q, "\"%s\"", any_word()); break;
	case 3: str_z(q, dice(3) ? "nucl*" : "visit*"); break;
	case 4: str_printf(q, "title:%s", any_word()); break;
	case 5: str_printf(q, "leader:%s", leaders[dice(N_LEADERS - 1)]); break;
	case 6: str_printf(q, "%s:%s", dice(2) ? "published" : "mentioned", dice(3) ? "2015" : "2014..2015-01"); break;
	case 7: str_printf(q, "%s-%s", any_word(), any_word()); break;
	case 8: case 9: str_z(q, any_word()); break;
	default:
		str_ch(q, '(');
		add_item(q, depth + 1);
		str_z(q, dice(3) ? " OR " : dice(2) ? " AND " : " NOT ");
		add_item(q, depth + 1);
		str_ch(q, ')');
	}
}

static void make_query(struct str *q)
{
	static const char *const links[] = {" ", " ", " ", " OR ", " AND ", " -", " NOT "};
	int n = 1 + (int)dice(3);
	for (int i = 0; i < n; i++) {
		if (i)
			str_z(q, links[dice(7)]);
		add_item(q, 0);
	}
}

static void encode(struct str *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		str_printf(out, "%%%02X", (unsigned char)s.p[i]);
}

static void add_filters(struct str *out)
{
	static const char *const filters[] = {"leader=kim-jong-un", "leader=vladimir-putin,barack-obama", "leader=-xi-jinping", "leader=angela-merkel", "source=reuters", "source=afp,reuters",
		"source=-afp", "lang=en", "lang=de,en", "lang=-de", "from=2015", "to=2015-01", "from=2015-01-20&to=2015-01-31", "date=mentioned&from=2015-02", "date=mentioned",
		"from=2015&to=2015&date_match=within", "date_match=within&to=2015&date=mentioned", "since=1", "since=3"};
	for (uint32_t n = dice(3); n--;) {
		const char *f = filters[dice(sizeof filters / sizeof *filters)];
		bool twice = strstr(str_cz(out), "date") || strstr(str_cz(out), "from=") || strstr(str_cz(out), "to=") || strstr(str_cz(out), "since");
		if (!twice || strncmp(f, "leader", 6) == 0)
			str_printf(out, "&%s", f);
	}
}

/* ---- comparing ---- */

struct answer {
	json_t *first; /* the first page */
	bool found[N_DOCS];
	json_int_t story[N_DOCS];
	size_t n;
};

static json_t *ask_engine(struct engine *e, const char *path, const char *query)
{
	AUTO_ARENA struct arena a = {0};
	struct reply r = {0};
	struct ask q = {.method = SPAN("GET"), .path = span_of(path), .query = span_of(query)};
	engine_answer(e, &a, &q, &r);
	json_t *j = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, NULL);
	if (!j || r.status != 200)
		fail_msg("%s?%s: %d %s", path, query, r.status, str_cz(&r.body));
	reply_done(&r);
	return j;
}

static void list_all(struct engine *e, const char *query, struct answer *out)
{
	char *cursor = NULL;
	*out = (struct answer){0};
	do {
		AUTO_STR struct str q = {0};
		str_printf(&q, "%s&limit=%u&snippet=%u", query, 1 + dice(400), dice(8) ? 0 : 80);
		if (cursor)
			str_printf(&q, "&cursor=%s", cursor);
		json_t *page = ask_engine(e, "/v1/search", str_cz(&q)), *hit;
		size_t i;
		free(cursor);
		cursor = NULL;
		json_array_foreach(json_object_get(page, "hits"), i, hit) {
			int number = atoi(json_string_value(json_object_get(hit, "id")) + 2);
			if (out->found[number])
				fail_msg("%s: d/%d listed twice", str_cz(&q), number);
			out->found[number] = true;
			out->story[number] = json_integer_value(json_object_get(json_object_get(hit, "story"), "id"));
			out->n++;
			assert_int_equal(json_integer_value(json_object_get(hit, "rank")), out->n);
		}
		if (json_object_get(page, "next"))
			cursor = strdup(json_string_value(json_object_get(page, "next")));
		if (out->first)
			json_decref(page);
		else
			out->first = page;
	} while (cursor);
}

static size_t facet_count(const json_t *answer, const char *facet, const char *id)
{
	json_t *values = json_object_get(json_object_get(json_object_get(answer, "facets"), facet), "values"), *v;
	size_t i;
	json_array_foreach(values, i, v)
		if (strcmp(json_string_value(json_object_get(v, "id")), id) == 0)
			return (size_t)json_integer_value(json_object_get(v, "count"));
	return 0;
}

static void check_values(const char *query, const json_t *first, const struct request *r, const struct tree *t, enum facet f, const char *const *ids, size_t n_ids)
{
	for (size_t k = 0; k < n_ids; k++) {
		size_t want = 0;
		for (int i = 0; i < N_DOCS; i++)
			want += ids[k][0] && passes(&docs[i], r, t, (int)f) && has_value(&docs[i], f, span_of(ids[k]));
		if (want != facet_count(first, facet_word(f), ids[k]))
			fail_msg("%s: %s %s: %zu, brute force %zu", query, facet_word(f), ids[k], facet_count(first, facet_word(f), ids[k]), want);
	}
}

/* Every bucket, fine or coarse, and those without a date. */
static void check_dates(const char *query, const json_t *first, const struct request *r, const struct tree *t)
{
	json_t *facet = json_object_get(json_object_get(first, "facets"), "date"), *b;
	size_t i, sum = 0, undated = 0;
	static const char *const kinds[] = {"buckets", "coarser"};
	for (int k = 0; k < 2; k++)
		json_array_foreach(json_object_get(facet, kinds[k]), i, b) {
			struct interval from = {0}, to = {0};
			size_t want = 0, got = (size_t)json_integer_value(json_object_get(b, "count"));
			interval_parse(json_span(b, "from"), &from);
			interval_parse(json_span(b, "to"), &to);
			for (int d = 0; d < N_DOCS; d++) {
				const struct interval *v = r->mentioned ? docs[d].days : &docs[d].published;
				bool in = false;
				for (int m = 0; m < (r->mentioned ? docs[d].n_days : 1); m++) {
					int y, mo, y2, mo2;
					day_split(v[m].from, &y, &mo, NULL);
					day_split(v[m].to, &y2, &mo2, NULL);
					bool month = y == y2 && mo == mo2, here = v[m].from >= from.from && v[m].to <= to.to;
					bool exact = v[m].from == from.from && v[m].to == to.to;
					in |= interval_any(v[m]) && (k == 0 ? month && here : !month && exact);
				}
				want += in && passes(&docs[d], r, t, -1);
			}
			if (got != want)
				fail_msg("%s: %s %s: %zu, brute force %zu", query, kinds[k], json_string_value(json_object_get(b, "text")), got, want);
			sum += got;
		}
	size_t all = 0;
	for (int d = 0; d < N_DOCS; d++) {
		bool match = passes(&docs[d], r, t, -1), dated = r->mentioned ? docs[d].n_days > 0 : interval_any(docs[d].published);
		undated += match && !dated;
		all += match && dated;
	}
	assert_int_equal(json_integer_value(json_object_get(facet, "undated")), undated);
	if (!r->mentioned)
		assert_int_equal(sum, all);
}

static size_t n_folded; /* documents that stories=1 did not list */

static bool first_of_story(const struct answer *got, int d, bool (*counts)(const struct doc *, int), int arg)
{
	if (!got->found[d] || !counts(&docs[d], arg))
		return false;
	for (int i = 0; i < d; i++)
		if (got->found[i] && got->story[i] == got->story[d] && counts(&docs[i], arg))
			return false;
	return true;
}

static bool any_doc(const struct doc *d, int arg) { return d && arg == 0; }
static bool names_leader(const struct doc *d, int arg) { return has_value(d, FACET_LEADER, span_of(leaders[arg])); }

/* With stories=1: as many hits as there are stories in the listing without, and each counts once for each of its leaders. */
static void check_stories(struct engine *e, const char *query, const struct answer *got)
{
	AUTO_STR struct str q = {0};
	struct answer by_story;
	size_t want = 0;
	str_printf(&q, "%s&stories=1&facets=leader:10000,date", query);
	list_all(e, str_cz(&q), &by_story);
	for (int i = 0; i < N_DOCS; i++)
		want += first_of_story(got, i, any_doc, 0);
	assert_int_equal(by_story.n, want);
	n_folded += got->n - want;
	assert_int_equal(json_integer_value(json_object_get(by_story.first, "total")), want);
	for (size_t k = 0; k < N_LEADERS; k++) {
		for (int i = want = 0; i < N_DOCS; i++)
			want += first_of_story(got, i, names_leader, (int)k);
		if (!strstr(query, "leader=vladimir-putin,")) /* there the facet counts more than is listed */
			assert_int_equal(facet_count(by_story.first, "leader", leaders[k]), want);
	}
	json_decref(by_story.first);
}

static void check_query(struct engine *e, const char *query)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str full = {0};
	struct engine_limits limits = engine_default_limits();
	struct ask ask = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = span_of(query)};
	struct request r;
	struct tree t;
	struct answer got;
	size_t want = 0;
	str_printf(&full, "%s&facets=leader:10000,source,lang,date:month", query);
	list_all(e, str_cz(&full), &got);
	assert_int_equal(request_read(&a, &ask, &limits, &r, NULL), 0);
	if (r.q.n)
		assert_int_equal(tree_parse(&a, r.q, r.match == MATCH_ANY, &limits, &t, NULL), 0);
	for (int i = 0; i < N_DOCS; i++) {
		bool yes = passes(&docs[i], &r, r.q.n ? &t : NULL, -1);
		want += yes;
		if (yes != got.found[i])
			fail_msg("%s (%s): d/%d: engine %d, brute force %d", query, json_string_value(json_object_get(json_object_get(got.first, "query"), "parsed")), i, got.found[i], yes);
	}
	assert_int_equal(want, got.n);
	assert_int_equal(json_integer_value(json_object_get(got.first, "total")), want);
	check_values(query, got.first, &r, r.q.n ? &t : NULL, FACET_LEADER, leaders, N_LEADERS);
	check_values(query, got.first, &r, r.q.n ? &t : NULL, FACET_SOURCE, sources, 4);
	check_values(query, got.first, &r, r.q.n ? &t : NULL, FACET_LANG, langs, 3);
	check_dates(query, got.first, &r, r.q.n ? &t : NULL);
	if (dice(5) == 0)
		check_stories(e, query, &got);
	json_decref(got.first);
}

/* ---- the test ---- */

static void build(struct writer *w, uint64_t *rev)
{
	for (int i = 0; i < N_DOCS; i++) {
		make_doc(&docs[i], i);
		put_doc(w, &docs[i]);
		docs[i].revision = *rev + 1;
		if (i % 600 == 599)
			assert_int_equal(writer_commit(w, rev, NULL), 0);
	}
	assert_int_equal(writer_commit(w, rev, NULL), 0);
}

static void change(struct writer *w, uint64_t *rev, int n)
{
	for (int k = 0; k < n; k++) {
		int i = (int)dice(N_DOCS);
		bool existed;
		if (dice(3) == 0) {
			assert_int_equal(writer_remove(w, span_of(docs[i].id), &existed, NULL), 0);
			assert_int_equal(existed, docs[i].there);
			docs[i].there = false;
		} else {
			make_doc(&docs[i], i);
			put_doc(w, &docs[i]);
			docs[i].revision = *rev + 1;
		}
	}
	assert_int_equal(writer_commit(w, rev, NULL), 0);
}

static void queries(struct engine *e, int n)
{
	for (int i = 0; i < n; i++) {
		AUTO_STR struct str text = {0}, query = {0};
		if (dice(12)) {
			make_query(&text);
			str_z(&query, "q=");
			encode(&query, str_view(&text));
		}
		const char *star = strchr(str_cz(&text), '*');
		if (star && (star = strchr(star + 1, '*')) && strchr(star + 1, '*'))
			continue; /* over the limit */
		str_printf(&query, "&match=%s", dice(3) ? "all" : "any");
		add_filters(&query);
		if (dice(4) == 0)
			str_printf(&query, "&sort=%s", dice(2) ? "newest" : "oldest");
		check_query(e, str_cz(&query));
	}
}

static void agrees(void **state)
{
	(void)state;
	const char *more = getenv("ORACLE_ROUNDS");
	int rounds = more ? atoi(more) : 60;
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	struct engine *e = NULL;
	struct err err = {0};
	char dir[] = "/tmp/test-query-oracle.XXXXXX";
	uint64_t rev = 0;
	bool did;
	AUTO_STR struct str recovered = {0}, index = {0};
	AUTO_ARENA struct arena a = {0};
	make_forms(&a);
	assert_non_null(mkdtemp(dir));
	str_printf(&index, "%s/index", dir);
	opt.no_sync = true;
	opt.max_segments = 6;
	assert_int_equal(writer_open(str_cz(&index), &opt, &w, &recovered, &err), 0);
	build(w, &rev);
	if (engine_open(str_cz(&index), NULL, NULL, &e, &err))
		fail_msg("%s", err.msg);
	queries(e, rounds);
	for (int step = 0; step < 3; step++) { /* caches hold sets of segments that have lost documents since */
		change(w, &rev, 150);
		assert_int_equal(engine_refresh(e, &err), 0);
		queries(e, rounds);
		assert_int_equal(writer_merge(w, step == 2, &did, &err), 0);
		assert_int_equal(engine_refresh(e, &err), 0);
		queries(e, rounds);
	}
	assert_true(n_folded > 100);
	engine_close(e);
	writer_close(w);
	assert_int_equal(io_remove_tree(dir, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(agrees)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
