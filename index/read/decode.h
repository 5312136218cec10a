/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of any encoding to valid UTF-8. In this order, first answer wins:
 *
 *	BOM → the pattern of zeros that UTF-16/32 without BOM leaves → strict UTF-8 → what the document declares → uchardet → windows-1252
 *
 * Strict UTF-8 stands before the declaration because pages lie about it far more often than other encodings look like it by chance.
 * A few broken bytes in UTF-8 are replaced by U+FFFD and counted; nothing ever fails.
 */
#ifndef DOSSIER_INDEX_READ_DECODE_H
#define DOSSIER_INDEX_READ_DECODE_H

#include "base/arena.h"

struct decoded {
	struct span text;     /* valid UTF-8 without NUL and BOM; the input itself where nothing had to change */
	const char *encoding; /* static: "utf-8", "windows-1251", … */
	uint32_t replaced;
};

/* `declared` is a label from outside ("cp1251", from a header); may be empty. For HTML the page's own <meta> is looked for. */
void decode_bytes(struct arena *a, struct span bytes, struct span declared, bool html, struct decoded *out);
/* The same for bytes of the caller's own that nobody reads again: where something has to change, what was read of a large one is given back on the way (mem_shed). */
void decode_own(struct arena *a, struct span bytes, struct span declared, bool html, struct decoded *out);
struct span decode_meta_charset(struct span page); /* label in the first 4 KB of an HTML page or an XML declaration; empty if none */

/* Opens every converter once, for a jail without files cannot (the C library loads them from disk). Safe to call twice. */
void decode_prepare(void);

#endif
