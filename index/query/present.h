/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an article and its facts look like in answers: the pieces of present_analysis, for those who put them together otherwise. */
#ifndef DOSSIER_INDEX_QUERY_PRESENT_H
#define DOSSIER_INDEX_QUERY_PRESENT_H

#include "index/document.h"
#include "index/query/answer.h"

#include "base/json.h"

/* The members of the object, inside one that is open. */
void present_members(struct jw *w, struct arena *a, const struct gazetteer *g, const struct document *d, const struct facts *f, bool dropped);
/* When the article was published: as found, or inferred from its text. NULL: unknown. */
const struct when *present_published(const struct document *d, const struct facts *f);
/* "name" of a leader: as the table has it, or the id where it has none (any more). */
struct span present_name(const struct gazetteer *g, struct span id);

#endif
