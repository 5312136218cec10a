/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a query as a tree: fails for limits alone, and what is printed of a tree is read as that tree. (fuzz-query answers whole requests.) */
#include "tests/fuzz/fuzz.h"

#include "index/query/tree.h"

static void shape(const struct node *n, size_t n_leaves, unsigned depth)
{
	NEVER(depth > 70);
	NEVER(n->kind == NODE_LEAF && n->leaf >= n_leaves);
	NEVER((n->kind == NODE_AND || n->kind == NODE_OR) && n->n_kids < 2);
	NEVER(n->kind == NODE_NOT && n->n_kids != 1);
	for (size_t i = 0; i < n->n_kids; i++)
		shape(n->kids[i], n_leaves, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = {0};
	AUTO_STR struct str text = {0}, printed = {0}, again = {0};
	struct engine_limits limits = engine_default_limits();
	struct tree t = {0}, t2 = {0};
	struct err err = {0};
	if (size < 1 || size > 4096)
		return 0;
	utf8_repair(&text, (struct span){(const char *)data + 1, size - 1});
	int rc = tree_parse(&a, str_view(&text), data[0] & 1, &limits, &t, &err);
	NEVER(rc != 0 && rc != ERR_LIMIT);
	if (rc)
		return 0;
	NEVER(t.n_leaves > limits.leaves);
	shape(t.root, t.n_leaves, 0);
	tree_print(&printed, &t);
	if (tree_parse(&a, str_view(&printed), false, &limits, &t2, &err) != 0)
		return 0; /* printing adds brackets: a limit may be passed */
	tree_print(&again, &t2);
	bool ascii = true; /* (½ becomes 1⁄2 when it is folded: two words to whoever reads it again) */
	for (size_t i = 1; i < size; i++)
		ascii &= data[i] < 128;
	NEVER(ascii && !(data[0] & 1) && !span_eq(str_view(&printed), str_view(&again)));
	return 0;
}
