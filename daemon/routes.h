/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of routes.def, and finding a row in it. */
#ifndef DOSSIER_DAEMON_ROUTES_H
#define DOSSIER_DAEMON_ROUTES_H

#include "base/err.h"
#include "base/str.h"

enum answerer { BY_SEARCH, BY_INDEX, BY_PUSH, BY_ANALYZE, BY_FRONT };
enum right { MAY_READ, MAY_WRITE };
enum body_use { BODY_NONE, BODY_SMALL, BODY_DOCUMENTS, BODY_STREAM };

struct route {
	const char *method, *path;
	enum answerer by;
	enum right right;
	enum body_use body;
	const char *parameters, *what;
};
extern const struct route routes[];
extern const size_t n_routes;

/* The row for a request; HEAD is looked up as GET. NULL: err says whether the path (ERR_NO_ROUTE) or the method (ERR_METHOD) is unknown;
 * *allow then gets the methods that are ("GET, POST"). */
const struct route *route_find(struct span method, struct span path, struct str *allow, struct err *err);

#endif
