// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing: documents -> a database; merging; checking.
 *
 * A Xapian document is a std::map of terms, so what a call costs is its nodes; strings are assigned into one that keeps
 * its room. Terms are checked before Xapian sees them, for Xapian drops everything since the last commit when one
 * document fails half-way.
 */
#include "xc.h"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <streambuf>

namespace
{

const size_t TERM_MAX = 245; /* glass */

} // namespace

struct xc_writer {
	Xapian::WritableDatabase db;
	std::string scratch;
	int broken = XC_OK;
};

namespace
{

int action_of(enum xc_create create)
{
	switch (create) {
	case XC_CREATE: return Xapian::DB_CREATE;
	case XC_CREATE_OR_OPEN: return Xapian::DB_CREATE_OR_OPEN;
	case XC_OVERWRITE: return Xapian::DB_CREATE_OR_OVERWRITE;
	}
	throw xc::refused{XC_EINVAL, "unknown way to create a database"};
}

int flags_of(const struct xc_write_options &o)
{
	int flags = action_of(o.create) | Xapian::DB_BACKEND_GLASS;
	flags |= o.flags & XC_NO_TERMLIST ? Xapian::DB_NO_TERMLIST : 0;
	flags |= o.flags & XC_NO_SYNC ? Xapian::DB_NO_SYNC : 0;
	flags |= o.flags & XC_DANGEROUS ? Xapian::DB_DANGEROUS : 0;
	return flags;
}

void check_term(const struct xc_term &t)
{
	xc::require(t.bytes && t.len > 0, "an empty term");
	xc::require(t.n_positions == 0 || t.positions, "a term has positions, but they are NULL");
	if (t.len <= TERM_MAX / 2)
		return;
	const char *bytes = static_cast<const char *>(t.bytes);
	size_t zeros = static_cast<size_t>(std::count(bytes, bytes + std::min(t.len, TERM_MAX), '\0'));
	xc::require(t.len + zeros <= TERM_MAX, "a term of more than 245 bytes");
}

void check_doc(const struct xc_doc &doc)
{
	xc::require(doc.terms || !doc.n_terms, "terms are NULL, but their number is not 0");
	xc::require(doc.values || !doc.n_values, "values are NULL, but their number is not 0");
	xc::require(doc.data || !doc.data_len, "data is NULL, but its length is not 0");
	for (size_t i = 0; i < doc.n_terms; i++)
		check_term(doc.terms[i]);
	for (size_t i = 0; i < doc.n_values; i++) {
		xc::require(doc.values[i].bytes || !doc.values[i].len, "a value is NULL, but its length is not 0");
		xc::require(doc.values[i].slot != Xapian::BAD_VALUENO, "no such slot");
	}
}

Xapian::Document document_of(const struct xc_doc &in, std::string &scratch)
{
	Xapian::Document doc;
	for (const struct xc_term *t = in.terms; t != in.terms + in.n_terms; t++) {
		scratch.assign(static_cast<const char *>(t->bytes), t->len);
		doc.add_term(scratch, t->wdf);
		for (uint32_t i = 0; i < t->n_positions; i++)
			doc.add_posting(scratch, t->positions[i], 0);
	}
	for (const struct xc_value *v = in.values; v != in.values + in.n_values; v++) {
		scratch.assign(v->len ? static_cast<const char *>(v->bytes) : "", v->len);
		doc.add_value(v->slot, scratch);
	}
	scratch.assign(in.data_len ? static_cast<const char *>(in.data) : "", in.data_len);
	doc.set_data(scratch);
	return doc;
}

/* Runs what writes; a failure of it breaks the writer. */
template <class Body> int write(struct xc_writer *w, struct xc_err *err, Body &&body) noexcept
{
	int code = xc::guard(err, body);
	if (code != XC_OK)
		w->broken = code;
	return code;
}

int refuse_broken(const struct xc_writer *w, struct xc_err *err) noexcept
{
	if (!w)
		return xc::fail(err, XC_EINVAL, "no writer");
	if (w->broken != XC_OK)
		return xc::fail(err, w->broken, "the writer has failed before: discard it");
	return XC_OK;
}

} // namespace

int xc_writer_open(const char *dir, const struct xc_write_options *options, struct xc_writer **out, struct xc_err *err)
{
	return xc::guard(err, [&] {
		xc::require(dir && out, "no directory");
		const struct xc_write_options o = options ? *options : xc_write_options();
		auto w = std::make_unique<xc_writer>();
		w->db = Xapian::WritableDatabase(dir, flags_of(o), static_cast<int>(o.block_size));
		*out = w.release();
	});
}

int xc_writer_add(struct xc_writer *writer, const struct xc_doc *doc, uint32_t *docid, struct xc_err *err)
{
	Xapian::docid id = 0;
	std::unique_ptr<Xapian::Document> made;
	int code = refuse_broken(writer, err);
	if (code == XC_OK)
		code = xc::guard(err, [&] {
			xc::require(doc, "no document");
			check_doc(*doc);
			made = std::make_unique<Xapian::Document>(document_of(*doc, writer->scratch));
		});
	if (code == XC_OK)
		code = write(writer, err, [&] { id = writer->db.add_document(*made); });
	if (code == XC_OK && docid)
		*docid = id;
	return code;
}

int xc_writer_set_metadata(struct xc_writer *writer, const void *key, size_t key_len, const void *value, size_t value_len, struct xc_err *err)
{
	std::string k, v;
	int code = refuse_broken(writer, err);
	if (code == XC_OK)
		code = xc::guard(err, [&] {
			xc::require(key_len > 0 && key_len <= TERM_MAX / 2, "a metadata key has 1 to 122 bytes");
			k = xc::bytes_of(key, key_len);
			v = xc::bytes_of(value, value_len);
		});
	if (code == XC_OK)
		code = write(writer, err, [&] { writer->db.set_metadata(k, v); });
	return code;
}

int xc_writer_doccount(struct xc_writer *writer, uint32_t *out, struct xc_err *err)
{
	int code = refuse_broken(writer, err);
	return code ? code : xc::guard(err, [&] { *out = writer->db.get_doccount(); });
}

int xc_writer_commit(struct xc_writer *writer, struct xc_err *err)
{
	int code = refuse_broken(writer, err);
	return code ? code : write(writer, err, [&] { writer->db.commit(); });
}

int xc_writer_close(struct xc_writer *writer, struct xc_err *err)
{
	if (!writer)
		return XC_OK;
	int code = xc_writer_commit(writer, err);
	if (code == XC_OK)
		code = write(writer, err, [&] { writer->db.close(); });
	xc_writer_discard(writer);
	return code;
}

/* A destructor of Xapian's would commit; inside a transaction it does not. */
void xc_writer_discard(struct xc_writer *writer)
{
	if (!writer)
		return;
	xc::guard(nullptr, [&] { writer->db.begin_transaction(false); });
	xc::guard(nullptr, [&] { writer->db.close(); });
	xc::guard(nullptr, [&] { delete writer; });
}

namespace
{

class progress_compactor : public Xapian::Compactor
{
	const struct xc_compact_args &in;

      public:
	explicit progress_compactor(const struct xc_compact_args &in_) : in(in_) {}
	void set_status(const std::string &table, const std::string &status) override
	{
		if (in.progress)
			xc::stop_if(in.progress(in.data, table.c_str(), status.c_str()));
	}
};

unsigned compact_flags(unsigned flags)
{
	unsigned out = flags & XC_FAST ? Xapian::Compactor::STANDARD : Xapian::Compactor::FULL;
	out |= flags & XC_KEEP_IDS ? Xapian::DBCOMPACT_NO_RENUMBER : 0;
	out |= flags & XC_MULTIPASS ? Xapian::DBCOMPACT_MULTIPASS : 0;
	out |= flags & XC_SINGLE_FILE ? Xapian::DBCOMPACT_SINGLE_FILE : 0;
	return out;
}

/* Xapian would write over a database that is there. */
void refuse_something(const char *dest)
{
	std::error_code error;
	const bool there = std::filesystem::exists(dest, error);
	xc::require(!there || std::filesystem::is_empty(dest, error), "there is something at the destination already");
}

/* Cuts what the checker prints into lines. */
class line_buffer : public std::streambuf
{
	int (*line)(void *, const char *, size_t);
	void *data;
	std::string text;

	int_type overflow(int_type c) override
	{
		if (c == '\n')
			flush_line();
		else if (c != traits_type::eof())
			text.push_back(static_cast<char>(c));
		return traits_type::not_eof(c);
	}

      public:
	line_buffer(int (*line_)(void *, const char *, size_t), void *data_) : line(line_), data(data_) {}
	void flush_line()
	{
		std::string whole;
		whole.swap(text);
		if (line)
			xc::stop_if(line(data, whole.c_str(), whole.size()));
	}
	void flush_rest()
	{
		if (!text.empty())
			flush_line();
	}
};

} // namespace

int xc_compact(const struct xc_compact_args *in, struct xc_err *err)
{
	return xc::guard(err, [&] {
		xc::require(in && in->dirs && in->n_dirs > 0 && in->dest, "nothing to merge");
		Xapian::Database all;
		for (size_t i = 0; i < in->n_dirs; i++) {
			xc::require(in->dirs[i], "a directory is NULL");
			all.add_database(Xapian::Database(in->dirs[i]));
		}
		refuse_something(in->dest);
		progress_compactor compactor(*in);
		all.compact(in->dest, compact_flags(in->flags), static_cast<int>(in->block_size), compactor);
	});
}

int xc_check(const char *dir, uint64_t *n_errors, int (*line)(void *data, const char *text, size_t len), void *data, struct xc_err *err)
{
	return xc::guard(err, [&] {
		xc::require(dir && n_errors, "no directory");
		line_buffer lines(line, data);
		std::ostream out(&lines);
		out.exceptions(std::ios::badbit); // or a stream would swallow what a callback's stop throws
		uint64_t found = Xapian::Database::check(dir, 0, &out);
		lines.flush_rest();
		*n_errors = found;
	});
}
