/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of strangers, made fit for a terminal, one character at a time. */
#ifndef DOSSIER_CLIENT_SAFE_H
#define DOSSIER_CLIENT_SAFE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The next character of z[0..n) at *at, made safe, into out (at most 8 bytes); returns how many bytes, 0 for one that is dropped.
 * C0, DEL, C1, direction marks and other invisible ones are dropped (joiners stay: Persian needs them); newline, tab and carriage return become a blank, or stay if `lines`; bytes that are no UTF-8 become U+FFFD.
 * *cells, if asked for: columns in a terminal.
 */
size_t safe_next(const char *z, size_t n, size_t *at, bool lines, char out[8], unsigned *cells);

#endif
