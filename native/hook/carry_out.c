#include "hook/carry_out.h"

#include "lib/gate/ask.h"
#include "lib/gate/terminal.h"
#include "lib/wire/wire.h"

#include <string.h>
#include <unistd.h>

static bool confirm(int terminal, const struct verdict *verdict)
{
	bool yes = ask_person(terminal, verdict);
	if (!yes)
		tell(terminal, "not run", "");
	return yes;
}

static const char *front_of(const struct verdict *verdict, bool runs)
{
	return runs ? "warning: " : strcmp(verdict->rule, NO_SUCH_COMMAND) ? "blocked: " : "not run: ";
}

bool carry_out(const struct verdict *verdict)
{
	bool runs = verdict->action < ACTION_CONFIRM;
	if (verdict->action == ACTION_ALLOW)
		return true;
	int terminal = open_terminal();
	if (verdict->action == ACTION_CONFIRM)
		runs = confirm(terminal, verdict);
	else
		show_verdict(terminal, front_of(verdict, runs), verdict);
	if (terminal != STDERR_FILENO)
		close(terminal);
	return runs;
}

void tell_way_past(const char *reply)
{
	char way[2048], shown[2100];
	if (!reply || wire_string(reply, "past", way, sizeof way) <= 0)
		return;
	int terminal = open_terminal();
	tell(terminal, "all the same: ", printable(way, shown, sizeof shown));
	if (terminal != STDERR_FILENO)
		close(terminal);
}
