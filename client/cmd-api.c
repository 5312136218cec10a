/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dossier api METHOD PATH [BODY|-]: a raw request; the answer's body as it came. */
#include "client/output.h"
#include "client/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *read_all(FILE *from, size_t *n)
{
	char *bytes = NULL;
	size_t cap = 0;
	for (*n = 0;;) {
		if (cap - *n < 65536) {
			cap = cap ? cap * 2 : 131072;
			char *bigger = realloc(bytes, cap);
			if (!bigger)
				abort();
			bytes = bigger;
		}
		size_t k = fread(bytes + *n, 1, cap - *n - 1, from);
		*n += k;
		if (*n > SEND_MAX) {
			free(bytes);
			return NULL;
		}
		if (k == 0)
			break;
	}
	bytes[*n] = 0;
	return bytes;
}

int cmd_api(struct call *c)
{
	if (c->n_words < 2 || c->n_words > 3) {
		complain(c, "takes METHOD PATH [BODY]");
		return advise(EXIT_USAGE, "try: dossier api GET /v1/status");
	}
	char *sent = NULL, *body = NULL;
	size_t sent_n = 0, n = 0;
	if (c->n_words == 3 && strcmp(c->words[2], "-") == 0)
		sent = read_all(stdin, &sent_n);
	else if (c->n_words == 3)
		sent = strdup(c->words[2]), sent_n = strlen(c->words[2]);
	if (c->n_words == 3 && !sent) {
		complain(c, "standard input has more than %d MiB, the most that is sent", SEND_MAX >> 20);
		return advise(EXIT_USAGE, "documents in any number: dossier add -");
	}
	if (c->words[0][0] == 0 || c->words[0][strspn(c->words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] || c->words[1][0] != '/') {
		free(sent);
		complain(c, "METHOD is in capitals and PATH begins with a slash");
		return advise(EXIT_USAGE, "try: dossier api GET /v1/status");
	}
	const char *type = sent ? (memchr(sent, '\n', sent_n) ? "application/x-ndjson" : "application/json") : NULL;
	c->json = true; /* a refusal is shown as it came, too */
	int rc = dossier_request(c->daemon, c->words[0], c->words[1], NULL, type, sent, sent_n, &body, &n) ? call_failed(c) : EXIT_FOUND;
	if (body && n)
		put_json(body, body[n - 1] == '\n' ? n - 1 : n);
	free(sent);
	free(body);
	return rc;
}
