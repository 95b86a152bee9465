/* What launcher, command and worker say to each other, over one pair of sockets. */
#ifndef CARO_TRACE_CONTROL_H
#define CARO_TRACE_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

int control_pair(int ends[2]);
/* The command, before its exec: hands over the listener. */
int control_send_listener(int control, int listener);
/* The worker: waits for it. -1 where the command could not install the filter. */
int control_receive_listener(int control);
/* The command, before its exec, where it is to be traced by ptrace: false where that failed. */
bool control_ask_to_be_traced(int control, pid_t worker);
/* The worker: the pid that asks. -1: nobody does. */
pid_t control_traced_pid(int control);
/* The worker: tells it to go on, or that it failed with an errno. */
void control_traced(int control, int error);
/* The launcher: returns when everything that ended before is written, at most two seconds later. True: the worker
 * ends now, as nothing is left of the tree. */
bool control_settle(int control);
/* The worker: whether that was asked for; false: the launcher is gone. */
bool control_asked(int control);
void control_answer(int control, bool ending);

#endif
