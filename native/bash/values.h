/* Variables of the shell, and the time. */
#ifndef CARO_BASH_VALUES_H
#define CARO_BASH_VALUES_H

#include <stdbool.h>

/* Return the value of a variable of the shell; "" where there is none. It holds until the next call for the same one. */
const char *value_of(const char *name);

/* True if the variable has that value; one that is not there has "". */
bool has(const char *name, const char *wanted);

/* Return the microseconds since the epoch. */
long long now_us(void);

#endif
