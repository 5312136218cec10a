/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine against brute force (oracle-model.h): small made-up documents in several segments, some replaced, some removed; thousands of made-up
 * queries, each listed by cursor to its end. Sets, order, totals and every facet – values, distinct, missing, cut, buckets of both axes in every
 * granularity, with stories and without – must be equal to what looking at every document gives.
 *
 * ORACLE_QUERIES in the environment says how many queries (20,000 in the long tier; 700 otherwise), ORACLE_SEED which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/json.h"
#include "index/facts/gazetteer.h"
#include "tests/unit/oracle-model.h"

static size_t n_asked, n_relaxed, n_folded, n_cut, n_bounded, n_pages, n_serving; /* that the interesting cases do occur */

/* ---- making queries ---- */

static void add_item(struct str *q, int depth)
{
	static const enum facet fields[] = {FACET_LEADER, FACET_LEADER, FACET_COUNTRY, FACET_SOURCE, FACET_LANG, FACET_OFFICE};
	enum facet f = fields[dice(6)];
	switch (dice(depth > 2 ? 10 : 14)) {
	case 0: str_printf(q, "\"%s %s\"", any_word(), any_word()); break;
	case 1: str_printf(q, "%s NEAR/%u %s", any_word(), 1 + dice(6), any_word()); break;
	case 2: str_printf(q, "\"%s\"", any_word()); break;
	case 3: str_z(q, dice(3) ? "nucl*" : "visit*"); break;
	case 4: str_printf(q, "title:%s", any_word()); break;
	case 5: str_printf(q, "%s:\"%s\"", facet_word(f), any_value(f)); break;
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

static void make_text(struct str *q)
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

/* One value, several (any of them), or none of these; a leader may be an ambiguous name. */
static void add_filter(struct str *out, enum facet f)
{
	uint32_t kind = dice(5);
	str_printf(out, "&%s=", facet_word(f));
	for (uint32_t i = 0, n = kind == 0 ? 2 + dice(2) : 1; i < n; i++) {
		const char *v = f == FACET_LEADER && dice(5) == 0 ? NULL : any_value(f);
		str_printf(out, "%s%s", i ? "," : "", kind == 1 ? "-" : "");
		encode(out, v ? span_of(v) : SPAN("?"));
		if (!v)
			str_z(out, unclear[dice(3)]);
	}
}

static void add_dates(struct str *out)
{
	static const char *const bounds[] = {"from=2015", "to=2015-01", "from=2015-01-20&to=2015-01-31", "from=2015-02", "from=2015&to=2015", "to=2016", "from=1985&to=1995", "from=1980"};
	if (dice(2) == 0)
		str_z(out, "&date=mentioned");
	if (dice(2) == 0)
		str_printf(out, "&%s", bounds[dice(8)]);
	if (dice(3) == 0)
		str_z(out, "&date_match=within");
}

static const uint32_t cuts[] = {1, 2, 10000, 10000};

static void make_query(struct str *out)
{
	static const char *const matches[] = {"", "&match=all", "&match=all", "&match=any"}, *const sorts[] = {"", "", "&sort=newest", "&sort=oldest"};
	AUTO_STR struct str text = {0};
	if (dice(12)) {
		make_text(&text);
		str_z(out, "q=");
		encode(out, str_view(&text));
	}
	str_z(out, matches[dice(4)]);
	str_z(out, sorts[dice(4)]);
	for (uint32_t n = dice(3); n--;)
		add_filter(out, (enum facet)dice(N_FIELDS));
	if (dice(2))
		add_dates(out);
	if (dice(8) == 0)
		str_printf(out, "&since=%u", dice(5));
	if (dice(5) == 0)
		str_z(out, "&in_office=1");
	str_z(out, "&facets=date:");
	str_z(out, granularity_word((enum granularity)dice(GRAIN_COUNT_)));
	for (int f = 0; f < N_FIELDS; f++)
		if (dice(4))
			str_printf(out, ",%s:%u", facet_word((enum facet)f), cuts[dice(4)]);
}

/* ---- asking ---- */

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

struct listing {
	json_t *first; /* the first page */
	int v[N_DOCS]; /* in order */
	double score[N_DOCS];
	size_t n;
};

static void list_all(struct engine *e, const char *query, struct listing *out)
{
	char *cursor = NULL;
	static bool seen[N_DOCS];
	memset(seen, 0, sizeof seen);
	out->n = 0;
	out->first = NULL;
	do {
		AUTO_STR struct str q = {0};
		str_printf(&q, "%s&limit=%u&snippet=%u", query, 1 + dice(dice(3) ? 1000 : 200), dice(50) ? 0 : 80);
		if (cursor)
			str_printf(&q, "&cursor=%s", cursor);
		json_t *page = ask_engine(e, "/v1/search", str_cz(&q)), *hit;
		size_t i;
		free(cursor);
		cursor = NULL;
		json_array_foreach(json_object_get(page, "hits"), i, hit) {
			int number = atoi(json_string_value(json_object_get(hit, "id")) + 2);
			if (seen[number])
				fail_msg("%s: d/%d listed twice", str_cz(&q), number);
			seen[number] = true;
			docs[number].story = json_integer_value(json_object_get(json_object_get(hit, "story"), "id"));
			out->score[out->n] = json_number_value(json_object_get(hit, "score"));
			out->v[out->n++] = number;
			assert_int_equal(json_integer_value(json_object_get(hit, "rank")), out->n);
		}
		if (json_object_get(page, "next"))
			cursor = strdup(json_string_value(json_object_get(page, "next")));
		n_pages += out->first != NULL;
		if (out->first)
			json_decref(page);
		else
			out->first = page;
	} while (cursor);
}

/* ---- order ---- */

/* By date, then the revision that added it, then the hash of its id; what has no date comes last. By score: falling. */
static bool in_order(const struct request *r, bool scored, const struct listing *l, size_t i)
{
	const struct doc *a = &docs[l->v[i - 1]], *b = &docs[l->v[i]];
	if (scored)
		return l->score[i - 1] >= l->score[i];
	bool dated = interval_any(a->published), dated2 = interval_any(b->published);
	if (dated != dated2)
		return dated;
	if (dated && a->published.from != b->published.from)
		return (a->published.from > b->published.from) == (r->sort != SORT_OLDEST);
	return a->revision != b->revision ? a->revision < b->revision : span_hash(span_of(a->id)) < span_hash(span_of(b->id));
}

static void check_order(const char *query, const struct request *r, const struct listing *l)
{
	bool scored = r->sort == SORT_RELEVANCE && r->q.n;
	for (size_t i = 1; i < l->n; i++)
		if (!in_order(r, scored, l, i))
			fail_msg("%s: d/%d before d/%d", query, l->v[i - 1], l->v[i]);
}

/* ---- counts ---- */

/* One count for each key; with stories a story counts once, whichever of its documents has the key. */
#define MAX_KEYS 64
struct tally {
	bool stories;
	size_t count[MAX_KEYS], any; /* any: documents or stories that have some key */
	size_t all;
	bool seen[MAX_KEYS + 2][N_DOCS]; /* by key and story; then: any, all */
};
static struct tally tally;
static int first_of_story[N_DOCS];

/* The lowest number of a document of the same story: the story's name here. */
static void name_stories(void)
{
	for (int i = 0; i < N_DOCS; i++) {
		first_of_story[i] = i;
		for (int k = 0; k < i && docs[i].there; k++)
			if (docs[k].there && docs[k].story == docs[i].story) {
				first_of_story[i] = k;
				break;
			}
	}
}

static void count_once(size_t *count, bool *seen, int d)
{
	int story = first_of_story[d];
	*count += !tally.stories || !seen[story];
	seen[story] = true;
}

static void count_key(int d, size_t key)
{
	count_once(&tally.count[key], tally.seen[key], d);
}

static void check_values(const char *query, const json_t *answer, enum facet f, uint32_t asked, const bool *set)
{
	json_t *facet = json_object_get(json_object_get(answer, "facets"), facet_word(f)), *got = json_object_get(facet, "values");
	bool stories = tally.stories;
	memset(&tally, 0, sizeof tally);
	tally.stories = stories;
	for (int d = 0; d < N_DOCS; d++) {
		if (!set[d])
			continue;
		count_once(&tally.all, tally.seen[MAX_KEYS + 1], d);
		for (size_t v = 0; v < MAX_VALUES; v++)
			if (shown(&docs[d], f) >> v & 1)
				count_key(d, v);
		if (shown(&docs[d], f))
			count_once(&tally.any, tally.seen[MAX_KEYS], d);
	}
	size_t distinct = 0, shown = 0;
	for (bool used[MAX_VALUES] = {false};; distinct++) { /* most counted first, then by id */
		int best = -1;
		for (int v = 0; v < MAX_VALUES && values[f][v]; v++)
			if (!used[v] && tally.count[v] && (best < 0 || tally.count[v] > tally.count[best] ||
					(tally.count[v] == tally.count[best] && strcmp(values[f][v], values[f][best]) < 0)))
				best = v;
		if (best < 0)
			break;
		used[best] = true;
		if (distinct >= asked)
			continue;
		json_t *there = json_array_get(got, shown++);
		if (!span_is(json_span(there, "id"), values[f][best]) || (size_t)json_integer_value(json_object_get(there, "count")) != tally.count[best])
			fail_msg("%s: %s %zu: %s, brute force %s %zu", query, facet_word(f), shown, json_dumps(there, JSON_ENCODE_ANY), values[f][best], tally.count[best]);
	}
	n_cut += shown < distinct;
	if (json_array_size(got) != shown || (size_t)json_integer_value(json_object_get(facet, "distinct")) != distinct ||
	    (size_t)json_integer_value(json_object_get(facet, "missing")) != tally.all - tally.any)
		fail_msg("%s: %s: %s; brute force %zu of %zu, %zu missing", query, facet_word(f), json_dumps(facet, 0), shown, distinct, tally.all - tally.any);
	assert_int_equal(json_is_string(json_object_get(json_object_get(answer, "truncated"), facet_word(f))), shown < distinct);
}

static size_t date_key(struct interval *keys, size_t *n, struct interval i)
{
	for (size_t k = 0; k < *n; k++)
		if (keys[k].from == i.from && keys[k].to == i.to)
			return k;
	keys[*n] = i;
	assert_true(*n < MAX_KEYS - 1);
	return (*n)++;
}

/* Every bucket, fine or coarse, in order of time, and what has no date. */
static void check_dates(const char *query, const json_t *answer, const struct request *r, const bool *set)
{
	json_t *facet = json_object_get(json_object_get(answer, "facets"), "date"), *b;
	struct interval keys[MAX_KEYS];
	size_t n_keys = 0, n_got = 0, i;
	bool stories = tally.stories, bounded = r->mentioned && (r->has_from || r->has_to);
	enum granularity g = GRAIN_AUTO;
	while (!span_is(json_span(facet, "granularity"), granularity_word(g)))
		g++;
	assert_true(r->facets[0].grain == g || r->facets[0].grain == GRAIN_AUTO);
	memset(&tally, 0, sizeof tally);
	tally.stories = stories;
	for (int d = 0; d < N_DOCS; d++) {
		bool any = false, here[MAX_KEYS] = {false};
		if (!set[d])
			continue;
		count_once(&tally.all, tally.seen[MAX_KEYS + 1], d);
		for (int k = 0; k < (r->mentioned ? docs[d].n_days : 1); k++) {
			struct interval x = r->mentioned ? docs[d].days[k] : docs[d].published;
			if (!interval_any(x) || (bounded && !day_fits(x, r->bounds, r->within)))
				continue;
			size_t key = date_key(keys, &n_keys, counted_in(x, g));
			any = true;
			if (!here[key])
				count_key(d, key);
			here[key] = true;
		}
		if (any)
			count_once(&tally.any, tally.seen[MAX_KEYS], d);
	}
	n_bounded += bounded && n_keys;
	static const char *const kinds[] = {"buckets", "coarser"};
	for (int kind = 0; kind < 2; kind++) {
		struct interval last = {.from = DAY_MIN, .to = DAY_MIN};
		json_array_foreach(json_object_get(facet, kinds[kind]), i, b) {
			struct interval from = {0}, to = {0};
			interval_parse(json_span(b, "from"), &from);
			interval_parse(json_span(b, "to"), &to);
			size_t key = date_key(keys, &n_keys, (struct interval){from.from, to.to, PREC_PART});
			struct interval step = counted_in((struct interval){from.from, from.from, PREC_DAY}, g);
			bool is_step = step.from == from.from && step.to == to.to;
			if ((size_t)json_integer_value(json_object_get(b, "count")) != tally.count[key] || is_step != (kind == 0))
				fail_msg("%s: %s %s, brute force %zu", query, kinds[kind], json_dumps(b, 0), tally.count[key]);
			assert_true(from.from > last.from || (from.from == last.from && to.to > last.to));
			last = (struct interval){from.from, to.to, PREC_PART};
			n_got++;
		}
	}
	assert_int_equal(n_got, n_keys);
	assert_int_equal(json_integer_value(json_object_get(facet, "undated")), tally.all - tally.any);
}

/* ---- one query ---- */

struct expected {
	bool set[N_DOCS], without[N_FIELDS][N_DOCS]; /* without: the any-of filters of that facet left out */
	size_t n;
	bool relaxed;
};

static size_t fill(const struct request *r, const struct seen_tree *s, struct expected *x)
{
	x->n = 0;
	for (int d = 0; d < N_DOCS; d++) {
		bool text = docs[d].there && (!s || holds(&docs[d], s, s->t.root));
		x->set[d] = text && filters_pass(&docs[d], r, -1);
		x->n += x->set[d];
		for (int f = 0; f < N_FIELDS; f++)
			x->without[f][d] = x->set[d] || (text && filters_pass(&docs[d], r, f));
	}
	return x->n;
}

static void expect(struct arena *a, const struct request *r, struct expected *x)
{
	struct engine_limits limits = engine_default_limits();
	struct seen_tree s = {0}, any = {0};
	x->relaxed = false;
	if (!r->q.n) {
		fill(r, NULL, x);
		return;
	}
	assert_int_equal(tree_parse(a, r->q, r->match == MATCH_ANY, &limits, &s.t, NULL), 0);
	look_at_tree(a, &s);
	if (fill(r, &s, x) || r->match != MATCH_AUTO || s.t.n_loose < 2)
		return;
	assert_int_equal(tree_parse(a, r->q, true, &limits, &any.t, NULL), 0);
	look_at_tree(a, &any);
	x->relaxed = fill(r, &any, x) > 0;
	if (!x->relaxed)
		fill(r, &s, x);
}

static void check_facets(const char *query, const json_t *answer, const struct request *r, const struct expected *x, bool stories)
{
	tally.stories = stories;
	for (size_t i = 0; i < r->n_facets; i++)
		if (r->facets[i].facet == FACET_DATE)
			check_dates(query, answer, r, x->set);
		else
			check_values(query, answer, r->facets[i].facet, r->facets[i].n, x->without[r->facets[i].facet]);
}

/* One hit for each story of the set. */
static void check_stories(struct engine *e, const char *query, const struct request *r, const struct expected *x)
{
	AUTO_STR struct str q = {0};
	static struct listing l;
	bool want[N_DOCS] = {false}, got[N_DOCS] = {false};
	size_t n = 0;
	str_printf(&q, "%s&stories=1", query);
	list_all(e, str_cz(&q), &l);
	for (int d = 0; d < N_DOCS; d++)
		if (x->set[d] && !want[first_of_story[d]])
			want[first_of_story[d]] = true, n++;
	for (size_t i = 0; i < l.n; i++) {
		int story = first_of_story[l.v[i]];
		if (got[story] || !x->set[l.v[i]])
			fail_msg("%s: d/%d is one too many", str_cz(&q), l.v[i]);
		got[story] = true;
	}
	assert_int_equal(l.n, n);
	assert_int_equal(json_integer_value(json_object_get(l.first, "total")), n);
	n_folded += x->n - n;
	check_order(str_cz(&q), r, &l);
	check_facets(str_cz(&q), l.first, r, x, true);
	json_decref(l.first);
}

static void check_query(struct engine *e, const char *query)
{
	AUTO_ARENA struct arena a = {0};
	struct engine_limits limits = engine_default_limits();
	struct ask ask = {.method = SPAN("GET"), .path = SPAN("/v1/search"), .query = span_of(query)};
	struct request r;
	static struct listing l;
	static struct expected x;
	bool found[N_DOCS] = {false};
	assert_int_equal(request_read(&a, &ask, &limits, &r, NULL), 0);
	only_in_office = r.in_office;
	expect(&a, &r, &x);
	n_serving += r.in_office && x.n;
	list_all(e, query, &l);
	for (size_t i = 0; i < l.n; i++)
		found[l.v[i]] = true;
	const json_t *asked = json_object_get(l.first, "query");
	for (int d = 0; d < N_DOCS; d++)
		if (x.set[d] != found[d])
			fail_msg("%s (%s): d/%d: engine %d, brute force %d", query, json_string_value(json_object_get(asked, "parsed")), d, found[d], x.set[d]);
	assert_int_equal(x.n, l.n);
	assert_int_equal(json_integer_value(json_object_get(l.first, "total")), x.n);
	assert_int_equal(json_is_true(json_object_get(asked, "relaxed")), x.relaxed);
	check_order(query, &r, &l);
	check_facets(query, l.first, &r, &x, false);
	json_decref(l.first);
	n_asked++;
	n_relaxed += x.relaxed;
	if (dice(4) == 0)
		check_stories(e, query, &r, &x);
}

/* ---- the test ---- */

static void build(struct writer *w, uint64_t *rev)
{
	for (int i = 0; i < N_DOCS; i++) {
		make_doc(&docs[i], i);
		assert_int_equal(put_doc(w, &docs[i]), 0);
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
			assert_int_equal(put_doc(w, &docs[i]), 0);
			docs[i].revision = *rev + 1;
		}
	}
	assert_int_equal(writer_commit(w, rev, NULL), 0);
}

static void queries(struct engine *e, size_t n)
{
	static struct listing everything;
	list_all(e, "sort=newest", &everything); /* tells the stories */
	json_decref(everything.first);
	name_stories();
	for (size_t until = n_asked + n; n_asked < until;) {
		AUTO_STR struct str query = {0};
		make_query(&query);
		int stars = 0;
		for (size_t i = 0; i + 2 < query.n; i++)
			stars += memcmp(query.p + i, "%2A", 3) == 0;
		if (stars <= 2) /* more are over the limit */
			check_query(e, str_cz(&query));
	}
}

/* The leaders of the model as tables. */
static void write_tables(const char *dir)
{
	AUTO_STR struct str leaders = {0}, offices = {0}, path = {0};
	str_z(&leaders, "id\tname\tfamily\tgiven\torder\tcountry\taliases\twikipedia\n");
	str_z(&offices, "leader\tcountry\tkind\ttitle\tfrom\tto\n");
	for (int i = 0; i < 5; i++)
		str_printf(&leaders, "%s\tLeader Family%c\tFamily%c\tLeader\t\t%s\t\t\n", values[FACET_LEADER][i], 'a' + i, 'a' + i, home[i]);
	for (size_t i = 0; i < N_SERVED; i++) {
		const char *office = values[FACET_OFFICE][served[i].office];
		str_printf(&offices, "%s\t%.2s\t%s\tBoss\t%s\t%s\n", values[FACET_LEADER][served[i].leader], office, office + 3, served[i].from, served[i].to);
	}
	str_printf(&path, "%s/leaders.tsv", dir);
	assert_int_equal(io_replace_file(str_cz(&path), str_view(&leaders), NULL), 0);
	str_clear(&path);
	str_printf(&path, "%s/offices.tsv", dir);
	assert_int_equal(io_replace_file(str_cz(&path), str_view(&offices), NULL), 0);
	str_clear(&path);
	str_printf(&path, "%s/countries.tsv", dir);
	assert_int_equal(io_replace_file(str_cz(&path), SPAN("code\tname\tadjectives\taliases\tcapital\tfrom\tto\nKP\tA\t\t\t\t\t\nRU\tB\t\t\t\t\t\nUS\tC\t\t\t\t\t\nCN\tD\t\t\t\t\t\nDE\tE\t\t\t\t\t\n"), NULL), 0);
}

static size_t number_of(const char *name, size_t usual)
{
	const char *given = getenv(name);
	return given ? strtoul(given, NULL, 10) : usual;
}

static void agrees(void **state)
{
	(void)state;
	size_t part = number_of("ORACLE_QUERIES", 700) / 7 + 1;
	struct store_options opt = store_default_options();
	struct writer *w = NULL;
	struct engine *e = NULL;
	struct gazetteer *g = NULL;
	struct err err = {0};
	char dir[] = "/tmp/test-query-oracle.XXXXXX";
	uint64_t rev = 0;
	bool did;
	AUTO_STR struct str recovered = {0}, index = {0};
	AUTO_ARENA struct arena a = {0};
	seed = (uint32_t)number_of("ORACLE_SEED", 12345);
	make_forms(&a);
	assert_non_null(mkdtemp(dir));
	str_printf(&index, "%s/index", dir);
	opt.no_sync = true;
	opt.max_segments = 6;
	assert_int_equal(writer_open(str_cz(&index), &opt, &w, &recovered, &err), 0);
	build(w, &rev);
	write_tables(dir);
	if (gazetteer_load(dir, NULL, &g, &err) || engine_open(str_cz(&index), g, NULL, &e, &err))
		fail_msg("%s", err.msg);
	queries(e, part);
	for (int step = 0; step < 3; step++) { /* caches hold sets of segments that have lost documents since */
		change(w, &rev, 150);
		assert_int_equal(engine_refresh(e, &err), 0);
		queries(e, part);
		assert_int_equal(writer_merge(w, step == 2, &did, &err), 0);
		assert_int_equal(engine_refresh(e, &err), 0);
		queries(e, part);
	}
	print_message("%zu queries: %zu relaxed, %zu cut facets, %zu bounded mentioned days, %zu further pages, %zu documents folded into stories, %zu with leaders in office\n",
		n_asked, n_relaxed, n_cut, n_bounded, n_pages, n_folded, n_serving);
	assert_true(n_serving && n_relaxed && n_cut && n_bounded && n_pages && n_folded > 100);
	engine_close(e);
	gazetteer_free(g);
	writer_close(w);
	assert_int_equal(io_remove_tree(dir, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(agrees)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
