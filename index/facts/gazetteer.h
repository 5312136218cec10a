/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gazetteer: the leaders' table with offices, decoys and countries, read from the tables of data (and a user's own files after
 * them), and a trie over folded tokens that finds every name in a text. Immutable once loaded; shared by all who only look.
 */
#ifndef DOSSIER_INDEX_FACTS_GAZETTEER_H
#define DOSSIER_INDEX_FACTS_GAZETTEER_H

#include "base/arena.h"
#include "base/day.h"
#include "base/err.h"

#define OFFICE_KINDS(X) X(STATE, "head-of-state") X(GOVERNMENT, "head-of-government") X(EFFECTIVE, "effective-leader")
enum office_kind {
#define X(name, word) OFFICE_##name,
	OFFICE_KINDS(X)
#undef X
	OFFICE_KIND_COUNT_
};
const char *office_kind_word(enum office_kind kind);

struct office {
	uint32_t leader; /* index into gazetteer leaders */
	enum office_kind kind;
	struct span country, title;
	struct interval from, to; /* as precise as known; to.precision PREC_NONE: still in office */
};

struct leader {
	struct span id, name, family, given, country, wikipedia;
	/* Full forms, each once: the aliases of the table without their "=", given names with family names in both orders where the family
	 * name comes first, and all of these without diacritics. Not the name itself, nor what rules find (initials, hyphens, case). */
	struct span *aliases;
	uint32_t n_aliases;
	const struct office *offices; /* in order of time */
	uint32_t n_offices;
};

struct gazetteer;

/* A row that could not be used: told, and left out. */
struct table_problem {
	struct span file;
	uint32_t line;
	struct span what;
};

/*
 * Reads leaders.tsv, offices.tsv, decoys.tsv, countries.tsv from `dir`, then the same names and corrections.tsv from `user_dir`
 * (may be NULL). Broken rows are left out and listed. Fails only when no leader at all could be read (ERR_BAD_CONFIG) – then
 * *out is an empty gazetteer that finds nobody, so that the daemon can start all the same. Free with gazetteer_free.
 */
int gazetteer_load(const char *dir, const char *user_dir, struct gazetteer **out, struct err *err) MUST_CHECK;
void gazetteer_free(struct gazetteer *g);

size_t gazetteer_n_leaders(const struct gazetteer *g);
const struct leader *gazetteer_leader(const struct gazetteer *g, size_t index);
const struct leader *gazetteer_by_id(const struct gazetteer *g, struct span id); /* NULL if none */
size_t gazetteer_problems(const struct gazetteer *g, const struct table_problem **out);
uint64_t gazetteer_version(const struct gazetteer *g); /* hash of all that was read */

/*
 * Who is meant by a name that a user typed: an id, a full form in any spelling, a family name. One: returns 0 and *out.
 * Several: ERR_AMBIGUOUS, none: ERR_UNKNOWN_LEADER; both fill candidates[] (nearest or all, best first; at most *n, set to how many).
 */
int gazetteer_lookup(const struct gazetteer *g, struct span name, const struct leader **out, const struct leader **candidates, size_t *n, struct err *err) MUST_CHECK;
/* Who held it: all leaders whose office of this kind and country overlaps the days. Fills out[], returns how many there are. */
size_t gazetteer_holders(const struct gazetteer *g, struct span country, enum office_kind kind, struct interval days, const struct leader **out, size_t max);
struct span gazetteer_country_name(const struct gazetteer *g, struct span code); /* "Russia" for RU; the code itself if unknown */
/* The code for a code or a name as typed ("RU", "Russia", "russian"); empty if unknown. */
struct span gazetteer_country_code(const struct gazetteer *g, struct span typed);

#endif
