/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: one event, one line to standard error, `<N>name key="value" …`, N the syslog priority that the journal reads.
 * Values are escaped here: no byte of a document can break a line or reach a terminal. Queries are user data: debug alone.
 * Where standard error is systemd's journal, the event goes there with each value in a field of its own (journal.h), and to standard
 * error only when that fails.
 *
 *	log_event(LOG_WARN, "file-failed", "path", path, "why", err.msg, NULL);
 */
#ifndef DOSSIER_BASE_LOG_H
#define DOSSIER_BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_FATAL = 2, LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_threshold(enum log_level most); /* default LOG_INFO */
void log_process(const char *name);      /* "front", "search", …: put into every line */
void log_begin(void);                    /* finds the journal, if there is one; before it, and without it: standard error */
int log_descriptor(void);                /* what a child that closes what it does not know must keep; -1: nothing */
void log_leave(void);                    /* this process closes it, and logs to standard error from now on */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel)); /* pairs of C strings, then NULL */
const char *log_number(int64_t v); /* one of eight rotating buffers, for use as an argument */

#endif
