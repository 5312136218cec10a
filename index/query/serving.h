/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "While in office": the leaders of each row that held an office on the day of its publication, if that is unknown on any day (or month, or
 * year) that it mentions; of its countries and offices those of these leaders. Derived from the columns and the leaders' table, when a
 * request first asks for it; a view then shows these lists in place of the whole ones for as long as a request lasts.
 */
#ifndef DOSSIER_INDEX_QUERY_SERVING_H
#define DOSSIER_INDEX_QUERY_SERVING_H

#include "index/query/engine.h"

void engine_in_office(struct engine *e, bool on); /* for all views, until it is said otherwise */
void view_serving_free(struct view *v);
bool view_row_has(const struct view *v, enum facet field, uint32_t row, uint32_t ordinal); /* of the lists that the view shows now */

#endif
