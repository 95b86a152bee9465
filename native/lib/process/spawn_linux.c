/* vfork: no page tables are copied, and the parent knows at once whether exec succeeded. */
#ifdef __linux__
#include "lib/process/after_fork.h"
#include "lib/process/spawn_child.h"

#include <unistd.h>

void fork_and_exec(struct spawn *spawn)
{
	pid_t parent = getpid();
	pid_t pid = vfork();
	if (pid == 0) {
		if (die_with_parent(parent))
			become_program(spawn);
		_exit(127);
	}
	spawn->pid = pid;
}
#else
typedef int not_on_this_system;
#endif
