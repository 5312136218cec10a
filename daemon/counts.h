/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many answers of which route and status, and how long they took: for /metrics, and in short for /v1/status.
 *
 *	counts_add(&f->counts, route, 200, 1300);     route NULL: a path that is none
 */
#ifndef DOSSIER_DAEMON_COUNTS_H
#define DOSSIER_DAEMON_COUNTS_H

#include "base/json.h"
#include "daemon/routes.h"

#define COUNT_ROUTES 40 /* rows of routes.def at most; the last is for all that is none of them */
#define COUNT_STEPS  14

struct counts {
	uint64_t answers[COUNT_ROUTES][6]; /* by class of status: [2] are the 2xx */
	uint64_t within[COUNT_ROUTES][COUNT_STEPS + 1]; /* by time; the last: longer than all steps */
	uint64_t us[COUNT_ROUTES], slowest_us[COUNT_ROUTES];
};

/* us < 0: a stream has begun, its time says nothing. */
void counts_add(struct counts *c, const struct route *r, int status, int64_t us);
void counts_metrics(const struct counts *c, struct str *out);
/* Of what search workers answered: {"count","mean_us","half_us","most_us","slowest_us"}; half and 99 of 100 took no longer than half_us and most_us (upper bounds of steps). */
void counts_status(const struct counts *c, struct jw *w);

#endif
