/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: every row at its limits and beyond, routes without doubles, who may write. */
#include "daemon/access.h"
#include "daemon/config.h"
#include "daemon/ipc.h"
#include "daemon/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int set_number(struct config *c, const struct config_row *row, uint64_t v)
{
	char text[32];
	snprintf(text, sizeof text, strcmp(row->unit, "octal") ? "%llu" : "%llo", (unsigned long long)v);
	return config_set(c, row->key, text, NULL);
}

static void every_row_at_its_limits(void **state)
{
	(void)state;
	struct config c = {0};
	config_defaults(&c);
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++) {
		if (row->kind != CONFIG_NUMBER)
			continue;
		assert_in_range(row->dflt, row->least, row->most);
		assert_int_equal(config_number(&c, row), row->dflt);
		assert_int_equal(set_number(&c, row, row->least), 0);
		assert_int_equal(config_number(&c, row), row->least);
		assert_int_equal(set_number(&c, row, row->most), 0);
		assert_int_equal(set_number(&c, row, row->most + 1), ERR_BAD_CONFIG);
		if (row->least)
			assert_int_equal(set_number(&c, row, row->least - 1), ERR_BAD_CONFIG);
		assert_int_equal(config_number(&c, row), row->most);
	}
	config_done(&c);
}

static void values_are_understood(void **state)
{
	(void)state;
	struct config c = {0};
	struct err err = {0};
	config_defaults(&c);
	assert_int_equal(config_set(&c, "body-size", "32k", NULL), 0);
	assert_int_equal(c.body_bytes, 32768);
	assert_int_equal(config_set(&c, "cache", "1G", NULL), 0);
	assert_int_equal(c.cache_bytes, 1073741824);
	static const char *const bad[] = {"", "x", "-1", "5s", "5kk", "0x10", " 5", "99999999999999999999", "18446744073709551615G"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(config_set(&c, "deadline", bad[i], &err), ERR_BAD_CONFIG);
	assert_non_null(strstr(err.msg, "deadline"));
	assert_int_equal(config_set(&c, "watch", "off", NULL), 0);
	assert_false(c.watch);
	assert_int_equal(config_set(&c, "watch", "maybe", NULL), ERR_BAD_CONFIG);
	assert_int_equal(config_set(&c, "index", "", NULL), ERR_BAD_CONFIG);
	assert_int_equal(config_set(&c, "no such key", "1", NULL), ERR_BAD_CONFIG);
	assert_int_equal(config_set(&c, "source", "/a", NULL), 0);
	assert_int_equal(config_set(&c, "source", "/b", NULL), 0);
	assert_int_equal(c.sources.n, 2);
	assert_int_equal(config_set(&c, "index", "/x", NULL), 0);
	assert_int_equal(config_set(&c, "index", "/y", NULL), 0);
	assert_string_equal(c.index, "/y");
	config_done(&c);
}

/* What a reload takes up is exchanged, goes to another process, and is the same there; cut short it harms nobody. */
/* What may be one message between processes fits into one: a larger one would end the process that gets it. */
static void bodies_fit_into_messages(void **state)
{
	static const size_t rows[] = {CONFIG_ROW_body_bytes, CONFIG_ROW_document_bytes};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(config_rows[rows[i]].most + (32u << 20) < FRAME_MAX);
}

static void live_rows_travel(void **state)
{
	(void)state;
	struct config c = {0}, fresh = {0}, other = {0};
	AUTO_STR struct str packed = {0};
	config_defaults(&c), config_defaults(&fresh), config_defaults(&other);
	c.origin = fresh.origin = CONFIG_FROM_FILE;
	assert_int_equal(config_set(&c, "source", "/old", NULL) + config_set(&other, "source", "/old", NULL), 0);
	assert_int_equal(config_set(&fresh, "deadline", "700", NULL) + config_set(&fresh, "converters", "no", NULL) + config_set(&fresh, "search-workers", "3", NULL), 0);
	assert_int_equal(config_set(&fresh, "source", "/a", NULL) + config_set(&fresh, "source", "/b\n", NULL), 0);
	assert_int_equal(config_take(&c, &fresh), 3);
	assert_int_equal(c.deadline_ms, 700);
	assert_int_equal(c.search_workers, 0);
	assert_int_equal(fresh.search_workers, 3);
	assert_int_equal(c.from[CONFIG_ROW_deadline_ms], CONFIG_FROM_FILE);
	config_pack(&c, &packed);
	for (size_t n = 0; n <= packed.n; n++)
		config_unpack(&other, span_sub(str_view(&packed), 0, n));
	for (const struct config_row *row = config_rows; row < config_rows + config_n_rows; row++)
		assert_false(config_differs(&c, &other, row));
	assert_int_equal(other.sources.n, 2);
	assert_string_equal(other.sources.v[1], "/b\n");
	config_done(&c), config_done(&fresh), config_done(&other);
}

static void places_follow_the_environment(void **state)
{
	(void)state;
	struct config c = {0}, bare = {0};
	config_defaults(&c);
	setenv("XDG_DATA_HOME", "/d", 1), setenv("XDG_RUNTIME_DIR", "/r", 1), setenv("XDG_CONFIG_HOME", "relative", 1), setenv("HOME", "/h", 1), setenv("DOSSIER_DATA", "/t", 1);
	assert_int_equal(config_places(&c, NULL), 0);
	assert_string_equal(c.index, "/d/dossier/index");
	assert_string_equal(c.socket, "/r/dossier/dossier.sock");
	assert_string_equal(c.user_data, "/h/.config/dossier");
	assert_string_equal(c.data, "/t");
	assert_in_range(c.search_workers, 2, 64);
	assert_in_range(c.readers, 1, 64);
	assert_int_equal(c.socket_mode, 0600);
	config_done(&c);
	config_defaults(&bare);
	unsetenv("XDG_DATA_HOME"), unsetenv("HOME");
	assert_int_equal(config_places(&bare, NULL), ERR_BAD_CONFIG);
	config_done(&bare);
}

static void every_route_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_routes; i++) {
		AUTO_STR struct str path = {0}, allow = {0};
		struct err err = {0};
		str_z(&path, routes[i].path);
		if (path.p[path.n - 1] == '/')
			str_z(&path, "some/thing");
		assert_ptr_equal(route_find(span_of(routes[i].method), str_view(&path), &allow, &err), &routes[i]);
		assert_null(route_find(SPAN("BREW"), str_view(&path), &allow, &err));
		assert_int_equal(err.code, ERR_METHOD);
		assert_non_null(strstr(allow.p, routes[i].method));
		assert_true(routes[i].right == MAY_WRITE || strcmp(routes[i].method, "GET") == 0 || routes[i].by == BY_ANALYZE); /* who only reads changes nothing */
	}
	AUTO_STR struct str allow = {0};
	struct err err = {0};
	assert_null(route_find(SPAN("GET"), SPAN("/v1/docs/"), &allow, &err));
	assert_null(route_find(SPAN("GET"), SPAN("/v1/searchx"), &allow, &err));
	assert_int_equal(err.code, ERR_NO_ROUTE);
}

static void who_may_write(void **state)
{
	(void)state;
	struct config c = {0};
	struct access a;
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(access_init(&a, &c, NULL), 0);
	assert_true(access_may_write(&a, 0, 0, fds[0]));
	assert_true(access_may_write(&a, getuid(), 12345, fds[0]));
	assert_false(access_may_write(&a, getuid() + 4321, 12345, fds[0]));
	assert_false(access_may_write(&a, (uid_t)-1, 0, fds[0]));
	access_done(&a);
	assert_int_equal(config_set(&c, "writer", "54321", NULL) + config_set(&c, "writer", "@777", NULL), 0);
	assert_int_equal(access_init(&a, &c, NULL), 0);
	assert_true(access_may_write(&a, 54321, 1, fds[0]));
	assert_true(access_may_write(&a, 54322, 777, fds[0]));
	assert_false(access_may_write(&a, 54322, 778, fds[0]));
	access_done(&a);
	assert_int_equal(config_set(&c, "writer", "no-such-user-here", NULL), 0);
	assert_int_equal(access_init(&a, &c, NULL), ERR_BAD_CONFIG);
	access_done(&a);
	config_done(&c);
	close(fds[0]), close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_at_its_limits), cmocka_unit_test(values_are_understood), cmocka_unit_test(live_rows_travel), cmocka_unit_test(bodies_fit_into_messages),
		cmocka_unit_test(places_follow_the_environment), cmocka_unit_test(every_route_is_found), cmocka_unit_test(who_may_write)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
