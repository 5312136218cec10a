/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier show ID, dossier explain ID: one document of the index. */
#include "client/output.h"
#include "client/say.h"
#include "client/view.h"

#include <stdio.h>
#include <stdlib.h>

static int get_document(struct call *c, json_t **doc)
{
	if (c->n_words != 1) {
		complain(c, "takes one ID, as search shows it under each hit");
		return advise(EXIT_USAGE, "try: dossier search -n 3");
	}
	char *path = call_doc_path(c->words[0], "");
	if (c->dropped)
		call_param(c, "dropped", "1");
	int rc = call_get_json(c, path, doc);
	free(path);
	return rc == EXIT_REFUSED && dossier_status(c->daemon) == 404 ? EXIT_NOTHING : rc;
}

int cmd_show(struct call *c)
{
	json_t *doc = NULL;
	int rc = get_document(c, &doc);
	if (rc == 0 && !c->json) {
		view_head(doc);
		view_text(doc);
		view_found(doc);
		if (c->dropped)
			view_dropped(doc);
	}
	json_decref(doc);
	return rc;
}

int cmd_explain(struct call *c)
{
	json_t *doc = NULL;
	int rc = get_document(c, &doc);
	if (rc == 0 && !c->json) {
		view_head(doc);
		view_reasons(doc);
		say(c, "Wrong? A line in corrections.tsv puts it right: dossier-leaders(5)");
	}
	json_decref(doc);
	return rc;
}
