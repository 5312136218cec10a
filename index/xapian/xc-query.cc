// SPDX-License-Identifier: GPL-2.0-or-later
/* Queries: trees of Xapian::Query, which is a counted reference, so that children are shared and freed by themselves.
 * Leaves that are posting sources are in xc-source.cc. */
#include "xc.h"

#include <cmath>

using xc::guard;
using xc::require;

namespace
{

Xapian::Query::op op_of(enum xc_op op)
{
	switch (op) {
	case XC_AND: return Xapian::Query::OP_AND;
	case XC_OR: return Xapian::Query::OP_OR;
	case XC_AND_NOT: return Xapian::Query::OP_AND_NOT;
	case XC_FILTER: return Xapian::Query::OP_FILTER;
	case XC_AND_MAYBE: return Xapian::Query::OP_AND_MAYBE;
	case XC_PHRASE: return Xapian::Query::OP_PHRASE;
	case XC_NEAR: return Xapian::Query::OP_NEAR;
	case XC_SYNONYM: return Xapian::Query::OP_SYNONYM;
	}
	throw xc::refused{XC_EINVAL, "unknown operator"};
}

void give(struct xc_query **out, Xapian::Query &&query)
{
	require(out, "nowhere to put the query");
	auto q = std::make_unique<xc_query>();
	q->query = query;
	*out = q.release();
}

void take_bounds(struct xc_query *q, const struct xc_query *sub) { q->bounds.insert(q->bounds.end(), sub->bounds.begin(), sub->bounds.end()); }

int limit_of(enum xc_wildcard when_more)
{
	switch (when_more) {
	case XC_WILDCARD_ERROR: return Xapian::Query::WILDCARD_LIMIT_ERROR;
	case XC_WILDCARD_FIRST: return Xapian::Query::WILDCARD_LIMIT_FIRST;
	case XC_WILDCARD_MOST_FREQUENT: return Xapian::Query::WILDCARD_LIMIT_MOST_FREQUENT;
	}
	throw xc::refused{XC_EINVAL, "unknown limit of a wildcard"};
}

Xapian::Query range_of(uint32_t slot, const std::string *low, const std::string *high)
{
	if (low && high)
		return *low > *high ? Xapian::Query() : Xapian::Query(Xapian::Query::OP_VALUE_RANGE, slot, *low, *high);
	if (low)
		return Xapian::Query(Xapian::Query::OP_VALUE_GE, slot, *low);
	if (high)
		return Xapian::Query(Xapian::Query::OP_VALUE_LE, slot, *high);
	return Xapian::Query(std::string());
}

} // namespace

void xc_query_free(struct xc_query *query) { delete query; }

int xc_query_term(const void *term, size_t len, uint32_t wqf, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(len > 0, "an empty term");
		give(out, Xapian::Query(xc::bytes_of(term, len), wqf));
	});
}

int xc_query_all(struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] { give(out, Xapian::Query(std::string())); });
}

int xc_query_nothing(struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] { give(out, Xapian::Query()); });
}

int xc_query_combine(enum xc_op op, const struct xc_query *const *subs, size_t n, uint32_t window, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(out && (subs || !n), "no queries to combine");
		auto q = std::make_unique<xc_query>();
		std::vector<Xapian::Query> children;
		children.reserve(n);
		for (size_t i = 0; i < n; i++) {
			require(subs[i], "a query is NULL");
			children.push_back(subs[i]->query);
			take_bounds(q.get(), subs[i]);
		}
		q->query = Xapian::Query(op_of(op), children.begin(), children.end(), window);
		*out = q.release();
	});
}

int xc_query_scale(const struct xc_query *sub, double factor, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(sub && out, "no query to scale");
		require(std::isfinite(factor) && factor >= 0, "a factor must be 0 or more");
		auto q = std::make_unique<xc_query>();
		q->query = Xapian::Query(Xapian::Query::OP_SCALE_WEIGHT, sub->query, factor);
		take_bounds(q.get(), sub);
		for (auto &bound : q->bounds)
			if (factor > 1)
				bound->factor *= factor;
		*out = q.release();
	});
}

int xc_query_range(uint32_t slot, const void *low, size_t low_len, const void *high, size_t high_len, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		const std::string from = xc::bytes_of(low, low_len);
		const std::string to = xc::bytes_of(high, high_len);
		give(out, range_of(slot, low ? &from : nullptr, high ? &to : nullptr));
	});
}

int xc_query_wildcard(const void *prefix, size_t len, uint32_t max_terms, enum xc_wildcard when_more, enum xc_op combiner, struct xc_query **out,
		      struct xc_err *err)
{
	return guard(err, [&] {
		require(combiner == XC_OR || combiner == XC_SYNONYM, "a wildcard is combined by OR or SYNONYM");
		require(when_more != XC_WILDCARD_MOST_FREQUENT || max_terms > 0, "the most frequent of how many?");
		give(out, Xapian::Query(Xapian::Query::OP_WILDCARD, xc::bytes_of(prefix, len), max_terms, limit_of(when_more), op_of(combiner)));
	});
}

int xc_query_describe(const struct xc_query *query, struct xc_buf *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(query, "no query");
		xc::buf_set(out, query->query.get_description());
	});
}
