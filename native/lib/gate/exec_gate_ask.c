#include "lib/gate/exec_gate.h"

#include "lib/base/memory.h"
#include "lib/gate/ask.h"
#include "lib/gate/compiled_table.h"
#include "lib/gate/reply.h"
#include "lib/gate/shell_policy.h"
#include "lib/gate/terminal.h"
#include "lib/wire/breaker.h"
#include "lib/wire/request.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void send_question(struct exchange *exchange, const struct exec_gate *gate, char *const *argv)
{
	struct buffer request = start_request(exchange, "check_exec", gate->session);
	add_string(&request, "agent", gate->agent);
	add_string(&request, "cwd", gate->cwd);
	add_number(&request, "pid", gate->pid > 0 ? gate->pid : 0);
	add_flag(&request, "tty", gate->may_ask);
	add_string(&request, "mode", guard_mode_word(guard_mode_in(gate->conf, gate->cwd)));
	add_shell_policy(&request);
	add_argv(&request, argv);
	send_request(exchange, &request);
}

/* Keeps the stricter verdict; what a person let pass is let pass. False: the daemon's guard did not speak. */
static bool ask_daemon(const struct exec_gate *gate, char *const *argv, struct verdict *verdict)
{
	static struct verdict other;
	struct exchange exchange = new_exchange(has_shell_policy() ? POLICY_MS : gate->conf->timeout_ms);
	if (breaker_is_open() && !has_shell_policy())
		return false;
	send_question(&exchange, gate, argv);
	end_exchange(&exchange);
	if (exchange.result == WIRE_MISS && !has_shell_policy())
		open_breaker();
	if (!exchange.reply)
		return false;
	read_verdict(exchange.reply, &other);
	if (!other.partial)
		take_daemons(verdict, &other);
	return !other.partial;
}

/* The name that an argument has in the folder, NULL where it is none of it. */
static const char *name_in(const char *folder, const char *cwd, const char *word)
{
	size_t length = strlen(folder);
	bool below = !strncmp(word, folder, length) && word[length] == '/';
	const char *name = below ? word + length + 1 : cwd && !strcmp(cwd, folder) && *word != '-' ? word : NULL;
	return name && *name && !strchr(name, '/') ? name : NULL;
}

static bool names(const char *entry, const char *folder, const char *cwd, char *const *argv)
{
	for (char *const *word = argv + 1; *word; word++) {
		const char *name = name_in(folder, cwd, *word);
		if (name && !strcmp(name, entry))
			return true;
	}
	return false;
}

/* Whether the arguments name all that can be seen in the folder: what a shell makes of `FOLDER/` and a star. */
static bool names_all(const char *folder, const char *cwd, char *const *argv)
{
	size_t count = 0;
	bool all = true;
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir && all && (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.') {
			all = names(entry->d_name, folder, cwd, argv);
			count++;
		}
	if (dir)
		closedir(dir);
	return all && count > 1;
}

/* Without the daemon, which does the same for more folders (src/caro/machine/glob_folding.py). */
static void judge_whole_home(const struct exec_gate *gate, char *const *argv, struct verdict *verdict)
{
	static struct verdict found;
	const char *home = getenv("HOME");
	size_t count = 0, kept = 0;
	while (argv[count])
		count++;
	if (!home || home[0] != '/' || !home[1] || !names_all(home, gate->cwd, argv))
		return;
	char **words = borrow_memory((count + 2) * sizeof *words);
	for (size_t i = 0; words && i < count; i++)
		if (i == 0 || !name_in(home, gate->cwd, argv[i]))
			words[kept++] = argv[i];
	if (words) {
		words[kept] = (char *)(uintptr_t)home;
		exec_gate_look(gate, words, &found);
		tighten(verdict, &found);
	}
	return_memory(words);
}

static bool person_agrees(const struct verdict *verdict)
{
	int terminal = open_terminal();
	bool agrees = ask_person(terminal, verdict);
	if (terminal != STDERR_FILENO)
		close(terminal);
	return agrees;
}

bool exec_gate_refuses(const struct exec_gate *gate, char *const *argv, struct verdict *verdict)
{
	table_reads_text();
	bool needed = exec_gate_look(gate, argv, verdict) == GATE_ASK || has_shell_policy();
	if (needed && !ask_daemon(gate, argv, verdict)) {
		judge_whole_home(gate, argv, verdict);
		tighten_by_silence(verdict);
	}
	if (verdict->action == ACTION_ALLOW)
		return false;
	exec_gate_record(gate, argv, verdict);
	if (verdict->action == ACTION_CONFIRM && gate->may_ask)
		return !person_agrees(verdict);
	return verdict->action >= ACTION_CONFIRM;
}
