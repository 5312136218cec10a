/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index/facts/resolve.h"

void resolve_offices(struct resolver *r) { (void)r; }
