// SPDX-License-Identifier: GPL-2.0-or-later
/* Exceptions -> codes and words. The one place that knows Xapian's classes of errors.
 *
 * The order of the catch clauses is from the derived to the base. Nothing here allocates, so it works without memory.
 */
#include "xc.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

namespace
{

/* Xapian keeps errno to itself and shows strerror's words; so words are compared. */
bool means(const char *words, int code) { return words && std::strcmp(words, std::strerror(code)) == 0; }

int code_of_system(const char *words)
{
	if (means(words, ENOSPC) || means(words, EDQUOT) || means(words, EFBIG))
		return XC_EFULL;
	if (means(words, ENOMEM))
		return XC_ENOMEM;
	return XC_EIO;
}

/* How many bytes a UTF-8 letter has that begins with this one. */
size_t letter_size(unsigned char lead) { return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1; }

/* snprintf wanted `wanted` bytes and cut at `size`: takes away the letter that is cut in its middle. */
void trim_utf8(char *text, size_t size, int wanted)
{
	if (wanted < 0 || static_cast<size_t>(wanted) < size)
		return;
	size_t end = size - 1, lead = end - 1;
	while (lead > 0 && end - lead < 4 && (static_cast<unsigned char>(text[lead]) & 0xC0) == 0x80)
		lead--;
	if (lead + letter_size(static_cast<unsigned char>(text[lead])) > end)
		text[lead] = '\0';
}

int report(struct xc_err *err, int code, const Xapian::Error &error, const char *system)
{
	if (!err)
		return code;
	const std::string &context = error.get_context();
	err->code = code;
	err->callback = 0;
	int n = std::snprintf(err->msg, sizeof err->msg, "%s: %s%s%s%s%s%s", error.get_type(), error.get_msg().c_str(), system ? ": " : "",
			      system ? system : "", context.empty() ? "" : " (", context.c_str(), context.empty() ? "" : ")");
	trim_utf8(err->msg, sizeof err->msg, n);
	return code;
}

int report(struct xc_err *err, int code, const Xapian::Error &error) { return report(err, code, error, error.get_error_string()); }

int storage_error(struct xc_err *err, const Xapian::Error &error)
{
	const char *system = error.get_error_string();
	int code = code_of_system(system);
	if (code == XC_EIO && error.get_msg().find(std::strerror(ENOSPC)) != std::string::npos)
		code = XC_EFULL; /* an error inside an error: only its words are left */
	return report(err, code, error, system);
}

int stopped_by(struct xc_err *err, int answer)
{
	xc::fail(err, XC_ESTOPPED, "a callback stopped it");
	if (err)
		err->callback = answer;
	return XC_ESTOPPED;
}

/* Xapian's own, by what the caller can do about them. */
int translate_xapian(struct xc_err *err)
{
	try {
		throw;
	} catch (const Xapian::DatabaseModifiedError &e) {
		return report(err, XC_EMODIFIED, e);
	} catch (const Xapian::DatabaseLockError &e) {
		return report(err, XC_ELOCKED, e);
	} catch (const Xapian::DatabaseCorruptError &e) {
		return report(err, XC_ECORRUPT, e);
	} catch (const Xapian::DatabaseVersionError &e) {
		return report(err, XC_EVERSION, e);
	} catch (const Xapian::DatabaseNotFoundError &e) {
		return report(err, XC_ENOTFOUND, e);
	} catch (const Xapian::DocNotFoundError &e) {
		return report(err, XC_ENOTFOUND, e);
	} catch (const Xapian::DatabaseClosedError &e) {
		return report(err, XC_EINVAL, e);
	} catch (const Xapian::DatabaseError &e) {
		return storage_error(err, e);
	} catch (const Xapian::NetworkError &e) {
		return storage_error(err, e);
	} catch (const Xapian::InvalidArgumentError &e) {
		return report(err, XC_EINVAL, e);
	} catch (const Xapian::InvalidOperationError &e) {
		return report(err, XC_EINVAL, e);
	} catch (const Xapian::RangeError &e) {
		return report(err, XC_EINVAL, e);
	} catch (const Xapian::QueryParserError &e) {
		return report(err, XC_EINVAL, e);
	} catch (const Xapian::UnimplementedError &e) {
		return report(err, XC_EUNSUPPORTED, e);
	} catch (const Xapian::FeatureUnavailableError &e) {
		return report(err, XC_EUNSUPPORTED, e);
	} catch (const Xapian::WildcardError &e) {
		return report(err, XC_ELIMIT, e);
	} catch (const Xapian::SerialisationError &e) {
		return report(err, XC_ECORRUPT, e);
	} catch (const Xapian::Error &e) {
		return report(err, XC_EINTERNAL, e);
	}
}

} // namespace

int xc::fail(struct xc_err *err, int code, const char *words) noexcept
{
	if (!err)
		return code;
	err->code = code;
	err->callback = 0;
	int n = std::snprintf(err->msg, sizeof err->msg, "%s", words);
	trim_utf8(err->msg, sizeof err->msg, n);
	return code;
}

int xc::translate(struct xc_err *err) noexcept
{
	try {
		try {
			throw;
		} catch (const stopped &s) {
			return stopped_by(err, s.answer);
		} catch (const refused &r) {
			return fail(err, r.code, r.words);
		} catch (const std::bad_alloc &) {
			return fail(err, XC_ENOMEM, xc_strerror(XC_ENOMEM));
		} catch (const Xapian::Error &) {
			return translate_xapian(err);
		} catch (const std::length_error &e) {
			return fail(err, XC_EINVAL, e.what());
		} catch (const std::exception &e) {
			return fail(err, XC_EINTERNAL, e.what());
		} catch (...) {
			return fail(err, XC_EINTERNAL, "something was thrown that is no exception");
		}
	} catch (...) { // while the words were fetched
		return fail(err, XC_ENOMEM, xc_strerror(XC_ENOMEM));
	}
}

const char *xc_strerror(int code)
{
	switch (code) {
	case XC_OK: return "success";
	case XC_ENOMEM: return "out of memory";
	case XC_EINVAL: return "wrong argument or order of calls";
	case XC_ENOTFOUND: return "not found";
	case XC_EMODIFIED: return "the database has changed: reopen it";
	case XC_ELOCKED: return "another writer has the database open";
	case XC_ECORRUPT: return "the database is damaged";
	case XC_EVERSION: return "the database is of another version's format";
	case XC_EIO: return "reading or writing failed";
	case XC_EFULL: return "the disk is full";
	case XC_ESTOPPED: return "stopped by a callback";
	case XC_EUNSUPPORTED: return "not supported";
	case XC_ELIMIT: return "over a limit";
	case XC_EINTERNAL: return "internal error";
	default: return "unknown error";
	}
}

const char *xc_xapian_version(void) { return Xapian::version_string(); }
