/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facets as bars, for search and facets. */
#ifndef DOSSIER_CLIENT_FACETS_H
#define DOSSIER_CLIENT_FACETS_H

#include "client/client.h"

void put_facets(json_t *facets); /* NULL: nothing */
void csv_facets(json_t *facets); /* facet,value,name,count */

#endif
