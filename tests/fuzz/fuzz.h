/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzzer needs: the entry that libFuzzer calls. Each fuzzer says what may never happen, and aborts when it does. */
#ifndef DOSSIER_TESTS_FUZZ_H
#define DOSSIER_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NEVER(condition) ((condition) ? (fprintf(stderr, "%s:%d: never: %s\n", __FILE__, __LINE__, #condition), abort()) : (void)0)

#endif
