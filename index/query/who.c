/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/query/pages.h"
int page_who(struct job *j) { return err_set(&j->err, ERR_NO_ROUTE, "not yet"); }
int page_meetings(struct job *j) { return err_set(&j->err, ERR_NO_ROUTE, "not yet"); }
int page_timeline(struct job *j) { return err_set(&j->err, ERR_NO_ROUTE, "not yet"); }
int page_suggest(struct job *j) { return err_set(&j->err, ERR_NO_ROUTE, "not yet"); }
