/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far two words are from each other, for "did you mean". */
#ifndef DOSSIER_BASE_EDITS_H
#define DOSSIER_BASE_EDITS_H

#include "base/span.h"

/* Edits (insert, delete, replace, swap of neighbours; no letter twice) between two words, up to `most` + 1. Bytes, not letters; words longer than 32 are far. */
unsigned edits_between(struct span a, struct span b, unsigned most);

#endif
