/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facets as bars, for search, facets and timeline. */
#ifndef DOSSIER_CLIENT_FACETS_H
#define DOSSIER_CLIENT_FACETS_H

#include "client/client.h"

void put_facets(json_t *facets, long long total); /* shares are of the total; NULL: nothing */
void csv_facets(json_t *facets);                  /* facet,value,name,count */

size_t date_rows(const json_t *buckets); /* how many hold anything */
/* What to ask for instead where nobody chose and the rows are too many for a screen; NULL: leave it. */
const char *coarser_granularity(const char *granularity, size_t rows);

#endif
