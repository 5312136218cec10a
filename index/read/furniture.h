/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an element furniture by its name? (furniture.def) */
#ifndef DOSSIER_INDEX_READ_FURNITURE_H
#define DOSSIER_INDEX_READ_FURNITURE_H

#include "index/read/html.h"

/* Reason (enum drop_reason) by tag, role, class and id; DROP_COUNT_ if it is none. */
uint8_t furniture_of(const struct html *h, uint32_t node);
/* The element says that it holds the article's text: itemprop=articleBody, class "article-body", "entry-content" … 2: surely, 1: perhaps. */
int furniture_is_body(const struct html *h, uint32_t node);

/* It says that it is the lines between headline and text: "standfirst", "dek", "subtitle" … */
bool furniture_is_standfirst(const struct html *h, uint32_t node);
/* Its name says that it is for subscribers: part of the article, hidden from others. */
bool furniture_is_premium(const struct html *h, uint32_t node);

#endif
