/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two plain structs that travel through the house.
 *
 *	bytes ─reader_next→ struct document ─clean_document→ the same, text cleaned ─facts_find→ struct facts
 *	      ─record_encode→ bytes that are stored ─record_decode→ document + facts again
 *
 * Everything in them is borrowed from one arena (or from the input, which outlives it). A span that is empty is unknown.
 * Offsets are byte offsets into document.text, which is valid UTF-8.
 */
#ifndef DOSSIER_INDEX_DOCUMENT_H
#define DOSSIER_INDEX_DOCUMENT_H

#include "base/arena.h"
#include "base/day.h"

#define DROP_REASONS(X) /* why a block is no part of the article; the word is what users see */ \
	X(COMMENTS, "comments") X(COMMENT_FORM, "comment-form") X(SHARE, "share-links") X(RELATED, "related-stories") \
	X(NAVIGATION, "navigation") X(SUBSCRIBE, "subscription") X(COOKIES, "cookie-notice") X(ADVERT, "advertisement") \
	X(BYLINE, "byline") X(CAPTION, "caption") X(AUTHOR_BOX, "about-the-author") X(COPYRIGHT, "copyright") \
	X(TITLE, "title") X(DATE_LINE, "date") X(LINKS, "list-of-links") X(TEMPLATE, "template") X(HIDDEN, "hidden") X(OTHER, "boilerplate")
enum drop_reason {
#define X(name, word) DROP_##name,
	DROP_REASONS(X)
#undef X
	DROP_COUNT_
};
const char *drop_word(enum drop_reason why); /* index/read/clean.c */

struct dropped {
	struct span text;
	enum drop_reason why;
	uint32_t place; /* of a template: 1 + the bytes of the text before it, so that it can be put back; 0: not known */
};

enum body_kind {
	BODY_TEXT, /* plain text, perhaps saved from a page: clean-text */
	BODY_HTML, /* clean-html */
	BODY_KEPT, /* text to be kept byte for byte (clean=0) */
};

struct document {
	struct span id;     /* as given, or made by the reader from source and path; never empty once it leaves clean_document */
	struct span source; /* name of the folder or feed: a facet */
	struct span path;   /* where it was read from, empty for pushed ones */
	struct span url, site, section, lang; /* lang: BCP 47 */
	struct span title, title_how;
	struct span author;
	struct when published; /* published.days.precision == PREC_NONE: unknown */
	struct when *dates;    /* every publication date that was found, best first (dates[0] == published) */
	size_t n_dates;
	struct when hint; /* what only its container says: the time of the file, of the fetch, of a PDF. Weighed when it is cleaned, never believed unread; not stored */

	struct span unread_date; /* a publication date that was given and cannot be read; not stored */
	enum body_kind body_kind;
	struct span body; /* the raw body from the reader; empty after record_decode */

	struct span text; /* the article */
	struct dropped *dropped;
	size_t n_dropped;
	uint32_t replaced;     /* bad bytes that were replaced by U+FFFD */
	uint64_t content_hash; /* of everything that was given: the same again is "unchanged" */
};

/* One place in the text where a name or an office stands. */
struct mention {
	uint32_t start, end;
	struct span leader;    /* id; empty when ambiguous */
	struct span surface;   /* as it stands in the text */
	const char *how;       /* "full-name", "surname", "title+name", "office", "given-name", "initials" …; static */
	float sure;            /* 0..1 */
	const char *why;       /* rejected: "other-person", "place", "institution", …; ambiguous: "ambiguous"; else a rule's name; static or arena */
	struct span *candidates; /* ambiguous: the ids */
	uint32_t n_candidates;
	int32_t office;        /* row in the offices table that decided, or -1: "RU/head-of-state" comes from there */
	struct span office_key; /* "RU/head-of-state" held by the leader at the document's date, empty if none or unknown */
};

/* One time expression. (timex3, for the C library has a struct timex.) */
struct timex3 {
	uint32_t start, end;
	struct span surface;
	const char *type; /* "DATE", "TIME", "DURATION", "SET"; static */
	struct span value; /* "2015-05", "2018-W43", "P3Y", "PRESENT_REF", "XXXX-WXX-3" */
	struct interval days; /* PREC_NONE where it has none (durations, sets) */
	const char *how;  /* "absolute", "relative", "anchored", …; static */
	const char *rule; /* name of the rule; static */
	uint32_t anchor;  /* start of the expression it hangs on, or UINT32_MAX: the publication day */
};

struct sentence {
	uint32_t start, end;
};

struct meeting {
	struct span *leaders; /* ids */
	uint32_t n_leaders;
	const char *status; /* "held", "planned", "proposed", "cancelled", "denied" */
	struct interval days;
	struct span place;
	uint32_t start, end; /* the sentence */
};

struct facts {
	struct mention *mentions; /* resolved: leader is set; in order of start */
	size_t n_mentions;
	struct mention *ambiguous;
	size_t n_ambiguous;
	struct mention *rejected; /* leader: whom it was not */
	size_t n_rejected;
	struct timex3 *days;       /* in order of start */
	size_t n_days;
	struct meeting *meetings;
	size_t n_meetings;
	struct sentence *sentences;
	size_t n_sentences;
	struct when inferred;     /* publication interval from the text; used when document.published is unknown */
	uint32_t *inferred_from;  /* indices into days that it rests on */
	size_t n_inferred_from;
};

/* de of de-AT: what filters, facets and stems go by. */
static inline struct span lang_primary(struct span lang)
{
	size_t n = 0;
	while (n < lang.n && lang.p[n] != '-' && lang.p[n] != '_')
		n++;
	return span_sub(lang, 0, n);
}

#endif
