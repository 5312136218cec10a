/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include "base/journal.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static enum log_level most = LOG_INFO;
static const char *process = "";

void log_threshold(enum log_level level) { most = level; }
void log_process(const char *name) { process = name; }

const char *log_number(int64_t v)
{
	static char bufs[8][24];
	static unsigned next;
	char *buf = bufs[next++ % 8];
	snprintf(buf, 24, "%lld", (long long)v);
	return buf;
}

static void put_value(struct str *line, const char *z)
{
	AUTO_STR struct str safe = {0};
	utf8_printable(&safe, span_of(z), false);
	str_ch(line, '"');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '"' || safe.p[i] == '\\')
			str_ch(line, '\\');
		str_ch(line, safe.p[i]);
	}
	str_ch(line, '"');
}

static void put_line(struct str *line, const char *event, va_list ap)
{
	str_printf(line, "%s process=%s", event, process[0] ? process : "-");
	for (const char *key; (key = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);
		str_printf(line, " %s=", key);
		put_value(line, value ? value : "");
	}
}

/* ---- To the journal ---- */

static int journal = -1;
static pid_t finder;   /* who found it may look for it again */
static uint64_t unread; /* events that the journal did not take in time */

void log_begin(void)
{
	journal = journal_open();
	finder = getpid();
}

int log_descriptor(void) { return journal; }

void log_leave(void)
{
	if (journal >= 0)
		close(journal);
	journal = -1;
	finder = 0;
}

/* What is sent: false when nobody is there. An event that nobody takes in time is lost, and counted; the next ones do not wait again. */
static bool send_datagram(struct span s)
{
	for (int round = 0; round < 2; round++) {
		if (send(journal, s.p, s.n, MSG_NOSIGNAL | (unread ? MSG_DONTWAIT : 0)) >= 0)
			return unread = 0, true;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return unread++, true;
		if (finder != getpid() || (errno != ECONNREFUSED && errno != ENOTCONN && errno != ECONNRESET))
			return false;
		close(journal);
		if ((journal = journal_open()) < 0)
			return false;
	}
	return false;
}

static bool to_journal(enum log_level level, const char *event, struct span message, va_list ap)
{
	AUTO_STR struct str s = {0};
	if (journal < 0 && finder == getpid()) /* it has gone: is it there again? */
		journal = journal_open();
	if (journal < 0)
		return false;
	journal_field(&s, "", "MESSAGE", message);
	journal_field(&s, "", "PRIORITY", span_of(log_number(level)));
	journal_field(&s, "", "SYSLOG_IDENTIFIER", SPAN("dossierd"));
	journal_field(&s, "DOSSIER_", "EVENT", span_of(event));
	journal_field(&s, "DOSSIER_", "PROCESS", span_of(process));
	if (unread)
		journal_field(&s, "DOSSIER_", "LOST", span_of(log_number((int64_t)unread)));
	for (const char *key; (key = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);
		journal_field(&s, "DOSSIER_", key, span_of(value ? value : ""));
	}
	return send_datagram(str_view(&s));
}

/* ---- Events ---- */

static void to_stderr(enum log_level level, struct span message)
{
	AUTO_STR struct str line = {0};
	if (isatty(STDERR_FILENO)) /* the priority is for the journal */
		str_z(&line, "dossierd: ");
	else
		str_printf(&line, "<%d>", (int)level);
	str_span(&line, message);
	str_ch(&line, '\n');
	if (write(STDERR_FILENO, line.p, line.n) < 0)
		return; /* nobody listens: nothing else can be done */
}

void log_event(enum log_level level, const char *event, ...)
{
	if (level > most)
		return;
	AUTO_STR struct str line = {0};
	va_list ap, again;
	va_start(ap, event);
	va_copy(again, ap);
	put_line(&line, event, ap);
	if (!to_journal(level, event, str_view(&line), again))
		to_stderr(level, str_view(&line));
	va_end(again);
	va_end(ap);
}
