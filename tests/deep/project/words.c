#include "words.h"

#include "config.h"

const char *greeting(void)
{
	return GREETING;
}
