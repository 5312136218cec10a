/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier flush: everything that the daemon has taken so far is on the disk, and found, when this returns. For scripts that add and then ask. */
#include "client/member.h"
#include "client/output.h"
#include "client/say.h"

int cmd_flush(struct call *c)
{
	json_t *answer = NULL;
	if (c->n_words) {
		complain(c, "takes no words");
		return advise(EXIT_USAGE, "try: dossier flush --help");
	}
	int rc = call_json(c, "POST", "/v1/flush", &answer);
	if (rc == 0 && !c->json)
		put_format("revision %lld\n", number(answer, "revision"));
	json_decref(answer);
	return rc;
}
