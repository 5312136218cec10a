/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Xapian's failures in our words. */
#ifndef DOSSIER_INDEX_STORE_STORE_ERR_H
#define DOSSIER_INDEX_STORE_STORE_ERR_H

#include "base/err.h"

#include <xapian-c.h>

static inline int store_code(int xc)
{
	switch (xc) {
	case XC_ENOMEM: return ERR_NOMEM;
	case XC_EIO: return ERR_IO;
	case XC_EFULL: return ERR_DISK_FULL;
	case XC_ELOCKED: return ERR_LOCKED;
	case XC_ENOTFOUND:
	case XC_ECORRUPT:
	case XC_EVERSION: return ERR_CORRUPT;
	default: return ERR_INTERNAL;
	}
}
static inline int store_err(struct err *err, const char *what, const struct xc_err *xe) { return err_set(err, store_code(xe->code), "%s: %s", what, xe->msg); }

#endif
