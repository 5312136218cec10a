/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors: a negative code from errors.def, and words for people in a struct err on the caller's stack.
 *
 * A function that can fail returns 0 or a negative code; `struct err *err` is its last argument, may be NULL, and is
 * untouched on success. The lowest layer that can explain fills it; the program logs it once, at the top.
 * A message names the thing and says what to do: "/run/x.sock: permission denied; choose another place with --socket".
 */
#ifndef DOSSIER_BASE_ERR_H
#define DOSSIER_BASE_ERR_H

enum err_code {
	ERR_OK = 0,
	ERR_FIRST_ = -1000, /* codes count up from here, all negative */
#define ERR(name, code, status, title, advice) ERR_##name,
#include "base/errors.def"
#undef ERR
	ERR_LAST_
};

struct err {
	int code;
	char msg[480];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Fills err (if any) and returns code, so that `return err_set(err, ERR_IO, "…", …);` is one line. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for a failed system call: appends strerror(errno); ENOSPC, ENOMEM, EACCES, ENOENT get codes of their own. */
int err_errno(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

const char *err_name(int code);   /* stable code, "io-error"; "internal" for a number that is none */
const char *err_title(int code);  /* "Reading or writing failed" */
const char *err_advice(int code); /* "make room; nothing else is needed" */
int err_status(int code);         /* HTTP status */
int err_from_name(const char *s); /* "io-error" -> ERR_IO; ERR_INTERNAL if unknown */

#endif
