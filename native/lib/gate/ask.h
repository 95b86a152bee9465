/* The question at the terminal: one key, no Enter. */
#ifndef CARO_ASK_H
#define CARO_ASK_H

#include "lib/gate/verdict.h"

#include <stdbool.h>

#define ASK_SECONDS 60

/* Shows the question on the terminal and reads one key: returns the one of `keys` (small letters) that it is, in either
 * case, or 0. What was typed or pasted before the question stood there is no answer, and is left for the shell to
 * read. */
int ask_key(int tty, const char *question, const char *keys);

/* Shows the verdict's reason and safer way on the terminal, and asks whether the line or command is to run. */
bool ask_person(int tty, const struct verdict *verdict);

/* Asks the terminal for its status (ESC [ 5 n) and waits, with echo off, until the answer is there, unread: readline
 * takes it as a key. False where no answer came in 100 ms, or something was typed already. */
bool request_status(int tty);

#endif
