/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front, inside: what front.c (children, sockets, start and stop), serve.c (requests and their answers), documents.c (streams
 * of documents) and about.c (what the daemon says of itself) share. Nobody else includes this.
 */
#ifndef DOSSIER_DAEMON_FRONT_H
#define DOSSIER_DAEMON_FRONT_H

#include "daemon/counts.h"
#include "daemon/access.h"
#include "daemon/budget.h"
#include "daemon/http.h"
#include "daemon/pool.h"
#include "daemon/routes.h"

#include "base/json.h"
#include "index/facts/gazetteer.h"

struct front;
typedef int reread_fn(struct config *fresh, struct err *err);

/* A request that somebody else answers. Lives until both the answerer and the client are done with it. */
struct pending {
	struct pending *prev, *next;
	struct front *front;
	struct exchange *x;       /* NULL: the client has gone */
	uid_t uid;
	const struct route *route;
	uint32_t id;              /* what frames to and from the index call it */
	int64_t since_us;
	struct job job;           /* SEARCH */
	bool counted;             /* its answer is among the counts */
	struct documents *docs;   /* PUSH, ANALYZE: documents.c */
};

struct progress_reader { /* GET /v1/progress */
	struct progress_reader *next;
	struct exchange *x;
	bool follow, choked;
};

enum index_state { INDEX_STARTING, INDEX_UP, INDEX_DOWN };

struct front {
	struct config *cfg;
	reread_fn *reread;
	struct config wanted;        /* as the files were at the last reload; settings.c */
	bool wanted_read;            /* there was one */
	struct err settings_err;     /* why the last one was refused; code 0: it was not */
	struct gazetteer *gazetteer; /* for the children */
	struct gazetteer *next;      /* a newer one, until the index has facts that go with it; NULL: none. table.c */
	bool reload_again;           /* it has changed once more meanwhile */
	struct event_base *base;
	struct access access;
	struct http *http;
	struct pool *search, *analyze;
	struct str templates; /* for analyzers: as the index process told */
	struct pending *pending;
	struct progress_reader *progress;
	uint32_t last_id;

	struct channel *index;
	pid_t index_pid;
	enum index_state index_state;
	bool index_reaped, index_eof, index_was_up;
	unsigned index_deaths;
	int64_t index_heard_us;     /* when it last said anything */
	struct err index_err;       /* why it could not start */
	struct event *index_again, *stop_timer, *watchdog, *look, *signals[4];

	struct budget queue;        /* bytes that were pushed and not yet read */
	struct str status, line;    /* newest from the index: members of an object; a line of progress */
	char uuid[40];
	uint64_t revision;
	bool idle, paused;          /* paused: the disk is full */
	struct err search_err;      /* why no search worker can start; code 0: none */

	int lock;                   /* one front an index */
	char *socket;               /* made by us: removed at the end; NULL: passed by systemd */
	bool stopping, told_ready;
	int exit_code;
	pid_t *readers;             /* children that the index asked for */
	size_t n_readers, cap_readers;
	int64_t started_us;
	struct counts counts;
};

int64_t front_now_us(void);

/* front.c: runs until it is told to stop; returns the exit status. `reread` reads the settings again, as for this start. */
int front_run(struct config *cfg, reread_fn *reread);

/* settings.c */
struct http_limits front_http_limits(const struct config *c);
void front_watch_index(struct front *f);   /* looks after it from now on, as often as index-time wants */
void front_settings_reload(struct front *f);
void front_settings_status(const struct front *f, struct jw *w); /* a member of an object */

/* table.c */
void front_table_load(struct front *f);              /* at the start */
void front_table_reload(struct front *f);            /* the files have changed */
void front_table_refused(struct front *f);
void front_table_offer(struct front *f);             /* the index process is up: does it know the newest? */
void front_table_switched(struct front *f);          /* its facts go with the newest */
void front_table_status(const struct front *f, struct jw *w); /* an object */

/* serve.c */
extern const struct http_calls front_http_calls;
void serve_index_frame(struct front *f, const struct frame *head, struct span payload); /* REPLY, RESULTS, RESULTS_END, CREDIT */
void serve_index_died(struct front *f); /* all that waits for the index is told to come again */
void serve_search_broken(struct front *f);
void serve_settle_counts(struct front *f); /* answers that clients have, though nobody has said so yet, are counted */
void answer_problem(struct front *f, struct exchange *x, int code, const char *extra, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void answer(struct front *f, struct exchange *x, int status, const char *content_type, const char *extra, struct span body);
struct pending *pending_new(struct front *f, struct exchange *x, const struct route *r);
void pending_free(struct pending *p);
struct pending *pending_find(struct front *f, uint32_t id);

/* documents.c */
void push_begin(struct pending *p);
void push_data(struct pending *p, struct span bytes);
void push_body_done(struct pending *p);
void push_results(struct pending *p, struct span lines);
void push_end(struct pending *p);          /* all results are there */
void push_broken(struct pending *p);       /* the index died */
void push_credit(struct front *f, uint32_t id, uint64_t bytes); /* id: the request they belonged to */
bool push_queue_full(const struct front *f, uid_t uid);
void analyze_begin(struct pending *p);
void documents_gone(struct pending *p);    /* the client went away */
void documents_drained(struct pending *p);

/* about.c */
void about_answer(struct front *f, struct exchange *x);
void about_progress(struct front *f);      /* a new line of progress is there */
void about_stop(struct front *f);          /* ends what would follow for ever */
void about_gone(struct front *f, struct exchange *x);
void about_drained(struct front *f, struct exchange *x);

#endif
