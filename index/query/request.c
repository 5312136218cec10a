/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request, read.
 *
 *	"q=moscow+visit&leader=putin" ─cut at & and =─► decode ─► row of params.def ─► reader of its kind ─► struct request
 *
 * Looks at words alone: whether a leader or a country exists is asked later, of those who know (plan.c).
 */
#include "index/query/request.h"

#include "base/utf8.h"
#include "index/facts/gazetteer.h"

const char *facet_word(enum facet f)
{
	static const char *const words[] = {
#define X(name, word) word,
		FACETS(X)
#undef X
		"word"};
	return words[f];
}

const char *granularity_word(enum granularity g)
{
	static const char *const words[] = {
#define X(name, word) word,
		GRANULARITIES(X)
#undef X
	};
	return words[g];
}

enum kind { KIND_TEXT, KIND_NAME, KIND_FILTER, KIND_COUNTRY, KIND_OFFICE, KIND_FROM, KIND_TO, KIND_AXIS, KIND_DAY, KIND_WITHIN, KIND_MATCH, KIND_SORT, KIND_ORDER,
	KIND_SINCE, KIND_STORIES, KIND_SERVING, KIND_FACETS, KIND_LIMIT, KIND_CURSOR, KIND_SNIPPET, KIND_DROPPED, KIND_FIELD, KIND_PREFIX };

struct param {
	const char *name;
	unsigned routes;
	enum kind kind;
	const char *allowed;
};

#define R(route) (1u << ROUTE_##route)
static const struct param params[] = {
#define PARAM(name, where, kind, allowed) {#name, where, KIND_##kind, allowed},
#include "index/query/params.def"
#undef PARAM
};
#define N_PARAMS (sizeof params / sizeof *params)

struct reading {
	struct arena *a;
	const struct engine_limits *limits;
	struct request *r;
	uint64_t seen; /* bit for each row of params */
	bool sort_given;
};

/* ---- values ---- */

static int bad(const struct param *p, struct span v, struct err *err)
{
	struct str safe = {0};
	utf8_printable(&safe, (struct span){v.p, v.n < 80 ? utf8_floor(v, v.n) : utf8_floor(v, 80)}, false);
	int rc = err_set(err, ERR_BAD_ARGUMENT, "%s=%s: allowed is %s", p->name, str_cz(&safe), p->allowed);
	str_done(&safe);
	return rc;
}

static int bad_date(const struct param *p, struct span v, struct err *err)
{
	struct err e;
	bad(p, v, &e);
	return err_set(err, ERR_BAD_DATE, "%s", e.msg);
}

/* The index of v in a list of words that ends in NULL, or -1. */
static int choice(struct span v, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (span_is(v, words[i]))
			return i;
	return -1;
}

static int facet_of(struct span v)
{
	for (int f = 0; f < N_FACETS; f++)
		if (span_is(v, facet_word((enum facet)f)))
			return f;
	return -1;
}

static int read_filter(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	struct filter *f = arena_push(rd->a, rd->r->filters, rd->r->n_filters, rd->r->cap_filters);
	*f = (struct filter){.field = (enum facet)facet_of(span_of(p->name))};
	size_t cap = 0, negative = 0;
	struct span rest = v, piece;
	if (rd->r->n_filters > MAX_FILTERS)
		return err_set(err, ERR_LIMIT, "%s: at most %d filters", p->name, MAX_FILTERS);
	while (span_cut(&rest, ',', &piece)) {
		piece = span_trim(piece);
		if (piece.n && piece.p[0] == '-') {
			negative++;
			piece = span_trim(span_sub(piece, 1, piece.n));
		}
		if (!piece.n)
			return bad(p, v, err);
		*arena_push(rd->a, f->values, f->n, cap) = piece;
	}
	if (!f->n || (negative && negative != f->n) || v.p[v.n - 1] == ',')
		return bad(p, v, err);
	if (f->n > 1000)
		return err_set(err, ERR_LIMIT, "%s: at most 1000 values", p->name);
	f->mode = negative ? FILTER_NONE : f->n > 1 ? FILTER_ANY : FILTER_ALL;
	return 0;
}

static int read_facet(struct reading *rd, const struct param *p, struct span piece, struct err *err)
{
	struct span name = piece, arg = SPAN_NONE;
	ptrdiff_t colon = span_find(piece, SPAN(":"));
	if (colon >= 0) {
		name = span_sub(piece, 0, (size_t)colon);
		arg = span_sub(piece, (size_t)colon + 1, piece.n);
	}
	int f = facet_of(name);
	struct facet_ask ask = {.n = f == FACET_STORY ? 10 : 50};
	uint64_t n;
	if (f < 0 || (rd->r->route == ROUTE_TIMELINE && f != FACET_DATE))
		return bad(p, piece, err);
	ask.facet = (enum facet)f;
	if (colon >= 0 && f == FACET_DATE) {
		int g = GRAIN_AUTO;
		while (g < GRAIN_COUNT_ && !span_is(arg, granularity_word((enum granularity)g)))
			g++;
		if (g == GRAIN_COUNT_)
			return bad(p, piece, err);
		ask.grain = (enum granularity)g;
	} else if (colon >= 0) {
		if (!span_to_u64(arg, &n) || n > rd->limits->facet_values)
			return bad(p, piece, err);
		ask.n = (uint32_t)n;
	}
	for (size_t i = 0; i < rd->r->n_facets; i++)
		if (rd->r->facets[i].facet == ask.facet)
			return err_set(err, ERR_BAD_ARGUMENT, "facets: %s is given twice", facet_word(ask.facet));
	rd->r->facets[rd->r->n_facets++] = ask;
	return 0;
}

static int read_facets(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	struct span rest = v, piece;
	while (span_cut(&rest, ',', &piece)) {
		int rc = read_facet(rd, p, span_trim(piece), err);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_number(const struct param *p, struct span v, uint64_t max, uint64_t *out, struct err *err)
{
	if (!span_to_u64(v, out))
		return bad(p, v, err);
	if (*out > max)
		return err_set(err, ERR_BAD_ARGUMENT, "%s=%llu: allowed is %s, at most %llu", p->name, (unsigned long long)*out, p->allowed, (unsigned long long)max);
	return 0;
}

static int read_flag(const struct param *p, struct span v, bool *out, struct err *err)
{
	if (!span_is(v, "0") && !span_is(v, "1"))
		return bad(p, v, err);
	*out = span_is(v, "1");
	return 0;
}

static int read_bound(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	struct interval i;
	if (!interval_parse(v, &i))
		return bad_date(p, v, err);
	if (p->kind == KIND_FROM) {
		rd->r->bounds.from = i.from;
		rd->r->from_text = v;
		rd->r->has_from = true;
	} else {
		rd->r->bounds.to = i.to;
		rd->r->to_text = v;
		rd->r->has_to = true;
	}
	return 0;
}

static int read_choice(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	static const char *const axes[] = {"published", "mentioned", NULL}, *const withins[] = {"overlaps", "within", NULL},
		*const matches[] = {"auto", "all", "any", NULL}, *const sorts[] = {"relevance", "newest", "oldest", NULL};
	const char *const *words = p->kind == KIND_AXIS ? axes : p->kind == KIND_WITHIN ? withins : p->kind == KIND_MATCH ? matches : sorts;
	int i = choice(v, words);
	if (i < 0 || (p->kind == KIND_ORDER && i == SORT_RELEVANCE))
		return bad(p, v, err);
	if (p->kind == KIND_AXIS)
		rd->r->mentioned = i;
	else if (p->kind == KIND_WITHIN)
		rd->r->within = i;
	else if (p->kind == KIND_MATCH)
		rd->r->match = (enum match_mode)i;
	else {
		rd->r->sort = (enum sort_mode)i;
		rd->sort_given = true;
	}
	return 0;
}

static int read_field(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	int f = span_is(v, "word") ? (int)FACET_WORD : facet_of(v);
	if (f < 0 || f == FACET_DATE || f == FACET_STORY)
		return bad(p, v, err);
	rd->r->field = (enum facet)f;
	rd->r->has_field = true;
	return 0;
}

static int read_office(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	for (int k = 0; k < OFFICE_KIND_COUNT_; k++)
		if (span_is(v, office_kind_word((enum office_kind)k))) {
			rd->r->office_kind = k;
			return 0;
		}
	return bad(p, v, err);
}

static int read_value(struct reading *rd, const struct param *p, struct span v, struct err *err)
{
	struct request *r = rd->r;
	uint64_t n = 0;
	int rc;
	switch (p->kind) {
	case KIND_TEXT: r->q = v; return 0;
	case KIND_NAME: r->name = v; return 0;
	case KIND_COUNTRY: r->country = v; return 0;
	case KIND_OFFICE: return read_office(rd, p, v, err);
	case KIND_PREFIX: r->prefix = v; return 0;
	case KIND_FILTER: return read_filter(rd, p, v, err);
	case KIND_FROM: case KIND_TO: return read_bound(rd, p, v, err);
	case KIND_DAY: r->has_day = interval_parse(v, &r->day); return r->has_day ? 0 : bad_date(p, v, err);
	case KIND_AXIS: case KIND_WITHIN: case KIND_MATCH: case KIND_SORT: case KIND_ORDER: return read_choice(rd, p, v, err);
	case KIND_SINCE: r->has_since = true; return read_number(p, v, UINT64_MAX, &r->since, err);
	case KIND_STORIES: return read_flag(p, v, &r->stories, err);
	case KIND_SERVING: return read_flag(p, v, &r->in_office, err);
	case KIND_DROPPED: return read_flag(p, v, &r->dropped, err);
	case KIND_FACETS: return read_facets(rd, p, v, err);
	case KIND_LIMIT: rc = read_number(p, v, rd->limits->results, &n, err); r->limit = (uint32_t)n; r->has_limit = true; return rc;
	case KIND_SNIPPET: rc = read_number(p, v, 2000, &n, err); r->snippet = (uint32_t)n; return rc;
	case KIND_CURSOR: r->cursor = v; return 0;
	case KIND_FIELD: return read_field(rd, p, v, err);
	}
	return 0;
}

/* ---- names and encoding ---- */

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

/* Percent-decoding as forms do it (+ is a space); bad UTF-8 is repaired, a stray % stays. */
static struct span decode(struct arena *a, struct span s)
{
	char *p = arena_raw(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			p[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		} else {
			p[n++] = s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	struct span out = {p, n};
	if (utf8_valid(out) && !memchr(p, 0, n))
		return out;
	struct str fixed = {0};
	utf8_repair(&fixed, out);
	out = arena_span(a, str_view(&fixed));
	str_done(&fixed);
	return out;
}

static const struct param *find_param(struct span name, enum route route)
{
	for (size_t i = 0; i < N_PARAMS; i++)
		if (span_is(name, params[i].name) && (params[i].routes & (1u << route)))
			return &params[i];
	return NULL;
}

static int unknown_param(struct span name, enum route route, struct err *err)
{
	struct str list = {0}, safe = {0};
	for (size_t i = 0; i < N_PARAMS; i++)
		if (params[i].routes & (1u << route))
			str_printf(&list, "%s%s", list.n ? ", " : "", params[i].name);
	utf8_printable(&safe, name.n > 60 ? (struct span){name.p, utf8_floor(name, 60)} : name, false);
	int rc = err_set(err, ERR_BAD_ARGUMENT, "no parameter \"%s\" here; there are: %s", str_cz(&safe), str_cz(&list));
	str_done(&list);
	str_done(&safe);
	return rc;
}

static int read_pair(struct reading *rd, struct span name, struct span value, struct err *err)
{
	const struct param *p = find_param(name, rd->r->route);
	if (!p)
		return unknown_param(name, rd->r->route, err);
	uint64_t bit = (uint64_t)1 << (p - params);
	if (p->kind == KIND_TEXT && value.n > rd->limits->query_bytes)
		return err_set(err, ERR_LIMIT, "q: %zu bytes; at most %u", value.n, rd->limits->query_bytes);
	if (rd->seen & bit && p->kind != KIND_FILTER)
		return err_set(err, ERR_BAD_ARGUMENT, "%s is given twice", p->name);
	rd->seen |= bit;
	value = span_trim(value);
	if (!value.n && (p->kind == KIND_TEXT || p->kind == KIND_NAME || p->kind == KIND_PREFIX || p->kind == KIND_FACETS))
		return 0;
	return read_value(rd, p, value, err);
}

static int read_query(struct reading *rd, struct span query, struct err *err)
{
	struct span piece;
	while (span_cut(&query, '&', &piece)) {
		ptrdiff_t eq = span_find(piece, SPAN("="));
		struct span name = eq < 0 ? piece : span_sub(piece, 0, (size_t)eq);
		struct span value = eq < 0 ? SPAN("") : span_sub(piece, (size_t)eq + 1, piece.n);
		if (!piece.n)
			continue;
		int rc = read_pair(rd, decode(rd->a, name), decode(rd->a, value), err);
		if (rc)
			return rc;
	}
	return 0;
}

static int find_route(const struct ask *ask, struct request *r, struct err *err)
{
	struct span path = ask->path;
	static const struct { const char *path; enum route route; } routes[] = {{"/v1/search", ROUTE_SEARCH}, {"/v1/facets", ROUTE_FACETS},
		{"/v1/timeline", ROUTE_TIMELINE}, {"/v1/who", ROUTE_WHO}, {"/v1/meetings", ROUTE_MEETINGS}, {"/v1/leaders", ROUTE_LEADERS},
		{"/v1/suggest", ROUTE_SUGGEST}};
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		if (span_is(path, routes[i].path)) {
			r->route = routes[i].route;
			return 0;
		}
	if (!span_starts(path, "/v1/docs/") || path.n == strlen("/v1/docs/"))
		return err_set(err, ERR_NO_ROUTE, "no such path; see /v1/openapi.yaml");
	r->doc_id = span_sub(path, strlen("/v1/docs/"), path.n);
	r->route = ROUTE_DOC;
	if (!ask->whole_id && span_ends(r->doc_id, "/similar") && r->doc_id.n > strlen("/similar")) {
		r->doc_id.n -= strlen("/similar");
		r->route = ROUTE_SIMILAR;
	}
	return 0;
}

/* ---- the sum ---- */

static void hash_more(uint64_t *h, struct span s) { *h = (*h ^ span_hash(s)) * 0x9E3779B97F4A7C15u + s.n; }
static void hash_number(uint64_t *h, uint64_t v) { hash_more(h, (struct span){(const char *)&v, sizeof v}); }

static void make_hashes(struct request *r, const struct ask *ask)
{
	uint64_t h = r->route == ROUTE_FACETS ? ROUTE_SEARCH : r->route;
	hash_more(&h, r->q);
	for (size_t i = 0; i < r->n_filters; i++) {
		hash_number(&h, r->filters[i].field * 4u + r->filters[i].mode);
		for (size_t k = 0; k < r->filters[i].n; k++)
			hash_more(&h, r->filters[i].values[k]);
	}
	hash_number(&h, (uint64_t)(uint32_t)r->bounds.from << 32 | (uint32_t)r->bounds.to);
	hash_number(&h, (uint64_t)r->mentioned | (uint64_t)r->within << 1 | (uint64_t)r->stories << 2 | (uint64_t)r->has_from << 3 | (uint64_t)r->has_to << 4 | (uint64_t)r->in_office << 5);
	hash_number(&h, (uint64_t)r->match * 4 + r->sort);
	hash_number(&h, r->has_since ? r->since + 1 : 0);
	hash_more(&h, r->name);
	hash_more(&h, r->country);
	hash_number(&h, (uint64_t)(r->office_kind + 1) << 33 | (uint64_t)r->has_day << 32 | (uint32_t)r->day.from);
	r->identity = h;
	hash_more(&h, ask->path);
	hash_more(&h, ask->query);
	hash_number(&h, ask->whole_id);
	r->hash = h;
}

int request_read(struct arena *a, const struct ask *ask, const struct engine_limits *limits, struct request *out, struct err *err)
{
	*out = (struct request){.limit = 10, .snippet = 240, .bounds = {DAY_MIN, DAY_MAX, PREC_DAY}, .office_kind = -1};
	struct reading rd = {.a = a, .limits = limits, .r = out};
	int rc = find_route(ask, out, err);
	if (rc)
		return rc;
	if (!span_is(ask->method, "GET") && !span_is(ask->method, "HEAD"))
		return err_set(err, ERR_METHOD, "%.20s is not allowed here; GET is", arena_z(a, ask->method));
	rc = read_query(&rd, ask->query, err);
	if (rc)
		return rc;
	if (out->bounds.from > out->bounds.to)
		return err_set(err, ERR_BAD_DATE, "from is after to");
	if (!rd.sort_given)
		out->sort = out->route == ROUTE_TIMELINE ? SORT_OLDEST : out->q.n ? SORT_RELEVANCE : SORT_NEWEST;
	make_hashes(out, ask);
	return 0;
}

bool range_parse(struct span s, struct interval *out)
{
	ptrdiff_t dots = span_find(s, SPAN(".."));
	if (dots < 0)
		return interval_parse(s, out);
	struct interval i = {DAY_MIN, DAY_MAX, PREC_DAY}, b;
	struct span from = span_trim(span_sub(s, 0, (size_t)dots)), to = span_trim(span_sub(s, (size_t)dots + 2, s.n));
	if ((!from.n && !to.n) || (from.n && !interval_parse(from, &i)) || (to.n && !interval_parse(to, &b)))
		return false;
	if (!to.n)
		b = (struct interval){DAY_MAX, DAY_MAX, PREC_DAY};
	if (!from.n)
		i = (struct interval){DAY_MIN, DAY_MIN, PREC_DAY};
	*out = (struct interval){i.from < b.from ? i.from : b.from, b.to > i.to ? b.to : i.to, PREC_DAY};
	return true;
}
