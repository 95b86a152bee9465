#include "config.h"
#include "words.h"

#include <stdio.h>

int main(void)
{
	puts(greeting());
	return 0;
}
