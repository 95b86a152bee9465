/* The question at the terminal: one key, no Enter. */
#ifndef CARO_ASK_H
#define CARO_ASK_H

#include "lib/gate/verdict.h"

#include <stdbool.h>

#define ASK_SECONDS 60

/* Shows question on the terminal tty and reads one key: 1 is yes (y or Y), 0 is no. What was typed or pasted
 * before the question stood there is no answer, and is left for the shell to read. */
int ask_yes(int tty, const char *question);

/* Shows the verdict's reason and safer way on the terminal, and asks whether the line or command is to run. */
bool ask_person(int tty, const struct verdict *verdict);

/* Asks the terminal for its status (ESC [ 5 n) and waits, with echo off, until the answer is there, unread: readline
 * takes it as a key. False where no answer came in 100 ms, or something was typed already. */
bool request_status(int tty);

#endif
