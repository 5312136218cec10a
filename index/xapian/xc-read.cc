// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading: one database or several as one; figures, documents, and streams that are copied out in chunks.
 *
 * A stream holds Xapian's iterator inside; the border sees copies alone. After an exception an iterator is in no state to
 * go on from, so the stream remembers the code and gives it from then on.
 */
#include "xc.h"

#include <cstring>

using xc::guard;
using xc::require;

int xc_open_many(const char *const *paths, size_t n, struct xc_db **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(out && (paths || n == 0), "no paths");
		auto db = std::make_unique<xc_db>();
		for (size_t i = 0; i < n; i++) {
			require(paths[i], "a path is NULL");
			db->db.add_database(Xapian::Database(paths[i]));
		}
		db->n_shards = static_cast<uint32_t>(db->db.size());
		if (n == 0) // Xapian refuses to search in nothing
			db->db = Xapian::Database(std::string(), Xapian::DB_BACKEND_INMEMORY);
		*out = db.release();
	});
}

int xc_open(const char *path, struct xc_db **out, struct xc_err *err) { return xc_open_many(&path, 1, out, err); }

void xc_close(struct xc_db *db) { delete db; }

int xc_reopen(struct xc_db *db, int *changed, struct xc_err *err)
{
	return guard(err, [&] {
		require(db, "no database");
		bool maybe = db->db.reopen();
		if (changed)
			*changed = maybe;
	});
}

int xc_stats(struct xc_db *db, struct xc_db_stats *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		struct xc_db_stats s = {};
		s.n_shards = db->n_shards;
		s.doccount = db->db.get_doccount();
		s.lastdocid = db->db.get_lastdocid();
		s.total_length = db->db.get_total_length();
		s.average_length = db->db.get_average_length();
		s.doclength_min = db->db.get_doclength_lower_bound();
		s.doclength_max = db->db.get_doclength_upper_bound();
		s.has_positions = db->db.has_positions();
		*out = s;
	});
}

namespace
{

Xapian::Database shard_at(struct xc_db *db, uint32_t i) { return Xapian::Database(db->db.internal[i].get()); }

} // namespace

/* A posting source is not told which shard it is in. The matcher wraps the very object that the combined database holds, so
 * the pointer tells (the uuid would too, but for two copies of one database). */
void xc::shard_of(const Xapian::Database &shard, struct xc_shard *out)
{
	const search_context *search = current_search;
	require(search && shard.size() == 1, "a posting source can only be used by xc_search");
	struct xc_shard s = {};
	s.n_shards = search->db->n_shards;
	s.doccount = shard.get_doccount();
	s.lastdocid = shard.get_lastdocid();
	s.collection_docs = search->docs;
	s.collection_average_length = search->average_length;
	const std::string uuid = shard.get_uuid();
	uuid.copy(s.uuid, sizeof s.uuid - 1);
	while (s.index < s.n_shards && search->db->db.internal[s.index].get() != shard.internal[0].get())
		s.index++;
	if (s.index == s.n_shards && s.n_shards > 0)
		throw refused{XC_EINTERNAL, "a posting source met a database that is not searched"};
	*out = s;
}

int xc_uuid(struct xc_db *db, uint32_t shard, char out[37], struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out && shard < db->n_shards, "no such shard");
		const std::string uuid = shard_at(db, shard).get_uuid();
		require(uuid.size() < XC_UUID_SIZE, "a database with a strange uuid");
		std::memcpy(out, uuid.c_str(), uuid.size() + 1);
	});
}

int xc_metadata(struct xc_db *db, const void *key, size_t key_len, struct xc_buf *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && key_len > 0, "an empty key");
		const std::string name = xc::bytes_of(key, key_len);
		std::string value;
		for (uint32_t i = 0; i < db->n_shards && value.empty(); i++)
			value = shard_at(db, i).get_metadata(name);
		xc::buf_set(out, value);
	});
}

int xc_term_stats(struct xc_db *db, const void *term, size_t len, struct xc_term_freqs *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		const std::string name = xc::bytes_of(term, len);
		struct xc_term_freqs s = {};
		s.termfreq = db->db.get_termfreq(name);
		if (s.termfreq && len) {
			s.collfreq = db->db.get_collection_freq(name);
			s.wdf_max = db->db.get_wdf_upper_bound(name);
		}
		*out = s;
	});
}

int xc_doc_length(struct xc_db *db, uint32_t docid, uint32_t *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		*out = db->db.get_doclength(docid);
	});
}

int xc_doc_data(struct xc_db *db, uint32_t docid, struct xc_buf *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db, "no database");
		xc::buf_set(out, db->db.get_document(docid).get_data());
	});
}

int xc_doc_value(struct xc_db *db, uint32_t docid, uint32_t slot, struct xc_buf *out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db, "no database");
		xc::buf_set(out, db->db.get_document(docid).get_value(slot));
	});
}

int xc_docs_data(struct xc_db *db, const uint32_t *docids, size_t n, struct xc_buf *out, size_t *ends, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out && (docids || !n) && (ends || !n), "an argument is NULL");
		out->len = 0;
		for (size_t i = 0; i < n; i++) {
			xc::buf_append(out, db->db.get_document(docids[i]).get_data());
			ends[i] = out->len;
		}
	});
}

int xc_positions(struct xc_db *db, uint32_t docid, const void *term, size_t len, uint32_t *out, size_t max, size_t *n, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && n && (out || !max), "an argument is NULL");
		const std::string name = xc::bytes_of(term, len);
		size_t found = 0;
		for (auto it = db->db.positionlist_begin(docid, name); found < max && it != db->db.positionlist_end(docid, name); ++it)
			out[found++] = *it;
		*n = found;
	});
}

/* ---- Streams ---- */

namespace
{

/* What the three streams have in common: an iterator, its end, and whether it has failed. */
template <class Iterator> struct stream {
	Iterator it, end;
	std::string text; /* the bytes of the rows of the last read */
	int broken = XC_OK;
};

template <class Stream, class Body> int use(Stream *s, struct xc_err *err, Body &&body) noexcept
{
	if (!s)
		return xc::fail(err, XC_EINVAL, "no stream");
	if (s->broken != XC_OK)
		return xc::fail(err, s->broken, "the stream has failed before: open a new one");
	int code = guard(err, body);
	if (code != XC_OK && code != XC_EINVAL)
		s->broken = code;
	return code;
}

/* Rows point into `text`, which moves while it grows: until the end they hold offsets. */
template <class Row> void point_rows(Row *rows, size_t n, const std::string &text)
{
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		rows[i].bytes = text.data() + at;
		at += rows[i].len;
	}
}

} // namespace

struct xc_postings : stream<Xapian::PostingIterator> {
};
struct xc_terms : stream<Xapian::TermIterator> {
};
struct xc_values : stream<Xapian::ValueIterator> {
};

int xc_postings_open(struct xc_db *db, const void *term, size_t len, struct xc_postings **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		const std::string name = xc::bytes_of(term, len);
		auto s = std::make_unique<xc_postings>();
		s->it = db->db.postlist_begin(name);
		s->end = db->db.postlist_end(name);
		*out = s.release();
	});
}

int xc_postings_read(struct xc_postings *list, uint32_t *docids, uint32_t *wdfs, uint32_t *lengths, size_t max, size_t *n, struct xc_err *err)
{
	return use(list, err, [&] {
		require(n && (docids || !max), "an argument is NULL");
		size_t got = 0;
		for (; got < max && list->it != list->end; ++list->it, got++) {
			docids[got] = *list->it;
			if (wdfs)
				wdfs[got] = list->it.get_wdf();
			if (lengths)
				lengths[got] = list->it.get_doclength();
		}
		*n = got;
	});
}

int xc_postings_skip_to(struct xc_postings *list, uint32_t docid, struct xc_err *err)
{
	return use(list, err, [&] {
		if (list->it != list->end && docid > *list->it)
			list->it.skip_to(docid);
	});
}

void xc_postings_close(struct xc_postings *list) { delete list; }

int xc_terms_open(struct xc_db *db, const void *prefix, size_t len, struct xc_terms **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		const std::string name = xc::bytes_of(prefix, len);
		auto s = std::make_unique<xc_terms>();
		s->it = db->db.allterms_begin(name);
		s->end = db->db.allterms_end(name);
		*out = s.release();
	});
}

int xc_terms_read(struct xc_terms *terms, struct xc_term_row *rows, size_t max, size_t *n, struct xc_err *err)
{
	return use(terms, err, [&] {
		require(n && (rows || !max), "an argument is NULL");
		size_t got = 0;
		terms->text.clear();
		for (; got < max && terms->it != terms->end; ++terms->it, got++) {
			const std::string term = *terms->it;
			terms->text += term;
			rows[got].len = term.size();
			rows[got].termfreq = terms->it.get_termfreq();
		}
		point_rows(rows, got, terms->text);
		*n = got;
	});
}

int xc_terms_skip_to(struct xc_terms *terms, const void *term, size_t len, struct xc_err *err)
{
	return use(terms, err, [&] {
		const std::string name = xc::bytes_of(term, len);
		if (terms->it != terms->end && name > *terms->it)
			terms->it.skip_to(name);
	});
}

void xc_terms_close(struct xc_terms *terms) { delete terms; }

int xc_values_open(struct xc_db *db, uint32_t slot, struct xc_values **out, struct xc_err *err)
{
	return guard(err, [&] {
		require(db && out, "no database");
		auto s = std::make_unique<xc_values>();
		s->it = db->db.valuestream_begin(slot);
		s->end = db->db.valuestream_end(slot);
		*out = s.release();
	});
}

int xc_values_read(struct xc_values *values, struct xc_value_row *rows, size_t max, size_t *n, struct xc_err *err)
{
	return use(values, err, [&] {
		require(n && (rows || !max), "an argument is NULL");
		size_t got = 0;
		values->text.clear();
		for (; got < max && values->it != values->end; ++values->it, got++) {
			const std::string value = *values->it;
			values->text += value;
			rows[got].len = value.size();
			rows[got].docid = values->it.get_docid();
		}
		point_rows(rows, got, values->text);
		*n = got;
	});
}

int xc_values_skip_to(struct xc_values *values, uint32_t docid, struct xc_err *err)
{
	return use(values, err, [&] {
		if (values->it != values->end && docid > values->it.get_docid())
			values->it.skip_to(docid);
	});
}

void xc_values_close(struct xc_values *values) { delete values; }
