/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include "base/str.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
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

void log_event(enum log_level level, const char *event, ...)
{
	if (level > most)
		return;
	AUTO_STR struct str line = {0};
	if (isatty(STDERR_FILENO)) /* the priority is for the journal */
		str_printf(&line, "dossierd: %s process=%s", event, process[0] ? process : "-");
	else
		str_printf(&line, "<%d>%s process=%s", (int)level, event, process[0] ? process : "-");
	va_list ap;
	va_start(ap, event);
	for (const char *key; (key = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);
		str_printf(&line, " %s=", key);
		put_value(&line, value ? value : "");
	}
	va_end(ap);
	str_ch(&line, '\n');
	if (write(STDERR_FILENO, line.p, line.n) < 0)
		return; /* nobody listens: nothing else can be done */
}
