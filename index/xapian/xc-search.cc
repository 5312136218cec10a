// SPDX-License-Identifier: GPL-2.0-or-later
/* Searching: one query -> one block of hits.
 *
 * The functors (spies, decider, key maker) live on this function's stack and outlive the Enquire that uses them, so nothing is
 * handed over and nothing can leak. Results are copied into one block of memory: hits, then the bytes of their keys.
 */
#include "xc.h"

#include <cstring>
#include <deque>
#include <new>

using xc::guard;
using xc::require;

thread_local const xc::search_context *xc::current_search = nullptr;

struct xc_seen {
	const xc::search_context *search = nullptr;
	const Xapian::Document *doc = nullptr;
	std::deque<std::string> values; /* handed out in this callback; a deque, for they must not move */
	size_t n_values = 0;
	std::exception_ptr failure;
};

/* Xapian shows the shard's own id. */
uint32_t xc_seen_docid(const struct xc_seen *seen)
{
	const xc::search_context *search = seen->search;
	uint32_t local = seen->doc->get_docid();
	return search->db->n_shards > 1 ? xc_global_id(local, search->shard, search->db->n_shards) : local;
}

int xc_seen_value(const struct xc_seen *looked, uint32_t slot, const void **bytes, size_t *len)
{
	struct xc_seen *seen = const_cast<struct xc_seen *>(looked);
	try {
		if (seen->n_values == seen->values.size())
			seen->values.emplace_back();
		std::string &value = seen->values[seen->n_values];
		value = seen->doc->get_value(slot);
		seen->n_values++;
		*bytes = value.data();
		*len = value.size();
		return XC_OK;
	} catch (...) {
		seen->failure = std::current_exception();
		return xc::translate(nullptr);
	}
}

namespace
{

/* Calls C with a document; then, C having returned, throws what there is to throw. */
template <class Call> void show(struct xc_seen &seen, const Xapian::Document &doc, Call &&call)
{
	seen.search = xc::current_search;
	seen.doc = &doc;
	seen.n_values = 0;
	int answer = call(&seen);
	if (seen.failure)
		std::rethrow_exception(seen.failure);
	xc::stop_if(answer);
}

class spy : public Xapian::MatchSpy
{
	const struct xc_spy in;
	struct xc_seen seen;

      public:
	explicit spy(const struct xc_spy &in_) : in(in_) {}
	void operator()(const Xapian::Document &doc, double weight) override
	{
		show(seen, doc, [&](const struct xc_seen *s) { return in.see(in.data, s, weight); });
	}
};

class decider : public Xapian::MatchDecider
{
	const struct xc_decider in;
	mutable struct xc_seen seen;

      public:
	explicit decider(const struct xc_decider &in_) : in(in_) {}
	bool operator()(const Xapian::Document &doc) const override
	{
		int keep = 1;
		show(seen, doc, [&](const struct xc_seen *s) { return in.decide(in.data, s, &keep); });
		return keep != 0;
	}
};

class keymaker : public Xapian::KeyMaker
{
	const struct xc_keymaker in;
	mutable struct xc_seen seen;

      public:
	explicit keymaker(const struct xc_keymaker &in_) : in(in_) {}
	std::string operator()(const Xapian::Document &doc) const override
	{
		const void *key = nullptr;
		size_t len = 0;
		show(seen, doc, [&](const struct xc_seen *s) { return in.make(in.data, s, &key, &len); });
		return xc::bytes_of(key, len);
	}
};

/* A search may be run from a callback of another one, so what was there before is put back. */
class context_scope
{
	const xc::search_context *before = xc::current_search;

      public:
	explicit context_scope(const xc::search_context *now) { xc::current_search = now; }
	~context_scope() { xc::current_search = before; }
	context_scope(const context_scope &) = delete;
	context_scope &operator=(const context_scope &) = delete;
};

void set_weighting(Xapian::Enquire &enquire, const struct xc_weighting &w)
{
	switch (w.scheme) {
	case XC_BM25_DEFAULT: return;
	case XC_BM25: return enquire.set_weighting_scheme(Xapian::BM25Weight(w.k1, w.k2, w.k3, w.b, w.min_normlen));
	case XC_BOOL: return enquire.set_weighting_scheme(Xapian::BoolWeight());
	}
	throw xc::refused{XC_EINVAL, "unknown weighting"};
}

void set_sort(Xapian::Enquire &enquire, const struct xc_search_args &in, Xapian::KeyMaker *keys)
{
	const bool reverse = in.sort_reverse != 0;
	require(in.sort < XC_BY_KEY || in.key.make, "sorting by key needs a key maker");
	switch (in.sort) {
	case XC_BY_RELEVANCE: return;
	case XC_BY_VALUE: return enquire.set_sort_by_value(in.sort_slot, reverse);
	case XC_BY_VALUE_THEN_RELEVANCE: return enquire.set_sort_by_value_then_relevance(in.sort_slot, reverse);
	case XC_BY_RELEVANCE_THEN_VALUE: return enquire.set_sort_by_relevance_then_value(in.sort_slot, reverse);
	case XC_BY_KEY: return enquire.set_sort_by_key(keys, reverse);
	case XC_BY_KEY_THEN_RELEVANCE: return enquire.set_sort_by_key_then_relevance(keys, reverse);
	case XC_BY_RELEVANCE_THEN_KEY: return enquire.set_sort_by_relevance_then_key(keys, reverse);
	}
	throw xc::refused{XC_EINVAL, "unknown order"};
}

void set_order(Xapian::Enquire &enquire, enum xc_docid_order order)
{
	switch (order) {
	case XC_LOWEST_FIRST: return enquire.set_docid_order(Xapian::Enquire::ASCENDING);
	case XC_HIGHEST_FIRST: return enquire.set_docid_order(Xapian::Enquire::DESCENDING);
	case XC_ANY_ORDER: return enquire.set_docid_order(Xapian::Enquire::DONT_CARE);
	}
	throw xc::refused{XC_EINVAL, "unknown order of documents"};
}

bool shows_documents(const struct xc_search_args &in) { return in.n_spies || in.decider.decide || in.sort >= XC_BY_KEY; }

void set_query(Xapian::Enquire &enquire, const struct xc_search_args &in)
{
	Xapian::Query query = in.query->query;
	if (in.filter)
		query = Xapian::Query(Xapian::Query::OP_FILTER, query, in.filter->query);
	if (shows_documents(in) && xc::current_search->db->n_shards > 1)
		query = Xapian::Query(Xapian::Query::OP_FILTER, query, xc::shard_tracer());
	enquire.set_query(query);
}

void set_up(Xapian::Enquire &enquire, const struct xc_search_args &in, Xapian::KeyMaker *keys)
{
	set_query(enquire, in);
	set_weighting(enquire, in.weighting);
	set_sort(enquire, in, keys);
	set_order(enquire, in.docid_order);
	if (in.collapse_max)
		enquire.set_collapse_key(in.collapse_slot, in.collapse_max);
	if (in.weight_min > 0)
		enquire.set_cutoff(0, in.weight_min);
	if (in.time_limit_ms)
		enquire.set_time_limit(in.time_limit_ms / 1000.0);
}

/* ---- Copying out ---- */

/* The block: struct xc_hits, the hits, the keys. */
class block_builder
{
	struct xc_hits *block;
	struct xc_hit *hits;
	char *keys;

      public:
	block_builder(size_t n, size_t key_bytes)
	{
		const size_t head = sizeof *block, rows = n * sizeof *hits;
		char *memory = static_cast<char *>(::operator new(head + rows + key_bytes));
		std::memset(memory, 0, head + rows);
		block = reinterpret_cast<struct xc_hits *>(memory);
		hits = reinterpret_cast<struct xc_hit *>(memory + head);
		keys = memory + head + rows;
		block->hits = hits;
		block->n_hits = n;
	}
	~block_builder() { ::operator delete(block); }
	block_builder(const block_builder &) = delete;
	block_builder &operator=(const block_builder &) = delete;

	struct xc_hits *head() { return block; }
	struct xc_hit *row(size_t i) { return hits + i; }
	void put_key(size_t i, const std::string &key)
	{
		hits[i].sort_key = keys;
		hits[i].sort_key_len = key.size();
		keys += key.copy(keys, key.size());
	}
	struct xc_hits *release()
	{
		struct xc_hits *out = block;
		block = nullptr;
		return out;
	}
};

void copy_totals(struct xc_hits *out, const Xapian::MSet &mset)
{
	out->matches_min = mset.get_matches_lower_bound();
	out->matches_est = mset.get_matches_estimated();
	out->matches_max = mset.get_matches_upper_bound();
	out->uncollapsed_min = mset.get_uncollapsed_matches_lower_bound();
	out->uncollapsed_est = mset.get_uncollapsed_matches_estimated();
	out->uncollapsed_max = mset.get_uncollapsed_matches_upper_bound();
	out->weight_max_possible = mset.get_max_possible();
	out->weight_max_attained = mset.get_max_attained();
}

void copy_hit(struct xc_hit *out, const Xapian::MSetIterator &it, uint32_t n_shards, bool percent)
{
	out->docid = *it;
	out->shard = xc_shard_of(out->docid, n_shards);
	out->local_id = xc_local_id(out->docid, n_shards);
	out->collapse_count = it.get_collapse_count();
	out->weight = it.get_weight();
	out->percent = percent ? it.get_percent() : -1;
}

std::vector<std::string> keys_of(const Xapian::MSet &mset, enum xc_sort sort)
{
	std::vector<std::string> keys;
	if (sort != XC_BY_RELEVANCE)
		for (auto it = mset.begin(); it != mset.end(); ++it)
			keys.push_back(it.get_sort_key());
	return keys;
}

struct xc_hits *copy_out(const Xapian::MSet &mset, uint32_t n_shards, const struct xc_search_args &in)
{
	const std::vector<std::string> keys = keys_of(mset, in.sort);
	size_t key_bytes = 0;
	for (const std::string &key : keys)
		key_bytes += key.size();
	block_builder block(mset.size(), key_bytes);
	copy_totals(block.head(), mset);
	size_t i = 0;
	for (auto it = mset.begin(); it != mset.end(); ++it, i++) {
		copy_hit(block.row(i), it, n_shards, in.want_percent);
		if (!keys.empty())
			block.put_key(i, keys[i]);
	}
	return block.release();
}

} // namespace

int xc_search(struct xc_db *db, const struct xc_search_args *in, struct xc_hits **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && in && out && in->query, "a search needs a database and a query");
		require(in->spies || !in->n_spies, "spies are NULL");
		const xc::search_context context = {db, db->db.get_doccount(), db->db.get_average_length(), 0};
		context_scope scope(&context);
		std::deque<spy> spies;
		decider drop(in->decider);
		keymaker keys(in->key);
		Xapian::Enquire enquire(db->db);
		set_up(enquire, *in, &keys);
		for (size_t i = 0; i < in->n_spies; i++) {
			require(in->spies[i].see, "a spy has no function");
			enquire.add_matchspy(&spies.emplace_back(in->spies[i]));
		}
		const Xapian::MSet mset =
			enquire.get_mset(in->first, in->maxitems, in->check_at_least, nullptr, in->decider.decide ? &drop : nullptr);
		*out = copy_out(mset, db->n_shards ? db->n_shards : 1, *in);
	});
}

void xc_hits_free(struct xc_hits *hits) { ::operator delete(hits); }
