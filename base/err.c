/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *title, *advice;
	int status;
} rows[] = {
#define ERR(name, code, status, title, advice) {code, title, advice, status},
#include "base/errors.def"
#undef ERR
};
#define N_ROWS ((int)(sizeof rows / sizeof rows[0]))

static int row_of(int code)
{
	int row = code - ERR_FIRST_ - 1;
	return row >= 0 && row < N_ROWS ? row : N_ROWS - 1;
}

const char *err_name(int code) { return rows[row_of(code)].name; }
const char *err_title(int code) { return rows[row_of(code)].title; }
const char *err_advice(int code) { return rows[row_of(code)].advice; }
int err_status(int code) { return rows[row_of(code)].status; }

int err_from_name(const char *s)
{
	for (int i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, s) == 0)
			return ERR_FIRST_ + 1 + i;
	return ERR_INTERNAL;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	if (!err)
		return code;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	err->code = code;
	return code;
}

static int code_of(int number)
{
	switch (number) {
	case ENOMEM: return ERR_NOMEM;
	case ENOSPC:
	case EDQUOT: return ERR_DISK_FULL;
	case EACCES:
	case EPERM: return ERR_DENIED;
	case ENOENT: return ERR_NOT_FOUND;
	case EEXIST: return ERR_EXISTS;
	default: return ERR_IO;
	}
}

int err_errno(struct err *err, const char *fmt, ...)
{
	int number = errno, code = code_of(number);
	if (!err)
		return code;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	size_t n = strlen(err->msg);
	snprintf(err->msg + n, sizeof err->msg - n, ": %s", strerror(number));
	err->code = code;
	return code;
}
