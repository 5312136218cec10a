// SPDX-License-Identifier: GPL-2.0-or-later
/* Posting sources: leaves of a query that are not in the database.
 *
 *     Xapian::PostingSource
 *       └ source         what all have in common: which shard, the careful minimum
 *           ├ function_source   calls C for each step
 *           ├ list_source       arrays of ids, with weights or wdf; whole blocks are skipped by their bounds
 *           └ bits_source       a bitmap
 *
 * Xapian clones a source for each shard and calls init() on the clone. Weights are only worth computing if somebody asks, or
 * if there is a minimum to be reached: then a posting below it is passed over here, in a tight loop, instead of being
 * given to the matcher and rejected there.
 */
#include "xc.h"

#include <algorithm>
#include <cmath>

using xc::guard;
using xc::require;

namespace
{

class source : public Xapian::PostingSource
{
	std::shared_ptr<xc::scale_bound> bound;
	double min_factor = 1;

      protected:
	explicit source(std::shared_ptr<xc::scale_bound> bound_) : bound(std::move(bound_)) {}
	source(const source &other) : Xapian::PostingSource(), bound(other.bound) {}

	/* To be called by init(). */
	void begin(const Xapian::Database &db, struct xc_shard *shard)
	{
		xc::shard_of(db, shard);
		min_factor = 1 / bound->factor;
	}

	/* min_weight in the source's own scale, with room for rounding: sums of weights are compared above. */
	double own_minimum(double min_weight) const { return min_weight <= 0 ? 0 : min_weight * min_factor - 1e-9 * get_maxweight(); }

      public:
	const std::shared_ptr<xc::scale_bound> &scale() const { return bound; }
};

/* ---- Functions ---- */

class function_source : public source
{
	const struct xc_source calls;
	void *state = nullptr;
	bool owns = false, ended = false;
	struct xc_at at = {};
	struct xc_bounds size = {};

	double asked(double min_weight)
	{
		at.weight_max = get_maxweight();
		return own_minimum(min_weight);
	}

	void arrive()
	{
		ended = at.docid == 0;
		if (at.weight_max < get_maxweight())
			set_maxweight(at.weight_max);
	}

      public:
	function_source(const struct xc_source &calls_, std::shared_ptr<xc::scale_bound> b) : source(b), calls(calls_) {}
	function_source(const function_source &other) : source(other), calls(other.calls) {}
	~function_source() override
	{
		if (owns && calls.release)
			calls.release(state);
	}

	Xapian::PostingSource *clone() const override
	{
		auto copy = std::make_unique<function_source>(*this);
		xc::stop_if(calls.clone(calls.data, &copy->state));
		copy->owns = true;
		return copy.release();
	}

	void init(const Xapian::Database &db) override
	{
		struct xc_shard shard;
		begin(db, &shard);
		size = {};
		xc::stop_if(calls.init(state, &shard, &size));
		require(size.docs_min <= size.docs_est && size.docs_est <= size.docs_max, "a posting source's bounds are not in order");
		set_maxweight(size.weight_max);
		at = {};
		ended = false;
	}

	Xapian::doccount get_termfreq_min() const override { return size.docs_min; }
	Xapian::doccount get_termfreq_est() const override { return size.docs_est; }
	Xapian::doccount get_termfreq_max() const override { return size.docs_max; }
	Xapian::docid get_docid() const override { return at.docid; }
	bool at_end() const override { return ended; }

	double get_weight() const override
	{
		double weight = 0;
		if (calls.weight)
			xc::stop_if(calls.weight(state, &weight));
		return weight;
	}

	void next(double min_weight) override
	{
		double least = asked(min_weight);
		xc::stop_if(calls.next(state, least, &at));
		arrive();
	}

	void skip_to(Xapian::docid docid, double min_weight) override
	{
		double least = asked(min_weight);
		xc::stop_if(calls.skip_to(state, docid, least, &at));
		arrive();
	}

	std::string get_description() const override { return "source"; }
};

/* ---- Arrays ---- */

/* What the clones of one xc_query_lists() share. */
struct list_set {
	struct xc_lists in;
	std::vector<struct xc_list> shards;
	std::vector<float> highest; /* of XC_LIST_FLOATS without blocks, for each shard */
	std::string name;
	unsigned shift = 0; /* log2 of block_size */
	uint64_t total = 0; /* postings in all shards */
};

class list_source : public source
{
	const std::shared_ptr<const list_set> set;
	struct xc_list list = {};
	struct xc_bm25 bm25 = {};
	double factor = 1;
	uint32_t pos = 0, seen_block = UINT32_MAX;
	bool started = false, blocks = false;
	double seen_bound = 0;      /* of seen_block */
	mutable double weight = -1; /* of the present posting; below 0: not yet computed */

	double weight_at(uint32_t i) const
	{
		if (set->in.kind == XC_LIST_FLOATS)
			return factor * static_cast<double>(list.weights[i]);
		if (set->in.kind == XC_LIST_PLAIN)
			return 0;
		return xc_bm25_weight(&bm25, list.wdfs[i], list.lengths ? list.lengths[list.docids[i]] : 0);
	}

	double bound_of(uint32_t block) const
	{
		if (set->in.kind == XC_LIST_FLOATS)
			return factor * static_cast<double>(list.block_weight[block]);
		return xc_bm25_weight(&bm25, list.block_wdf[block], list.block_length ? list.block_length[block] : 0);
	}

	/* True if something in the block of `i` may reach `least`. */
	bool hopeful(uint32_t i, double least)
	{
		uint32_t block = i >> set->shift;
		if (block != seen_block) {
			seen_block = block;
			seen_bound = bound_of(block);
		}
		return seen_bound >= least;
	}

	/* From pos on, to the first posting that may be given: its weight is `least` or more. */
	void settle(double least)
	{
		weight = -1;
		if (least <= 0 || set->in.kind == XC_LIST_PLAIN)
			return;
		for (; pos < list.n; pos++) {
			if (blocks && !hopeful(pos, least)) {
				pos |= set->in.block_size - 1; // the last of its block
				continue;
			}
			weight = weight_at(pos);
			if (weight >= least)
				return;
		}
		pos = list.n;
	}

	/* The first posting at `docid` or after it, from pos on: steps that double, then halving. */
	void gallop(uint32_t docid)
	{
		if (pos >= list.n || list.docids[pos] >= docid)
			return;
		uint32_t step = 1, low = pos;
		while (list.n - low > step && list.docids[low + step] < docid) {
			low += step;
			step *= 2;
		}
		uint32_t high = list.n - low > step ? low + step : list.n;
		pos = static_cast<uint32_t>(std::lower_bound(list.docids + low, list.docids + high, docid) - list.docids);
	}

	double highest(uint32_t shard) const
	{
		if (set->in.kind == XC_LIST_PLAIN || list.n == 0)
			return 0;
		if (!blocks && set->in.kind == XC_LIST_FLOATS)
			return factor * static_cast<double>(set->highest[shard]);
		if (!blocks)
			return xc_bm25_weight(&bm25, UINT16_MAX, 0);
		double best = 0;
		for (uint32_t b = 0; b <= (list.n - 1) >> set->shift; b++)
			best = std::max(best, bound_of(b));
		return best;
	}

	void prepare_bm25(const struct xc_shard &shard)
	{
		const struct xc_lists &in = set->in;
		uint32_t termfreq = in.termfreq ? in.termfreq : static_cast<uint32_t>(set->total);
		xc_bm25_init(&bm25, &in.weighting, in.collection_docs ? in.collection_docs : shard.collection_docs,
			     in.average_length > 0 ? in.average_length : shard.collection_average_length, termfreq, in.wqf ? in.wqf : 1);
	}

      public:
	list_source(std::shared_ptr<const list_set> set_, std::shared_ptr<xc::scale_bound> b) : source(b), set(set_) {}
	list_source(const list_source &other) : source(other), set(other.set) {}
	Xapian::PostingSource *clone() const override { return new list_source(*this); }

	void init(const Xapian::Database &db) override
	{
		struct xc_shard shard;
		begin(db, &shard);
		require(shard.n_shards == set->shards.size(), "a list has not as many shards as the database");
		list = shard.n_shards ? set->shards[shard.index] : xc_list();
		blocks = set->in.block_size && (list.block_weight || list.block_wdf);
		factor = set->in.scale > 0 ? set->in.scale : 1;
		if (set->in.kind == XC_LIST_BM25)
			prepare_bm25(shard);
		set_maxweight(highest(shard.index));
		pos = 0;
		seen_block = UINT32_MAX;
		started = false;
	}

	Xapian::doccount get_termfreq_min() const override { return list.n; }
	Xapian::doccount get_termfreq_est() const override { return list.n; }
	Xapian::doccount get_termfreq_max() const override { return list.n; }
	Xapian::docid get_docid() const override { return list.docids[pos]; }
	bool at_end() const override { return pos >= list.n; }

	double get_weight() const override
	{
		if (weight < 0)
			weight = weight_at(pos);
		return weight;
	}

	void next(double min_weight) override
	{
		if (started)
			pos++;
		started = true;
		settle(own_minimum(min_weight));
	}

	void skip_to(Xapian::docid docid, double min_weight) override
	{
		started = true;
		gallop(docid);
		settle(own_minimum(min_weight));
	}

	std::string get_description() const override { return set->name; }
};

/* ---- Bitmaps ---- */

struct bits_set {
	std::vector<struct xc_bits> shards;
	std::string name;
};

class bits_source : public source
{
	const std::shared_ptr<const bits_set> set;
	struct xc_bits bits = {};
	Xapian::docid at = 0;
	bool ended = false;

	/* To the first bit at `docid` or after it. */
	void find(Xapian::docid docid)
	{
		uint32_t word = docid / 64;
		if (word < bits.n_words) {
			uint64_t rest = bits.words[word] & (~UINT64_C(0) << (docid % 64));
			while (rest == 0 && ++word < bits.n_words)
				rest = bits.words[word];
			if (rest) {
				at = word * 64 + static_cast<Xapian::docid>(__builtin_ctzll(rest));
				return;
			}
		}
		ended = true;
	}

      public:
	bits_source(std::shared_ptr<const bits_set> set_, std::shared_ptr<xc::scale_bound> b) : source(b), set(set_) {}
	bits_source(const bits_source &other) : source(other), set(other.set) {}
	Xapian::PostingSource *clone() const override { return new bits_source(*this); }

	void init(const Xapian::Database &db) override
	{
		struct xc_shard shard;
		begin(db, &shard);
		require(shard.n_shards == set->shards.size(), "a bitmap has not as many shards as the database");
		bits = shard.n_shards ? set->shards[shard.index] : xc_bits();
		at = 0;
		ended = false;
	}

	Xapian::doccount get_termfreq_min() const override { return bits.count; }
	Xapian::doccount get_termfreq_est() const override { return bits.count; }
	Xapian::doccount get_termfreq_max() const override { return bits.count; }
	Xapian::docid get_docid() const override { return at; }
	bool at_end() const override { return ended; }
	void next(double) override { find(at + 1); }

	void skip_to(Xapian::docid docid, double) override
	{
		if (docid > at)
			find(docid);
	}

	std::string get_description() const override { return set->name; }
};

/* ---- Which shard? ---- */

/* Under FILTER this is the last to be asked, for it is the longest list: check() for each candidate that all the others have,
 * just before spies, deciders and key makers see it. Only if the rest is as long may it be asked to lead; then it walks
 * the list of all documents. */
class tracer : public Xapian::PostingSource
{
	Xapian::Database db;
	Xapian::PostingIterator all;
	struct xc_shard shard = {};
	Xapian::docid at = 0;
	bool ended = false;

	void arrive(Xapian::docid docid)
	{
		at = docid;
		xc::current_search->shard = shard.index;
	}

	void walk_to(Xapian::docid docid)
	{
		if (at == 0 || all == Xapian::PostingIterator())
			all = db.postlist_begin(std::string());
		if (all != db.postlist_end(std::string()) && *all < docid)
			all.skip_to(docid);
		if (all == db.postlist_end(std::string()))
			ended = true;
		else
			arrive(*all);
	}

      public:
	Xapian::PostingSource *clone() const override { return new tracer; }
	void init(const Xapian::Database &db_) override
	{
		db = db_;
		xc::shard_of(db, &shard);
		at = 0;
		ended = false;
	}
	Xapian::doccount get_termfreq_min() const override { return shard.doccount; }
	Xapian::doccount get_termfreq_est() const override { return shard.doccount; }
	Xapian::doccount get_termfreq_max() const override { return shard.doccount; }
	Xapian::docid get_docid() const override { return at; }
	bool at_end() const override { return ended; }
	void next(double) override { walk_to(at + 1); }
	void skip_to(Xapian::docid docid, double) override { walk_to(std::max(docid, at)); }
	bool check(Xapian::docid docid, double) override
	{
		arrive(docid);
		return true;
	}
	std::string get_description() const override { return "tracer"; }
};

/* ---- Checking what C gave ---- */

void check_list(const struct xc_lists &in, const struct xc_list &l)
{
	require(l.n < UINT32_MAX / 2, "a list is too long");
	if (l.n == 0)
		return;
	require(l.docids, "a list has no ids");
	require(in.kind != XC_LIST_FLOATS || l.weights, "a list has no weights");
	require(in.kind != XC_LIST_BM25 || l.wdfs, "a list has no wdfs");
	require(in.kind != XC_LIST_BM25 || l.lengths || in.weighting.b <= 0 || in.weighting.scheme != XC_BM25,
		"a list has no lengths, but b is not 0");
	require(in.kind != XC_LIST_BM25 || in.weighting.scheme != XC_BM25_DEFAULT || l.lengths, "a list has no lengths, but b is not 0");
}

void check_lists(const struct xc_lists *in)
{
	require(in && (in->shards || !in->n_shards), "no lists");
	require(in->kind >= XC_LIST_PLAIN && in->kind <= XC_LIST_BM25, "unknown kind of list");
	uint32_t size = in->block_size;
	require(size == 0 || (size >= 16 && size <= 65536 && (size & (size - 1)) == 0), "a block's size must be a power of two from 16 to 65536");
	require(in->kind != XC_LIST_BM25 || in->weighting.scheme != XC_BOOL, "BM25 lists need BM25 weighting");
	require(std::isfinite(in->scale) && in->scale >= 0, "a scale must be 0 or more");
	for (uint32_t i = 0; i < in->n_shards; i++)
		check_list(*in, in->shards[i]);
}

/* Blocks are used if all of a kind's bounds are there. */
struct xc_list usable(const struct xc_lists &in, struct xc_list l)
{
	if (in.kind != XC_LIST_FLOATS || !in.block_size)
		l.block_weight = nullptr;
	if (in.kind != XC_LIST_BM25 || !in.block_size || (l.lengths && !l.block_length))
		l.block_wdf = nullptr;
	return l;
}

std::shared_ptr<const list_set> set_of(const struct xc_lists &in)
{
	auto set = std::make_shared<list_set>();
	set->in = in;
	set->name = in.name ? in.name : "list";
	set->in.name = nullptr;
	while (in.block_size && (1U << set->shift) < in.block_size)
		set->shift++;
	for (uint32_t i = 0; i < in.n_shards; i++) {
		struct xc_list l = usable(in, in.shards[i]);
		set->shards.push_back(l);
		set->total += l.n;
		bool scan = in.kind == XC_LIST_FLOATS && !l.block_weight && l.n;
		set->highest.push_back(scan ? *std::max_element(l.weights, l.weights + l.n) : 0);
	}
	set->in.shards = nullptr;
	return set;
}

uint32_t count_bits(const struct xc_bits &b)
{
	uint64_t n = 0;
	for (uint32_t i = 0; i < b.n_words; i++)
		n += static_cast<uint64_t>(__builtin_popcountll(b.words[i]));
	return static_cast<uint32_t>(n);
}

std::shared_ptr<const bits_set> set_of(const struct xc_bits *shards, uint32_t n, const char *name)
{
	auto set = std::make_shared<bits_set>();
	set->name = name ? name : "bits";
	for (uint32_t i = 0; i < n; i++) {
		struct xc_bits b = shards[i];
		require(b.words || !b.n_words, "a bitmap is NULL");
		require(b.n_words <= UINT32_MAX / 64, "a bitmap is too long");
		require(!b.n_words || !(b.words[0] & 1), "a bitmap has document 0");
		b.count = b.count ? b.count : count_bits(b);
		set->shards.push_back(b);
	}
	return set;
}

/* Hands a source to Xapian: counted from here on, so that it is freed with the last query that has it. */
Xapian::Query hand_over(std::unique_ptr<Xapian::PostingSource> made)
{
	Xapian::Internal::opt_intrusive_ptr<Xapian::PostingSource> kept(made.release()->release());
	return Xapian::Query(kept.get());
}

void give(struct xc_query **out, std::unique_ptr<source> made)
{
	require(out, "nowhere to put the query");
	auto q = std::make_unique<xc_query>();
	q->bounds.push_back(made->scale());
	q->query = hand_over(std::move(made));
	*out = q.release();
}

} // namespace

Xapian::Query xc::shard_tracer() { return hand_over(std::make_unique<tracer>()); }

int xc_query_source(const struct xc_source *calls, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(calls && calls->clone && calls->init && calls->next && calls->skip_to,
			"a posting source needs clone, init, next and skip_to");
		give(out, std::make_unique<function_source>(*calls, std::make_shared<xc::scale_bound>()));
	});
}

int xc_query_lists(const struct xc_lists *lists, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		check_lists(lists);
		give(out, std::make_unique<list_source>(set_of(*lists), std::make_shared<xc::scale_bound>()));
	});
}

int xc_query_bits(const struct xc_bits *shards, uint32_t n_shards, const char *name, struct xc_query **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(shards || !n_shards, "no bitmaps");
		give(out, std::make_unique<bits_source>(set_of(shards, n_shards, name), std::make_shared<xc::scale_bound>()));
	});
}

/* The arithmetic and its order are Xapian's (Robertson/Sparck Jones weight without feedback, kept above 0), so that sums
 * of both kinds compare. */
void xc_bm25_init(struct xc_bm25 *out, const struct xc_weighting *weighting, uint32_t docs, double average_length, uint32_t termfreq, uint32_t wqf)
{
	const struct xc_weighting standard = {XC_BM25, 1, 0, 1, 0.5, 0.5};
	const struct xc_weighting &w = weighting && weighting->scheme == XC_BM25 ? *weighting : standard;
	double freq = std::min(termfreq, docs);
	double odds = (docs - freq + 0.5) / (freq + 0.5);
	double weight = std::log(odds < 2 ? odds * 0.5 + 1 : odds);
	if (w.k3 > 0)
		weight *= (w.k3 + 1) * wqf / (w.k3 + wqf);
	out->k1 = std::max(w.k1, 0.0);
	out->b = std::min(std::max(w.b, 0.0), 1.0);
	out->min_normlen = w.min_normlen;
	out->termweight = weight * (out->k1 + 1);
	out->len_factor = average_length > 0 ? 1 / average_length : 0;
}
