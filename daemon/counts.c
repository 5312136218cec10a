/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/counts.h"

static const uint64_t steps_us[COUNT_STEPS] = {200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000, 5000000};

static size_t place_of(const struct route *r)
{
	size_t i = r ? (size_t)(r - routes) : COUNT_ROUTES - 1;
	return i < COUNT_ROUTES - 1 ? i : COUNT_ROUTES - 1;
}

static size_t step_of(uint64_t us)
{
	size_t i = 0;
	while (i < COUNT_STEPS && us > steps_us[i])
		i++;
	return i;
}

void counts_add(struct counts *c, const struct route *r, int status, int64_t us)
{
	size_t at = place_of(r);
	c->answers[at][status / 100 < 6 ? status / 100 : 5]++;
	if (us < 0)
		return;
	c->within[at][step_of((uint64_t)us)]++;
	c->us[at] += (uint64_t)us;
	if ((uint64_t)us > c->slowest_us[at])
		c->slowest_us[at] = (uint64_t)us;
}

/* ---- Numbers for Prometheus ---- */

static void put_name(struct str *out, size_t at)
{
	if (at < n_routes)
		str_printf(out, "route=\"%s %s\"", routes[at].method, routes[at].path);
	else
		str_z(out, "route=\"other\"");
}

static void put_times(const struct counts *c, struct str *out, size_t at)
{
	uint64_t sum = 0;
	for (size_t i = 0; i <= COUNT_STEPS; i++) {
		sum += c->within[at][i];
		str_z(out, "dossier_answer_seconds_bucket{");
		put_name(out, at);
		if (i < COUNT_STEPS)
			str_printf(out, ",le=\"%g\"} %llu\n", (double)steps_us[i] / 1e6, (unsigned long long)sum);
		else
			str_printf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)sum);
	}
	str_z(out, "dossier_answer_seconds_sum{");
	put_name(out, at);
	str_printf(out, "} %.6f\ndossier_answer_seconds_count{", (double)c->us[at] / 1e6);
	put_name(out, at);
	str_printf(out, "} %llu\n", (unsigned long long)sum);
}

static bool any_time(const struct counts *c, size_t at)
{
	for (size_t i = 0; i <= COUNT_STEPS; i++)
		if (c->within[at][i])
			return true;
	return false;
}

void counts_metrics(const struct counts *c, struct str *out)
{
	str_z(out, "# HELP dossier_answers_total answers given, by route and class of status\n# TYPE dossier_answers_total counter\n");
	for (size_t at = 0; at < COUNT_ROUTES; at++)
		for (int i = 1; i < 6; i++)
			if (c->answers[at][i]) {
				str_z(out, "dossier_answers_total{");
				put_name(out, at);
				str_printf(out, ",status=\"%dxx\"} %llu\n", i, (unsigned long long)c->answers[at][i]);
			}
	str_z(out, "# HELP dossier_answer_seconds time from the head of a request to its answer, waiting included\n# TYPE dossier_answer_seconds histogram\n");
	for (size_t at = 0; at < COUNT_ROUTES; at++)
		if (any_time(c, at))
			put_times(c, out, at);
}

/* ---- In short ---- */

/* The step within which so many of the answers lie; the slowest where that is beyond all steps. */
static uint64_t within(const uint64_t sum[COUNT_STEPS + 1], uint64_t wanted, uint64_t slowest)
{
	uint64_t n = 0;
	for (size_t i = 0; i < COUNT_STEPS; i++)
		if ((n += sum[i]) >= wanted)
			return steps_us[i] < slowest ? steps_us[i] : slowest;
	return slowest;
}

void counts_status(const struct counts *c, struct jw *w)
{
	uint64_t sum[COUNT_STEPS + 1] = {0}, n = 0, us = 0, slowest = 0;
	for (size_t at = 0; at < n_routes && at < COUNT_ROUTES - 1; at++) {
		if (routes[at].by != BY_SEARCH)
			continue;
		for (size_t i = 0; i <= COUNT_STEPS; i++)
			sum[i] += c->within[at][i], n += c->within[at][i];
		us += c->us[at];
		slowest = c->slowest_us[at] > slowest ? c->slowest_us[at] : slowest;
	}
	jw_open(w, '{');
	jw_field_int(w, "count", n);
	jw_field_int(w, "mean_us", n ? us / n : 0);
	jw_field_int(w, "half_us", n ? within(sum, (n + 1) / 2, slowest) : 0);
	jw_field_int(w, "most_us", n ? within(sum, n - n / 100, slowest) : 0);
	jw_field_int(w, "slowest_us", slowest);
	jw_close(w, '}');
}
