/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --format bibtex: each hit as an entry for a list of sources. What is known goes in and nothing is made up: a month of which the day is not
 * known has no day. Keys are made of the id, and end in a hash of it: the same in every answer, and no two alike.
 *
 *	@misc{wire-2019-04-25-vladivostok-txt-9f3a01c2,
 *	  title = {{Kim and Putin meet}},
 *	  howpublished = {wire},
 *	  year = {2019}, month = {4}, day = {25},
 *	  note = {dossier: wire/2019-04-25-vladivostok.txt},
 *	}
 */
#ifndef DOSSIER_CLIENT_BIBTEX_H
#define DOSSIER_CLIENT_BIBTEX_H

#include <jansson.h>

void bibtex_hit(const json_t *hit);

#endif
