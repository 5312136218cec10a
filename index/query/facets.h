/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The member "facets" of an answer: counts by value of a field (tally.h), by date (dates.h), by story. */
#ifndef DOSSIER_INDEX_QUERY_FACETS_H
#define DOSSIER_INDEX_QUERY_FACETS_H

#include "index/query/dates.h"
#include "index/query/plan.h"

/* Adds "facets":{…} to the answer, and what was cut to `truncated` ("\"leader\":\"top 50 of 113\",…"). */
void facets_write(struct job *j, const struct plan *p, struct str *truncated);

#endif
