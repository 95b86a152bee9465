/* The user database. */
#ifndef CARO_USER_NAME_H
#define CARO_USER_NAME_H

#include <sys/types.h>

/* Return the name of a uid, NULL: not found. Points to static memory. */
const char *user_name(uid_t uid);
/* Home folder of a uid, NULL: not found. Points to static memory, the same as that of `user_name`. */
const char *user_home(uid_t uid);

#endif
