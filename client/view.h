/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One analysed document for people: head, text with marks, lists of what was found. For show, explain and analyze. */
#ifndef DOSSIER_CLIENT_VIEW_H
#define DOSSIER_CLIENT_VIEW_H

#include "client/client.h"

void view_head(const json_t *doc);    /* title, author, date, source */
void view_text(const json_t *doc);    /* leaders and dates marked; the first time in each spelling also who or when is meant */
void view_found(const json_t *doc);   /* leaders with counts, days, what is ambiguous */
void view_dropped(const json_t *doc);
void view_reasons(const json_t *doc); /* explain: every mention with its reason, in words */

#endif
