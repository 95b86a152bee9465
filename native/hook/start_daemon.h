/* Starts the daemon where none listens; never waits for it. */
#ifndef CARO_START_DAEMON_H
#define CARO_START_DAEMON_H

/* state_folder is ~/.local/state/caro: the age of its file daemon.start keeps a daemon that can't start from being
 * tried at every prompt. Returns whether one is on its way: started by this call, or by another a moment ago. */
int start_daemon(const char *state_folder);

#endif
