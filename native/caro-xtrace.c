/* caro-xtrace: collects what bash's xtrace tells and writes events of builtins. See src/caro/trace/xtrace.bash.
 *
 *   caro-xtrace --start     starts a collector, prints its pid; what is appended to /proc/PID/fd/3 is read
 *   caro-xtrace --stdin     reads records from standard input
 *
 * The records go into a memfd: memory, so no secret reaches a disk before it is redacted; and neither does a shell
 * stand still when nobody reads (as with a full pipe), nor does it die when nobody is left (SIGPIPE).
 * 100: usage. 111: a system call failed. */
#include "lib/redact/redact.h"
#include "lib/redact/redact_lists.h"
#include "lib/event/event.h"
#include "lib/event/identity.h"
#include "lib/event/log.h"
#include "lib/base/message.h"
#include "lib/event/record_run.h"
#include "xtrace/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

static struct runtime_conf conf;
static char log_space[PATH_SPACE];
static const char *log_name, *user, *host, *agent;

static void open_journal(void)
{
	read_runtime_conf(&conf);
	log_name = log_path(&conf, log_space);
	user = effective_user(&conf);
	host = machine_name(&conf);
	agent = agent_above(&conf);
}

static void write_record(const struct xtrace_record *record)
{
	static char name[64], memory[EVENT_LINE_MAX];
	struct event event;
	struct buffer line = buffer_in(memory, sizeof memory);
	event_init(&event, "builtin", "xtrace");
	if (record->at.tv_sec > 0) {
		event.ts = record->at;
		uuid7_at(&event.ts, event.id);
	}
	snprintf(name, sizeof name, "%.*s", (int)record->words[0].length, record->words[0].data);
	event.command = name;
	event.argv = record->words;
	event.argc = record->count;
	event.session_id = inherited_id("CARO_SESSION_ID");
	event.parent_id = record->parent[0] ? record->parent : NULL;
	event.file = record->file[0] ? record->file : NULL;
	event.lineno = record->lineno;
	event.cwd = record->cwd;
	event.pid = record->pid;
	if (record->shell != record->pid)
		event.ppid = record->shell;
	event.user = user;
	event.host = host;
	event.agent = agent;
	if (!event_wanted(&event, &conf))
		return;
	add_event(&line, &event, &conf);
	append_line(log_name, &line);
}

/* What is not complete yet stays at the start of the memory. */
struct intake {
	char *data;
	size_t length, room;
};

static bool make_room(struct intake *intake)
{
	if (intake->room - intake->length >= CHUNK)
		return true;
	char *data = realloc(intake->data, intake->room + 2 * CHUNK);
	if (!data)
		return false;
	intake->data = data;
	intake->room += 2 * CHUNK;
	return true;
}

static void take_records(struct intake *intake)
{
	static struct xtrace_record record;
	size_t done = 0, length;
	while ((length = record_length(intake->data + done, intake->length - done)) > 0) {
		if (record_read(intake->data + done, length, &record))
			write_record(&record);
		done += length;
	}
	intake->length -= done;
	memmove(intake->data, intake->data + done, intake->length);
	if (intake->length > 16 * 1024 * 1024) /* one record of that size is none */
		intake->length = 0;
}

/* False: nothing more to read now. */
static bool read_more(struct intake *intake, int fd)
{
	if (!make_room(intake))
		return false;
	ssize_t got = read(fd, intake->data + intake->length, CHUNK);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	intake->length += (size_t)got;
	take_records(intake);
	return true;
}

static int read_stdin(void)
{
	struct intake intake = {0};
	open_journal();
	while (read_more(&intake, STDIN_FILENO))
		continue;
	return 0;
}

#ifdef __linux__
#include "xtrace/memory_file.h"

static _Noreturn void collect(void)
{
	struct intake intake = {0};
	open_journal();
	if (chdir("/") != 0)
		_exit(111);
	do {
		off_t before = lseek(MEMORY_FILE, 0, SEEK_CUR);
		while (read_more(&intake, MEMORY_FILE))
			continue;
		memory_file_forget(before, lseek(MEMORY_FILE, 0, SEEK_CUR));
	} while (memory_file_wait());
	_exit(0);
}

static int start(void)
{
	if (!memory_file_open())
		return 111;
	pid_t pid = fork();
	if (pid == 0) {
		memory_file_detach();
		collect();
	}
	if (pid > 0)
		printf("%d\n", (int)pid);
	return pid > 0 ? 0 : 111;
}
#else
static int start(void)
{
	return 111; /* the shell goes on without */
}
#endif

int main(int argc, char **argv)
{
	redact_fully();
	index_lists();
	if (argc == 2 && !strcmp(argv[1], "--start"))
		return start();
	if (argc == 2 && !strcmp(argv[1], "--stdin"))
		return read_stdin();
	SAY("caro-xtrace: usage: caro-xtrace --start | --stdin");
	return 100;
}
