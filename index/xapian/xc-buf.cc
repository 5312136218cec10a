// SPDX-License-Identifier: GPL-2.0-or-later
/* The growing buffer, and the stemmer: what needs no database. */
#include "xc.h"

#include <algorithm>
#include <cstring>

void xc::buf_reserve(struct xc_buf *buf, size_t size)
{
	require(buf, "no buffer");
	if (size <= buf->size && buf->bytes)
		return;
	size_t room = std::max(size, buf->size + buf->size / 2);
	room = std::max(room, static_cast<size_t>(64));
	char *bytes = new char[room];
	if (buf->len)
		std::memcpy(bytes, buf->bytes, buf->len);
	delete[] buf->bytes;
	buf->bytes = bytes;
	buf->size = room;
}

void xc::buf_append(struct xc_buf *buf, const std::string &bytes)
{
	buf_reserve(buf, buf->len + bytes.size());
	std::memcpy(buf->bytes + buf->len, bytes.data(), bytes.size());
	buf->len += bytes.size();
}

void xc::buf_set(struct xc_buf *buf, const std::string &bytes)
{
	buf_reserve(buf, bytes.size());
	buf->len = 0;
	buf_append(buf, bytes);
}

void xc_buf_done(struct xc_buf *buf)
{
	if (!buf)
		return;
	delete[] buf->bytes;
	*buf = XC_BUF;
}

struct xc_stemmer {
	Xapian::Stem stem;
	std::string word; /* kept for its room */
};

int xc_stemmer_new(const char *language, struct xc_stemmer **out, struct xc_err *err)
{
	return xc::guard(err, [&] {
		xc::require(language && out, "no language");
		*out = new xc_stemmer{Xapian::Stem(language), std::string()};
	});
}

void xc_stemmer_free(struct xc_stemmer *stemmer) { delete stemmer; }

int xc_stem(struct xc_stemmer *stemmer, const char *word, size_t len, char *out, size_t size, size_t *out_len, struct xc_err *err)
{
	return xc::guard(err, [&] {
		xc::require(stemmer && (word || !len) && (out || !size) && out_len, "an argument is NULL");
		stemmer->word.assign(len ? word : "", len);
		const std::string stem = stemmer->stem(stemmer->word);
		if (stem.size() > size)
			throw xc::refused{XC_ELIMIT, "the stem is longer than the buffer"};
		if (!stem.empty())
			std::memcpy(out, stem.data(), stem.size());
		*out_len = stem.size();
	});
}
