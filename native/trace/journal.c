#ifdef __linux__
#include "journal.h"

#include "lib/event.h"
#include "lib/identity.h"
#include "lib/log.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENDING_MAX 256 /* what journal_end adds: a few numbers and an id */

static struct runtime_conf conf;
static char log_space[PATH_SPACE];
static const char *log_name;
static char line_memory[EVENT_LINE_MAX];
/* Looked up once: each costs a file or a system call. */
static const char *host, *agent, *session, *line;

int64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The worker leaves the folder that it was started in, so a relative name is made whole first. */
static void settle_log_name(void)
{
	static char whole[2 * PATH_SPACE];
	log_name = log_path(&conf, log_space);
	if (!log_name || log_name[0] == '/' || !getcwd(whole, PATH_SPACE))
		return;
	size_t length = strlen(whole);
	if (length + strlen(log_name) + 2 > sizeof whole)
		return;
	whole[length] = '/';
	strcpy(whole + length + 1, log_name);
	log_name = whole;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

void journal_open(void)
{
	read_runtime_conf(&conf);
	settle_log_name();
	host = machine_name(&conf);
	agent = agent_above();
	session = variable("CARO_SESSION_ID");
	line = variable("CARO_LINE_ID");
}

const struct runtime_conf *journal_conf(void)
{
	return &conf;
}

const char *journal_root(void)
{
	return variable("CARO_PARENT_ID");
}

static const char *user_name(uid_t uid)
{
	static char names[16][64];
	static uid_t uids[16];
	static bool known[16];
	unsigned slot = uid % 16;
	if (!known[slot] || uids[slot] != uid) {
		struct passwd *entry = uid == geteuid() ? NULL : getpwuid(uid);
		const char *name = entry ? entry->pw_name : uid == geteuid() ? effective_user(&conf) : NULL;
		names[slot][0] = '\0';
		strncat(names[slot], name ? name : "", sizeof names[slot] - 1);
		uids[slot] = uid;
		known[slot] = true;
	}
	return names[slot][0] ? names[slot] : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static struct bytes *split_argv(const struct strings *argv)
{
	struct bytes *args = malloc((argv->count + 1) * sizeof *args);
	const char *at = argv->data;
	for (size_t i = 0; args && i < argv->count; i++) {
		args[i] = bytes_of(at);
		at += args[i].length + 1;
	}
	return args;
}

static void describe(struct event *event, const struct start *start)
{
	event->session_id = session;
	event->parent_id = start->parent;
	event->line_id = line;
	event->path = start->target->path;
	event->command = base_name(start->target->path);
	event->interpreter = start->target->interpreter[0] ? start->target->interpreter : NULL;
	event->cwd = start->cwd[0] ? start->cwd : NULL;
	event->pid = start->pid;
	event->ppid = start->ppid;
	event->user = user_name(start->uid);
	event->host = host;
	event->mode = start->tty ? "interactive" : "noninteractive";
	event->tty = start->tty;
	event->agent = agent;
	event->env_diff = (struct names){start->env_diff, start->env_diff_count};
}

struct record *journal_record(const struct start *start)
{
	struct event event;
	struct buffer line = buffer_in(line_memory, sizeof line_memory);
	struct bytes *args = split_argv(start->argv);
	event_init(&event, "exec", "deep");
	event.ts = start->at;
	describe(&event, start);
	event.argv = args;
	event.argc = start->argv->count;
	add_event(&line, &event, &conf);
	free(args);
	struct record *record = line.full || !args ? NULL : malloc(sizeof *record + line.length);
	if (!record) {
		count_unwritten();
		return NULL;
	}
	*record = (struct record){.pid = start->pid, .started_ns = start->at_ns, .stderr_size = start->stderr_size};
	memcpy(record->id, event.id, sizeof record->id);
	record->dev = start->target->dev;
	record->ino = start->target->ino;
	record->length = line.length - 2; /* without "}\n" */
	memcpy(record->line, line.data, record->length);
	return record;
}

/* The kind stands before anything that a traced program can choose, so the first match is the right one. */
void journal_start(const struct record *record)
{
	static const char kind[] = "\"kind\":\"exec";
	if (conf.capture != CAPTURE_COMMANDS)
		return;
	struct buffer line = buffer_in(line_memory, sizeof line_memory);
	const char *at = memmem(record->line, record->length, kind, sizeof kind - 1);
	if (!at)
		return;
	size_t head = (size_t)(at - record->line) + sizeof kind - 1;
	add_bytes(&line, record->line, head);
	add_text(&line, "_start");
	add_bytes(&line, record->line + head, record->length - head);
	add_text(&line, "}\n");
	append_line(log_name, &line);
}

static void add_field(struct buffer *to, const char *key, int64_t value)
{
	add_text(to, ",\"");
	add_text(to, key);
	add_text(to, "\":");
	add_unsigned(to, (uint64_t)value);
}

static void add_ending(struct buffer *line, int status, int64_t duration_us, const char *replaced_by)
{
	if (status >= 0 && WIFEXITED(status))
		add_field(line, "exit_code", WEXITSTATUS(status));
	if (status >= 0 && WIFSIGNALED(status))
		add_field(line, "signal", WTERMSIG(status));
	add_field(line, "duration_ms", duration_us / 1000);
	add_char(line, '.');
	add_padded(line, (uint64_t)(duration_us % 1000), 3);
	if (replaced_by) {
		add_text(line, ",\"replaced_by\":\"");
		add_text(line, replaced_by);
		add_char(line, '"');
	}
}

void journal_end(const struct record *record, int status, int64_t duration_ns, const char *replaced_by,
		 int64_t stderr_bytes)
{
	bool failed = status > 0;
	if (conf.capture == CAPTURE_NONE || (conf.capture == CAPTURE_ERRORS && !failed))
		return;
	struct buffer line = buffer_in(line_memory, sizeof line_memory);
	add_bytes(&line, record->line, record->length);
	add_ending(&line, status, duration_ns < 0 ? 0 : duration_ns / 1000, replaced_by);
	if (stderr_bytes >= 0)
		add_field(&line, "stderr_bytes", stderr_bytes);
	add_text(&line, "}\n");
	append_line(log_name, &line);
}
#else
typedef int not_on_this_system;
#endif
