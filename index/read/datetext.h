/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Written-out days of publication: "4 March 2019", "March 4th, 2019", "4. März 2019", "le 4 mars 2019", "04.03.2019", "2019/03/04",
 * "2019年3月4日", "Tue, 04 Mar 2019 10:00:00 GMT". Whole days alone (and months, where asked); expressions inside running text belong to index/facts.
 */
#ifndef DOSSIER_INDEX_READ_DATETEXT_H
#define DOSSIER_INDEX_READ_DATETEXT_H

#include "base/day.h"

struct date_hit {
	struct interval days;
	size_t start, end; /* in the text */
	bool unsure;       /* 04/03/2019: day and month could change places, and the hint decided */
};
enum date_order { ORDER_DMY, ORDER_MDY };
/* The first day at or after `from`. False: none. Linear. */
bool date_find(struct span text, size_t from, enum date_order order, struct date_hit *out);
/* A whole value as metadata have it: everything interval_parse() knows, date_find() and "20190304", seconds since 1970 not. */
bool date_value(struct span value, enum date_order order, struct interval *out);
/* The month named by the word at text[at] in any of the languages; *len its bytes. 0: none. */
int date_month_word(struct span text, size_t at, size_t *len);

#endif
