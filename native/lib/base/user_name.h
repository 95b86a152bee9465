/* The user database. */
#ifndef CARO_USER_NAME_H
#define CARO_USER_NAME_H

#include <sys/types.h>

/* Name of a uid, NULL: not found. Points to static memory. */
const char *user_name(uid_t uid);

#endif
