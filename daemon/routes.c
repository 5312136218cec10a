/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See routes.h. Two dozen rows are looked at one after another: less than a microsecond. */
#include "daemon/routes.h"

const struct route routes[] = {
#define ROUTE(method, path, by, right, body, parameters, what) {#method, path, BY_##by, MAY_##right, BODY_##body, parameters, what},
#include "daemon/routes.def"
#undef ROUTE
};
const size_t n_routes = sizeof routes / sizeof *routes;

static bool path_fits(const char *pattern, struct span path)
{
	size_t n = strlen(pattern);
	if (pattern[n - 1] == '/')
		return path.n > n && span_starts(path, pattern);
	return span_is(path, pattern);
}

const struct route *route_find(struct span method, struct span path, struct str *allow, struct err *err)
{
	bool head = span_is(method, "HEAD");
	for (size_t i = 0; i < n_routes; i++) {
		if (!path_fits(routes[i].path, path))
			continue;
		if (span_is(method, routes[i].method) || (head && strcmp(routes[i].method, "GET") == 0))
			return &routes[i];
		str_printf(allow, "%s%s", allow->n ? ", " : "", routes[i].method);
	}
	if (!allow->n)
		err_set(err, ERR_NO_ROUTE, "there is nothing at %.*s; GET /v1/openapi.yaml tells what there is", SPAN_ARG(path));
	else
		err_set(err, ERR_METHOD, "%.*s allows %s", SPAN_ARG(path), allow->p);
	return NULL;
}
