/* Variables of the environment. */
#ifndef CARO_ENV_VALUE_H
#define CARO_ENV_VALUE_H

/* getenv(3) for the many names that a program asks for: most variables differ in their first characters, which needs no
 * call. A name ends at a blank too. NULL where there is no such variable. */
const char *env_value(const char *name);

#endif
