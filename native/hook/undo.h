/* What a line would take away is kept before it runs, where the person has switched that on (`[safety] undo`). */
#ifndef CARO_HOOK_UNDO_H
#define CARO_HOOK_UNDO_H

#include "lib/gate/verdict.h"

enum kept {
	KEPT_NOT,    /* nothing can be kept, or keeping it failed: the question stands */
	KEPT_ALL,    /* the line may run */
	KEPT_FAILED, /* keeping was interrupted: the line does not run */
};

/* Keeps what the daemon's reply (NULL: none) plans for a question or a warning that is the daemon's alone. A warning
   of a line of which nothing could be kept becomes a question. */
enum kept keep_for_undo(struct verdict *verdict, const char *reply);

#endif
