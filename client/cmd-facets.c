/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier facets: counts alone. */
#include "client/facets.h"
#include "client/output.h"

#include <stdlib.h>

int cmd_facets(struct call *c)
{
	char *q = call_query(c);
	json_t *answer = NULL;
	if (*q)
		call_param(c, "q", q);
	if (!call_get(c, "facets"))
		call_param(c, "facets", "leader:20,date,country:10,source:10");
	int rc = call_get_json(c, "/v1/facets", &answer);
	if (rc == 0) {
		long long total = json_integer_value(json_object_get(answer, "total"));
		if (c->csv)
			csv_facets(json_object_get(answer, "facets"));
		else if (!c->json) {
			put_number(total);
			put_raw(total == 1 ? " article\n\n" : " articles\n\n");
			put_facets(json_object_get(answer, "facets"));
		}
		rc = total > 0 ? EXIT_FOUND : EXIT_NOTHING;
	}
	json_decref(answer);
	free(q);
	return rc;
}
