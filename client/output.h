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
void output_measure(void);  /* the width again, for who prints for long */
size_t output_width(void);  /* columns; 80 where there is no terminal */
bool output_is_terminal(void);
bool output_broken(void);   /* nobody reads any more, or the disk is full: no use in going on */

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
/* JSON as it came; to a terminal the characters that it might obey are written as \u escapes, which mean the same. */
void put_json(const char *json, size_t n);

/*
 * Running text that breaks between words, and after wide characters, at the width: begin, any number of pieces, end.
 * A word may be made of pieces with different styles. column: where the line stands now; indent: where the next ones begin.
 */
void wrap_begin(size_t column, size_t indent);
void wrap_unbounded(void);                       /* this text alone: lines as they come */
void wrap_text(const char *z, enum style s);     /* newlines become blanks */
void wrap_lines(const char *z, enum style s);    /* newlines stay */
void wrap_whole(const char *z, enum style s);    /* never broken inside */
void wrap_end(void);                             /* and a newline */
/* Segments alternate unmarked, marked, … as the interface gives them. */
void put_wrapped(const json_t *segments, size_t indent);

/* A bar of value/max in `cells` columns, in eighths of a block. `light` for the imprecise part. Returns the columns that it took. */
size_t put_bar(double value, double max, size_t cells, bool light);
void put_blanks(size_t n);
void put_number(long long n);                    /* 12,345 */
const char *number_words(char buf[32], long long n);
void put_count(long long n, size_t cells);       /* the same, to the right of so many columns */
/* One CSV field, quoted where needed; a field that a spreadsheet would run as a formula gets a quote before it. */
void csv_field(const char *z, bool last);
void csv_number(long long n, bool last);

/* One hit of an answer, as search prints it (cmd-search.c). */
void put_hit(const struct call *c, const json_t *hit, long long rank);
void csv_hit_head(void);
void csv_hit(const json_t *hit);

/* "12 Jun 2018"; "~ Nov 2018", "~ Jan–May 2015" when the day is not known or only inferred; "undated" for null. buf must have 64 bytes. */
const char *date_words(const json_t *date, char buf[64]);
const char *span_words(const json_t *interval, char buf[64]); /* the same without the tilde */

/* Copies z made safe into buf, cut to size; returns buf. */
const char *printable_z(char *buf, size_t size, const char *z);

#endif
