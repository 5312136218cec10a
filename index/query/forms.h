/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names by the beginning of one of their words: "jong" finds "Kim Jong-un". The leaders' names are folded once. */
#ifndef DOSSIER_INDEX_QUERY_FORMS_H
#define DOSSIER_INDEX_QUERY_FORMS_H

#include "index/query/engine.h"

bool forms_has(struct span name, struct span folded);                               /* `folded` is fold_name()d */
bool forms_leader_has(struct engine *e, struct span id, struct span folded);        /* any of his names */
bool forms_leader_at_has(struct engine *e, size_t index, struct span folded);       /* by index in the table */

#endif
