/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room share. Not installed: xapian-c.h is the door.
 *
 *     C caller -> extern "C" function -> guard( lambda over Xapian ) -> code
 *                                          ^ callbacks: C function returns first, then the trampoline throws `stopped`
 *
 * guard() is the only place where exceptions end, and every function of the door that can fail is one guard() (or two).
 */
#ifndef XC_H
#define XC_H

#include "xapian-c.h"

#include <xapian.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace xc
{

/* Thrown by a trampoline after a callback said to stop. */
struct stopped {
	int answer;
};

/* Thrown for wrong arguments and limits of our own. `words` is a literal. */
struct refused {
	int code;
	const char *words;
};

inline void require(bool ok, const char *words)
{
	if (!ok)
		throw refused{XC_EINVAL, words};
}

inline void stop_if(int answer)
{
	if (answer != 0)
		throw stopped{answer};
}

/* Fills err and gives the code. */
int fail(struct xc_err *err, int code, const char *words) noexcept;

/* The code for the exception in flight; fills err. Call it in a catch block alone. */
int translate(struct xc_err *err) noexcept;

template <class Body> int guard(struct xc_err *err, Body &&body) noexcept
{
	try {
		body();
		return XC_OK;
	} catch (...) {
		return translate(err);
	}
}

/* A string from outside; NULL with no length is empty. */
inline std::string bytes_of(const void *bytes, size_t len)
{
	require(bytes || len == 0, "a pointer is NULL but its length is not 0");
	return len ? std::string(static_cast<const char *>(bytes), len) : std::string();
}

/* Room for `size` bytes at least, what is in it kept. */
void buf_reserve(struct xc_buf *buf, size_t size);
void buf_append(struct xc_buf *buf, const std::string &bytes);
void buf_set(struct xc_buf *buf, const std::string &bytes);

/* The factors by which a posting source's weights may be multiplied above it. Xapian hands min_weight down without dividing it
 * by them (matcher/externalpostlist), so that a source under a factor above 1 would drop hits. Each source divides by
 * the greatest product that its query has ever been put under: too careful is harmless. */
struct scale_bound {
	double factor = 1;
};

/* What a search tells the posting sources that run in it, and they tell it. */
struct search_context {
	struct xc_db *db;
	uint32_t docs;
	double average_length;
	mutable uint32_t shard; /* of the present candidate, if shard_tracer() is in the query */
};

/* The search that runs in this thread, or NULL. */
extern thread_local const search_context *current_search;

/* A leaf that matches every document and notes in current_search->shard where it is. */
Xapian::Query shard_tracer();

/* Fills what a source must know of the database that init() gave it. */
void shard_of(const Xapian::Database &db, struct xc_shard *out);

} // namespace xc

struct xc_db {
	Xapian::Database db;
	uint32_t n_shards = 0;
};

struct xc_query {
	Xapian::Query query;
	std::vector<std::shared_ptr<xc::scale_bound>> bounds; /* of the sources in it */
};

#endif
