/* caro-launch: what `caro run` turns into, so that no Python stays behind while the command runs.
 *
 *   caro-launch [--session-event] [--summary PROG ARG... ;] -- FILE ARG0 ARG1...
 *
 * Starts FILE with the arguments ARG0 ARG1... and records it as an event of source `launch`; CARO_PARENT_ID is what its
 * environment has more than ours. ARG0 is FILE where a tool finds its parts through it (lib/argv0_table.h).
 * --session-event writes a `session` event first. --summary runs PROG (an absolute
 * path) after the end of FILE, whatever became of it. The end is FILE's: the same exit status or signal.
 * 100: usage. 111: no memory. 126, 127: FILE can't be executed. */
#include "lib/redact/redact.h"
#include "lib/process/argv0_table.h"
#include "lib/base/env_list.h"
#include "lib/base/message.h"
#include "lib/gate/panic_switch.h"
#include "lib/process/own_file.h"
#include "lib/event/record_run.h"
#include "lib/base/system.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static struct runtime_conf conf;

struct words {
	bool session_event;
	char **summary; /* NULL: none */
	const char *file;
	char **argv;
};

static int usage(void)
{
	SAY("caro-launch: usage: caro-launch [--session-event] [--summary PROG ARG... ;] -- FILE ARG0 [ARG...]");
	return 100;
}

/* Takes the words of --summary, whose ";" becomes the NULL at the end; gives what follows, or NULL. */
static char **take_summary(struct words *words, char **at)
{
	words->summary = at;
	while (*at && strcmp(*at, ";"))
		at++;
	if (!*at || at == words->summary)
		return NULL;
	*at = NULL;
	return at + 1;
}

static bool read_words(struct words *words, char **at)
{
	while (at && *at && strcmp(*at, "--")) {
		if (!strcmp(*at, "--session-event")) {
			words->session_event = true;
			at++;
		} else if (!strcmp(*at, "--summary")) {
			at = take_summary(words, at + 1);
		} else {
			return false;
		}
	}
	if (!at || !*at || !at[1] || !at[2])
		return false;
	words->file = at[1];
	words->argv = at + 2;
	return true;
}

static bool prepare(struct run *run, const struct words *words, const char *cwd)
{
	static char parent[sizeof "CARO_PARENT_ID=" + UUID_TEXT] = "CARO_PARENT_ID=";
	struct env_list env;
	describe_run(run, "launch", name_of(words->argv[0]), words->argv, cwd);
	if (!copy_environ(&env, environ, 1) || !run->event.argv)
		return false;
	strcat(parent, run->event.id);
	put_variable(&env, parent);
	/* Below the shims' PATH a compiler that was called by its bare name would take the shim's folder for its own. */
	if (!strchr(words->argv[0], '/') && wants_resolved_argv0(words->argv[0]))
		words->argv[0] = (char *)(uintptr_t)words->file;
	run->spawn.argv = words->argv;
	run->spawn.envp = env.items;
	return true;
}

static void run_summary(char **summary)
{
	struct spawn spawn = {.file = summary[0], .argv = summary, .envp = environ};
	if (spawn_child(&spawn) == 0)
		wait_child(&spawn, NULL);
}

static int say_failure(const char *file, int error)
{
	SAY(file, ": ", exec_error(error));
	return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

int main(int argc, char **argv)
{
	redact_fully();
	static char cwd[PATH_SPACE];
	static struct run run = {.conf = &conf};
	struct words words = {0};
	if (argc < 2 || !read_words(&words, argv + 1))
		return usage();
	if (switched_off()) {
		execve(words.file, words.argv, environ);
		return say_failure(words.file, errno);
	}
	if (!prepare(&run, &words, current_folder(cwd, sizeof cwd)))
		return 111;
	if (words.session_event)
		write_session(&run);
	int error = start_run(&run, words.file);
	if (error)
		return say_failure(words.file, error);
	struct outcome outcome = finish_run(&run);
	if (words.summary)
		run_summary(words.summary);
	end_like(outcome);
}
