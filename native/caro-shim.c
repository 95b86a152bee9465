/* caro-shim: stands in PATH under a tool's name, runs the real tool, records it.
 *
 *   SHIMS/git status      (a copy or hard link of this file, named as the tool)
 *
 * Seen from outside it is the tool: exit status, signals, job control, descriptors, environment (but CARO_SESSION_ID,
 * CARO_PARENT_ID, CARO_SHIM_LINEAGE and SHIM_ACTIVE). Where it can't do its own work it still runs the tool. 127: no
 * tool was found; 126: it can't be executed. */
#include "lib/process/argv0_table.h"
#include "lib/base/buffer.h"
#include "lib/base/env_list.h"
#include "lib/base/memory.h"
#include "lib/base/message.h"
#include "lib/gate/panic_switch.h"
#include "lib/event/record_run.h"
#include "lib/base/system.h"
#include "shim/gate.h"
#include "shim/lineage.h"
#include "shim/tool_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static struct runtime_conf conf;

struct shim {
	char **typed; /* argv as it came */
	char **argv;  /* as the tool gets it */
	struct own_file own;
	const char *tool;
	char *cwd; /* NULL: not known (deleted, say) */
	struct lineage lineage;
	struct tool_search search;
	struct env_list env;
	bool only_pass; /* no record: switched off, or the tracer writes it */
	int error;      /* errno of the last exec that failed */
};

/* Before the path in SHIM_ACTIVE the child writes "SHIM_ACTIVE=", its pid and ":". */
#define ACTIVE_FRONT 32

/* The name of the file, and not argv[0], which a caller may choose freely (exec -a); but a link farm that points at
 * one caro-shim has the name there only. */
static void find_tool_name(struct shim *shim)
{
	find_own_file(&shim->own, shim->typed[0]);
	shim->tool = name_of(shim->own.path);
	if (!*shim->tool || !strcmp(shim->tool, "caro-shim"))
		shim->tool = name_of(shim->typed[0]);
}

static char *find_cwd(void)
{
	char cwd[PATH_SPACE];
	return current_folder(cwd, sizeof cwd) ? keep_text(cwd) : NULL;
}

static bool no_loop(struct shim *shim)
{
	if (shim->lineage.same_tool < LINEAGE_SAME_TOOL && shim->lineage.depth < LINEAGE_DEPTH)
		return true;
	SAY(shim->tool, ": it has started itself again and again through PATH; look at `type -a ", shim->tool, "`");
	return false;
}

/* A shell that was told the shim's own path (`$(which git) status`) means the tool. */
static bool typed_own_path(const struct shim *shim)
{
	struct stat st;
	const char *typed = shim->typed[0];
	return strchr(typed, '/') && stat(typed, &st) == 0 && same_file(id_of(&st), shim->own.file);
}

static void choose_argv0(struct shim *shim)
{
	bool resolved = wants_resolved_argv0(shim->tool) || typed_own_path(shim);
	shim->argv[0] = resolved ? (char *)(uintptr_t)shim->search.file : shim->typed[0];
}

/* The TARGET of SHIM_ACTIVE=PID:TARGET, where the shim above started it as this very process; else NULL. */
static const char *started_as(void)
{
	char pid[PID_DIGITS + 2];
	const char *active = getenv("SHIM_ACTIVE");
	struct buffer to = buffer_in(pid, sizeof pid);
	add_unsigned(&to, (uint64_t)getpid());
	add_char(&to, ':');
	return active && !strncmp(active, pid, to.length) ? active + to.length : NULL;
}

/* TARGET has replaced itself by the tool's name again (make does, after it has remade a makefile). One process, one
 * event. A plain "is it set" would lose every nested command, and the pid alone those that `bash -c` execs in place. */
static bool entered_again(const struct shim *shim)
{
	const char *target = started_as();
	return target && !strcmp(target, shim->search.file);
}

static int exec_file(const struct shim *shim, char **env)
{
	const char *file = shim->search.file;
	execve(file, shim->argv, env);
	int error = errno;
	if (error == E2BIG && env != environ)
		return exec_file(shim, environ);
	char **script = error == ENOEXEC ? script_argv(file, shim->argv) : NULL;
	if (script)
		execve(script[0], script, env);
	return error;
}

static void prepare_environment(struct shim *shim)
{
	if (copy_environ(&shim->env, environ, 4))
		put_variable(&shim->env, shim->lineage.variable);
	else
		shim->env.items = environ;
}

struct added {
	char session[sizeof "CARO_SESSION_ID=" + UUID_TEXT];
	char parent[sizeof "CARO_PARENT_ID=" + UUID_TEXT];
	char session_id[UUID_TEXT];
};

static char *assignment(char *space, size_t size, const char *name, const char *value)
{
	struct buffer to = buffer_in(space, size);
	add_text(&to, name);
	add_text(&to, value);
	end_text(&to);
	return space;
}

static void add_variables(struct shim *shim, struct run *run, struct added *added)
{
	run->spawn.envp = shim->env.items;
	if (!run->event.session_id) {
		uuid7_at(&run->event.ts, added->session_id);
		run->event.session_id = added->session_id;
	}
	if (shim->env.items == environ)
		return;
	put_variable(&shim->env,
		     assignment(added->session, sizeof added->session, "CARO_SESSION_ID=", run->event.session_id));
	put_variable(&shim->env, assignment(added->parent, sizeof added->parent, "CARO_PARENT_ID=", run->event.id));
	char *active = take_memory(ACTIVE_FRONT + strlen(shim->search.file) + 1);
	if (!active)
		return;
	run->spawn.pid_suffix = strcpy(active + ACTIVE_FRONT, shim->search.file);
	run->spawn.pid_prefix = "SHIM_ACTIVE=";
	run->spawn.pid_place = put_variable(&shim->env, "SHIM_ACTIVE=");
}

/* Runs the candidate; comes back only where it could not be executed. */
static int run_recorded(struct shim *shim)
{
	static struct added added;
	struct run run = {.conf = &conf};
	describe_run(&run, "shim", shim->tool, shim->typed, shim->cwd);
	add_variables(shim, &run, &added);
	run.spawn.argv = shim->argv;
	int error = start_run(&run, shim->search.file);
	if (!error)
		end_like(finish_run(&run));
	if (run.spawn.pid == 0) { /* no process to be had: the tool itself needs no new one */
		record_replaced(&run, shim->search.file);
		return exec_file(shim, shim->env.items);
	}
	return error;
}

static int try_candidate(struct shim *shim)
{
	choose_argv0(shim);
	if (shim->only_pass || entered_again(shim))
		return exec_file(shim, shim->env.items);
	return run_recorded(shim);
}

/* The errors after which execvp looks further along PATH. */
static bool look_further(int error)
{
	return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE || error == ENODEV ||
	       error == ETIMEDOUT;
}

/* Comes back only where none could be executed; false: there was none to try. */
static bool try_candidates(struct shim *shim, size_t pass_over)
{
	bool any = false;
	start_tool_search(&shim->search, shim->tool, &shim->own, pass_over);
	if (typed_own_path(shim))
		search_after_own_folder(&shim->search);
	while (next_tool(&shim->search, shim->cwd)) {
		any = true;
		shim->error = try_candidate(shim);
		shim->search.denied |= shim->error == EACCES;
		if (!look_further(shim->error))
			break;
	}
	return any;
}

/* Those above have tried as many candidates as they are more than one. Where no other is left, it may be a
 * recursion that ends by itself, so go on for a while. Who gives our path has searched PATH itself, as wrappers do:
 * there one above is enough, and the wrapper runs once, as it would without us. */
static void run_tool(struct shim *shim)
{
	size_t above = shim->lineage.same_command, free = typed_own_path(shim) ? 0 : LINEAGE_REPEATS - 1;
	size_t pass_over = above > free ? above - free : 0;
	if (!try_candidates(shim, pass_over) && pass_over && above < LINEAGE_HOPELESS)
		try_candidates(shim, 0);
}

static int give_up(const struct shim *shim)
{
	if (shim->error && !look_further(shim->error)) {
		SAY(shim->search.file, ": ", exec_error(shim->error));
		return 126;
	}
	if (shim->search.denied) {
		SAY(shim->tool, ": permission denied to what PATH has");
		return 126;
	}
	if (shim->lineage.same_command >= LINEAGE_HOPELESS)
		SAY(shim->tool, ": hidden by a wrapper that starts itself again and again");
	else
		SAY(shim->tool, ": not found (PATH has Caro's shim alone); install it, or run `caro shims sync`");
	return 127;
}

int main(int argc, char **argv)
{
	static struct shim shim;
	if (argc < 1 || !(shim.argv = take_memory(((size_t)argc + 1) * sizeof *argv)))
		return 111;
	memcpy(shim.argv, argv, ((size_t)argc + 1) * sizeof *argv);
	shim.typed = argv;
	shim.cwd = find_cwd();
	find_tool_name(&shim);
	read_lineage(&shim.lineage, &(struct call){.tool = shim.tool,
						   .cwd = shim.cwd,
						   .argv = argv,
						   .by_path = typed_own_path(&shim),
						   .in_place = started_as()});
	if (!no_loop(&shim))
		return 127;
	/* What runs below HOME=/x keeps the policy of its session: that of where the shim stands. */
	use_shims_folder(shim.own.path, shim.own.folder_length);
	bool off = switched_off(), deep = getenv("CARO_DEEP") != NULL;
	shim.only_pass = off || deep;
	/* The variable alone is anybody's. */
	if (!off && !(deep && is_filtered()) && is_refused(&conf, shim.tool, shim.argv, shim.cwd))
		return 126;
	prepare_environment(&shim);
	run_tool(&shim);
	return give_up(&shim);
}
