/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd wants to hear, by hand: sd_notify(3) is one datagram, socket activation two variables. No library needed. */
#ifndef DOSSIER_DAEMON_NOTIFY_H
#define DOSSIER_DAEMON_NOTIFY_H

#include <stdint.h>

void notify_say(const char *state); /* "READY=1", "STOPPING=1", "WATCHDOG=1"; nothing where $NOTIFY_SOCKET is not set */
uint64_t notify_watchdog_us(void);  /* how often WATCHDOG=1 is expected; 0: never */
/* The listening socket that systemd passed, -1 if there is none. Asks once; children must not believe the variables. */
int notify_listen_fd(void);

#endif
