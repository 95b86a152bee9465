/* The environment of the shell that we start, where the one that we replace handed its own first one on. */
#ifndef CARO_RELAY_ENVIRONMENT_H
#define CARO_RELAY_ENVIRONMENT_H

/* CARO_RELAY_ENV_0, CARO_RELAY_ENV_1, ... hold `NAME=VALUE` each: they become the environment; without them it stays. */
void take_handed_environment(void);
/* CARO_RELAY_SHELL is this process: an init file that starts relays leaves it alone. */
void name_shell(void);

#endif
