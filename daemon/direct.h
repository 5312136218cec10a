/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way back: a search worker writes its answer to the client's connection itself, and tells the front that it is out. One wake-up and
 * two copies of the answer less than through the front.
 *
 *	client ── request ─────► front ── request, number, the connection ──► worker
 *	   ▲                       ▲                                            │ 1 marks the number
 *	   └────── 2 answer ───────┼────────────────────────────────────────────┤
 *	                           └── 3 so many bytes are out; what is left ───┘
 *
 * Nothing else changes hands: the front parses, decides who is asked and when, keeps the deadline, counts, and reads the next request of the
 * connection when it has heard 3. A worker never waits for a client: what the connection does not take at once goes to the front, which sends it
 * as the client reads. Requests that want more than a plain answer (HEAD, If-None-Match, the last of a connection) and long answers go the long way.
 *
 * The mark lies in memory that worker and front share: number and status. Who counts answers looks at it, for a client may have its answer before the front
 * has heard of it. When a worker dies, it tells whether the client may have got a part of the answer: then the
 * connection is ended, for nothing can follow half an answer; else the client is told what happened.
 */
#ifndef DOSSIER_DAEMON_DIRECT_H
#define DOSSIER_DAEMON_DIRECT_H

#include "base/str.h"

#define DIRECT_MAX (128u << 10) /* bytes of an answer: what a connection takes at once, nearly always */

/* Front, before it forks. Where there is no memory to share, direct_may() stays false. */
void direct_share(size_t workers);
void direct_unshare(void);
bool direct_may(void);
int direct_began(uint32_t number); /* the status of an answer of which the client may have got something; 0: it has got nothing yet */

/* Worker. */
void direct_be(size_t worker); /* once, after the fork: which of them it is */
/* Marks, and writes what the connection takes: how many bytes. Never blocks; 0 also when the client has gone. */
size_t direct_send(uint32_t number, int status, int client, struct span head, struct span body);

#endif
