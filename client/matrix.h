/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DOSSIER_CLIENT_MATRIX_H
#define DOSSIER_CLIENT_MATRIX_H

#include "client/client.h"

int who_matrix(struct call *c); /* `dossier who --matrix`; words are in the parameters already. The exit status. */

#endif
