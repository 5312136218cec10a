/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DOSSIER_CLIENT_COMPLETE_H
#define DOSSIER_CLIENT_COMPLETE_H

/* dossier __complete WORD…: what the last word may become, one a line. Returns the exit status. */
int complete_words(int n, char **words);

#endif
