/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without libFuzzer: gives a fuzzer every file of the folders (or the files) that are named, once. At least one, or it is no test. */
#include "tests/fuzz/fuzz.h"

#include "base/io.h"

#include <dirent.h>
#include <sys/stat.h>

static int one(const char *path)
{
	AUTO_STR struct str bytes = {0};
	struct err err = {0};
	if (io_read_file(path, 1 << 26, &bytes, &err) != 0)
		return fprintf(stderr, "%s\n", err.msg), 0;
	fprintf(stderr, "%s\n", path); /* the last one is the one that crashed */
	LLVMFuzzerTestOneInput((const uint8_t *)str_cz(&bytes), bytes.n);
	return 1;
}

static int folder(DIR *d, const char *path)
{
	int n = 0;
	for (const struct dirent *e; (e = readdir(d));) {
		AUTO_STR struct str file = {0};
		str_printf(&file, "%s/%s", path, e->d_name);
		n += e->d_name[0] != '.' && one(file.p);
	}
	closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		n += d ? folder(d, argv[i]) : one(argv[i]);
	}
	printf("%d inputs\n", n);
	return n == 0;
}
