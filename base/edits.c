/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Damerau's distance, restricted: three rows of the table at a time, given up where a row is past the bound. */
#include "base/edits.h"

#define LONGEST 32

unsigned edits_between(struct span a, struct span b, unsigned most)
{
	unsigned row[3][LONGEST + 1];
	if (a.n > LONGEST || b.n > LONGEST || a.n > b.n + most || b.n > a.n + most)
		return most + 1;
	for (size_t k = 0; k <= b.n; k++)
		row[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3], least = now[0] = (unsigned)i;
		for (size_t k = 1; k <= b.n; k++) {
			unsigned d = up[k - 1] + (a.p[i - 1] != b.p[k - 1]);
			d = up[k] + 1 < d ? up[k] + 1 : d;
			d = now[k - 1] + 1 < d ? now[k - 1] + 1 : d;
			if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1] && up2[k - 2] + 1 < d)
				d = up2[k - 2] + 1;
			now[k] = d;
			least = d < least ? d : least;
		}
		if (least > most)
			return most + 1;
	}
	return row[a.n % 3][b.n];
}
