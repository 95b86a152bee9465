/* A note to who looks elsewhere that a long line has ended (`[notify] long_lines`). */
#ifndef CARO_HOOK_NOTIFY_H
#define CARO_HOOK_NOTIFY_H

/* Sends the text of the reply's `notify`, where one is there and nothing was typed lately: to the terminal as that one
 * takes it, through tmux too, else to the desktop by notify-send. */
void notify_end(const char *reply);

#endif
