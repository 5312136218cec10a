/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that reaches the terminal goes through here: bytes of documents are stripped of control characters and direction
 * marks in one place (put_text), colours exist only where they are wanted, columns count cells and not bytes.
 */
#ifndef DOSSIER_CLIENT_OUTPUT_H
#define DOSSIER_CLIENT_OUTPUT_H

#include "client/client.h"

#include <stddef.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_MARK, STYLE_NAME, STYLE_DATE, STYLE_BAR };

/* Decides colour, width and pager once, before the command runs. */
void output_begin(const struct call *c);
int output_end(int status); /* waits for the pager; passes the status on, 4 if output could not be written */
size_t output_width(void);  /* columns; 80 where there is no terminal */
bool output_is_terminal(void);

void style_on(enum style s);
void style_off(void);

void put_raw(const char *z);                     /* our own words */
void put_format(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* our own words and numbers: no text of documents */
void put_text(const char *z);                    /* text of a document or of the daemon: made safe; newlines become blanks */
void put_lines(const char *z);                   /* the same, newlines and tabs kept */
/* The text in exactly `cells` columns: cut with an ellipsis or filled with blanks. Wide characters count two. */
void put_cells(const char *z, size_t cells);
void put_cells_right(const char *z, size_t cells);
size_t cells_of(const char *z);                  /* columns that the safe text takes */
/* Wraps at the width with an indent; segments alternate unmarked, marked, … as the interface gives them. */
void put_wrapped(const json_t *segments, size_t indent);
void put_wrapped_text(const char *z, size_t indent);
/* A bar of value/max in `cells` columns, in eighths of a block. `light` for the imprecise part. */
void put_bar(double value, double max, size_t cells, bool light);
void put_number(long long n);                    /* 12,345 */
/* One CSV field, quoted where needed; a field that a spreadsheet would run as a formula gets a quote before it. */
void csv_field(const char *z, bool last);
void csv_number(long long n, bool last);

/* "12 June 2018", "~ Nov 2018", "2018", "undated" from a date object or null. buf must have 64 bytes. */
const char *date_words(const json_t *date, char buf[64]);

/* Copies z made safe into buf, cut to size. */
void printable_z(char *buf, size_t size, const char *z);

#endif
