/* Lines that are to be forgotten: a process of Caro's takes each at once out of everything that Caro keeps, and out of
 * the shells' own history files. The files are looked at while the search goes on. */
#ifndef CARO_PICK_FORGET_H
#define CARO_PICK_FORGET_H

#include "lib/base/bytes.h"

#include <stdbool.h>

/* False: nobody is there to do it. */
bool forget_line(struct bytes text);
/* Wait for the end of it, for a moment; false: it failed. */
bool end_forgetting(void);

#endif
