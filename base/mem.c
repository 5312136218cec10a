/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mem.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	static const char words[] = "<2>out of memory\n";
	if (write(2, words, sizeof words - 1) < 0)
		_exit(71);
	_exit(71);
}

void *mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_grow(void *p, size_t *cap, size_t want, size_t item)
{
	if (want <= *cap && p)
		return p;
	size_t cap2 = *cap ? *cap * 2 : 8;
	if (cap2 < want)
		cap2 = want;
	if (cap2 > SIZE_MAX / item)
		out_of_memory();
	*cap = cap2;
	return mem_resize(p, cap2 * item);
}

void *mem_dup(const void *p, size_t n)
{
	void *q = mem_resize(NULL, n);
	if (n)
		memcpy(q, p, n);
	return q;
}

void mem_shed(const void *p, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = ((uintptr_t)p + page - 1) & ~(page - 1), to = ((uintptr_t)p + n) & ~(page - 1);
	if (to > from)
		(void)!madvise((void *)from, to - from, MADV_DONTNEED); /* where it is refused the pages stay, and are only not free */
}
