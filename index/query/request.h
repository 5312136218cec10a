/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was asked: path and parameters, read by the table params.def. A parameter that is unknown, is given twice without need or has a bad
 * value is an error that names it and says what is allowed. Everything lives in the request's arena.
 */
#ifndef DOSSIER_INDEX_QUERY_REQUEST_H
#define DOSSIER_INDEX_QUERY_REQUEST_H

#include "index/query/answer.h"
#include "base/day.h"

enum route { ROUTE_SEARCH, ROUTE_FACETS, ROUTE_TIMELINE, ROUTE_WHO, ROUTE_MEETINGS, ROUTE_DOC, ROUTE_SIMILAR, ROUTE_LEADERS, ROUTE_SUGGEST };

/* Facets; the first five are fields that can be filtered by. */
#define FACETS(X) X(LEADER, "leader") X(COUNTRY, "country") X(SOURCE, "source") X(LANG, "lang") X(OFFICE, "office") X(DATE, "date") X(STORY, "story")
enum facet {
#define X(name, word) FACET_##name,
	FACETS(X)
#undef X
	N_FACETS,
	N_FIELDS = FACET_DATE,
	FACET_WORD = N_FACETS /* suggest alone */
};
const char *facet_word(enum facet f);

enum filter_mode { FILTER_ALL, FILTER_ANY, FILTER_NONE };
struct filter { /* one value of a parameter: leader=a (all), leader=a,b (any), leader=-a (none) */
	enum facet field;
	enum filter_mode mode;
	struct span *values;
	size_t n;
};

#define GRANULARITIES(X) X(AUTO, "auto") X(DAY, "day") X(MONTH, "month") X(YEAR, "year") X(DECADE, "decade") X(CENTURY, "century")
enum granularity {
#define X(name, word) GRAIN_##name,
	GRANULARITIES(X)
#undef X
	GRAIN_COUNT_
};
const char *granularity_word(enum granularity g);

struct facet_ask {
	enum facet facet;
	uint32_t n; /* how many values */
	enum granularity grain;
};

enum match_mode { MATCH_AUTO, MATCH_ALL, MATCH_ANY };
enum sort_mode { SORT_RELEVANCE, SORT_NEWEST, SORT_OLDEST };

#define MAX_FILTERS 32
struct request {
	enum route route;
	struct span doc_id;
	struct span q; /* empty: all documents */
	struct filter *filters;
	size_t n_filters, cap_filters;
	bool has_from, has_to;
	struct span from_text, to_text;
	struct interval bounds; /* from opened downwards, to upwards; DAY_MIN and DAY_MAX where open */
	bool mentioned;         /* the axis */
	bool within;
	enum match_mode match;
	enum sort_mode sort;
	bool has_since, stories, dropped, in_office;
	uint64_t since;
	struct facet_ask facets[N_FACETS];
	size_t n_facets;
	uint32_t limit, snippet;
	bool has_limit;
	struct span cursor;
	struct span name, country, prefix; /* leaders, suggest */
	int office_kind;                   /* enum office_kind or -1 */
	struct interval day;
	bool has_day;
	enum facet field;
	bool has_field;
	uint64_t identity; /* hash of all that decides which documents in which order: the query a cursor belongs to */
	uint64_t hash;     /* of everything */
};

int request_read(struct arena *a, const struct ask *ask, const struct engine_limits *limits, struct request *out, struct err *err) MUST_CHECK;

/* "2015", "2015-01", "2015..2016", "..2016", "2015-05..": an interval opened outwards. A reversed range is turned round. */
bool range_parse(struct span s, struct interval *out);

#endif
