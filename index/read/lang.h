/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which language a text is in: by script, then by function words. BCP 47 tags. */
#ifndef DOSSIER_INDEX_READ_LANG_H
#define DOSSIER_INDEX_READ_LANG_H

#include "base/arena.h"

struct span lang_detect(struct span text);             /* static; empty: too little to tell, or none of those it knows */
struct span lang_tag(struct arena *a, struct span s);  /* "en_US" -> "en-US", "German" -> "de"; empty if it is no language */

#endif
