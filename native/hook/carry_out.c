#include "hook/carry_out.h"

#include "lib/gate/ask.h"
#include "lib/gate/terminal.h"
#include "lib/wire/wire.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORM_MAX 300 /* bytes of a line that the question shows */

static char ask_with_form(int terminal, struct verdict *verdict, const char *reply)
{
	char form[FORM_MAX], shown[2 * FORM_MAX], question[3 * FORM_MAX];
	if (!reply || wire_string(reply, "transform", form, sizeof form) <= 0)
		copy_text(form, sizeof form, "a safer form of the line");
	if (!strcmp(form, verdict->instead))
		verdict->instead[0] = '\0'; /* told once, beside its key */
	show_verdict(terminal, "", verdict);
	snprintf(question, sizeof question, "caro: run it? [y/N] (s: %s) ", printable(form, shown, sizeof shown));
	return (char)ask_key(terminal, question, "ys");
}

static bool confirm(int terminal, struct verdict *verdict, const char *reply)
{
	bool yes;
	if (verdict->transform) {
		char key = ask_with_form(terminal, verdict, reply);
		yes = key == 'y';
		verdict->transform = key == 's';
	} else {
		yes = ask_person(terminal, verdict);
	}
	if (!yes)
		tell(terminal, "not run", "");
	return yes;
}

static const char *front_of(const struct verdict *verdict, bool runs)
{
	return runs ? "warning: " : strcmp(verdict->rule, NO_SUCH_COMMAND) ? "blocked: " : "not run: ";
}

bool carry_out(struct verdict *verdict, const char *reply)
{
	bool runs = verdict->action < ACTION_CONFIRM;
	if (verdict->action == ACTION_ALLOW)
		return true;
	int terminal = open_terminal();
	if (verdict->action == ACTION_CONFIRM)
		runs = confirm(terminal, verdict, reply);
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
