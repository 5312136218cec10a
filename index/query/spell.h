/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean": for words that occur nowhere, the most frequent word of the index that is one or two letters away. */
#ifndef DOSSIER_INDEX_QUERY_SPELL_H
#define DOSSIER_INDEX_QUERY_SPELL_H

#include "index/query/plan.h"

/* Writes the text of the query with such words replaced, or null when there is nothing to suggest. */
void spell_write(struct job *j, const struct plan *p);

#endif
