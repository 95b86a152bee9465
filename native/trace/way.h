/* The ways to see every exec of a tree, best first. */
#ifndef CARO_TRACE_WAY_H
#define CARO_TRACE_WAY_H

#include <stdbool.h>

enum way { WAY_NOTIFY, WAY_NOTIFY_EXIT, WAY_PTRACE, WAY_NONE };

const char *way_name(enum way way);
/* WAY_NONE where there is no such way. */
enum way way_named(const char *name);
/* Return NULL where it works here, else why not and what to do. Starts short-lived processes. */
const char *way_refusal(enum way way);
/* True without CAP_SYS_ADMIN: a filter then needs no_new_privs, under which setuid programs get no other rights. */
bool way_needs_no_new_privs(void);

#endif
