#include "bash/fifo.h"

#include "bash/bash_abi.h"
#include "bash/values.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_SPACE 4100 /* of a shell's FIFO, whose answers come whole */
#define ONE_SECOND 1000000
enum { TELL_HOOK = -1, MISSED = 1, LATER = 2 };

#define ATOMIC_BYTES 4096 /* PIPE_BUF of Linux: so many are written whole or not at all */

/* A configuration of this environment alone, a record elsewhere, a relay that waits for a mark, a shell's history that
 * hides secrets: caro-hook knows those. */
static const char *const only_hook_knows[] = {"CARO_ENV",    "CARO_POLICY",       "CARO_CONFIG",      "CARO_SOCKET",
					      "CARO_RELAY",  "CARO_SAFETY_LEVEL", "CARO_SAFETY_MODE", "TRACE_LOG_FILE",
					      "TRACE_SHELL", "__caro_history"};

/* Where a line runs: the daemon wants to know them. */
static const char *const places[] = {"SSH_CONNECTION", "AWS_PROFILE",           "AWS_DEFAULT_PROFILE",
				     "KUBECONFIG",     "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME"};

static bool all_empty(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!has(names[i], ""))
			return false;
	return true;
}

/* True if one of an agent's variables is set; they stand in __caro_agents as ${NAME-}${NAME-}... */
static bool is_agents(void)
{
	char name[64];
	for (const char *at = value_of("__caro_agents"); (at = strstr(at, "${")) != NULL;) {
		at += 2;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "-"), at);
		if (!has(name, ""))
			return true;
	}
	return false;
}

bool is_settled_by_daemon(void)
{
	struct stat off;
	return all_empty(only_hook_knows, sizeof only_hook_knows / sizeof *only_hook_knows) &&
	       !get_string_value("CARO_POLICY") && atol(value_of("__caro_n")) > 1 &&
	       atoll(value_of("__caro_until")) <= (long long)time(NULL) && lstat(value_of("__caro_off"), &off) != 0;
}

struct request {
	char text[ATOMIC_BYTES + 1];
	size_t length;
	bool whole;
};

static void add(struct request *request, const char *text)
{
	size_t length = strlen(text);
	request->whole = request->whole && request->length + length <= ATOMIC_BYTES;
	if (!request->whole)
		return;
	memcpy(request->text + request->length, text, length + 1);
	request->length += length;
}

/* Text of a JSON string; what is not plain ASCII is caro-hook's. */
static void add_quoted(struct request *request, const char *text)
{
	char one[3] = "";
	for (; *text && request->whole; text++) {
		bool escaped = *text == '"' || *text == '\\' || *text == '\n' || *text == '\t';
		request->whole = escaped || (*text >= ' ' && *text <= '~');
		one[0] = escaped ? '\\' : *text;
		one[1] = !escaped ? '\0' : *text == '\n' ? 'n' : *text == '\t' ? 't' : *text;
		add(request, one);
	}
}

/* How the line before ended. */
static void add_last(struct request *request)
{
	char text[128];
	long long us = atoll(value_of("__caro_us"));
	if (has("__caro_status", ""))
		return;
	snprintf(text, sizeof text, ",\"last\":{\"exit_code\":%ld,\"duration_ms\":%lld.%03lld}",
		 atol(value_of("__caro_status")), us / 1000, us % 1000);
	add(request, text);
}

static void make_request(struct request *request, const char *line, const char *how)
{
	char text[256], cwd[PATH_MAX];
	*request = (struct request){.whole = getcwd(cwd, sizeof cwd) != NULL};
	snprintf(text, sizeof text,
		 "{\"v\":1,\"type\":\"preexec\",%s,\"sent\":%lld,\"seq\":%ld,\"shell\":\"bash\",\"pid\":%ld", how,
		 now_us(), atol(value_of("__caro_n")), atol(value_of("__caro_pid")));
	add(request, text);
	add(request, ",\"tty\":true,\"session\":\"");
	add_quoted(request, value_of("CARO_SESSION_ID"));
	add(request, "\",\"cwd\":\"");
	add_quoted(request, request->whole ? cwd : "");
	add(request, "\",\"line\":\"");
	add_quoted(request, line);
	add(request, "\"");
	add_last(request);
	add(request, "}\n");
}

/* Opened for each line: a descriptor that stays open would outlive the daemon behind it. */
static int open_fifo(const char *name, int flags)
{
	char path[PATH_MAX];
	struct stat status;
	snprintf(path, sizeof path, "%s/%s", value_of("__caro_fifo"), name);
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)))
		return fd;
	close(fd);
	return -1;
}

static bool send_request(const struct request *request)
{
	int fd = request->whole ? open_fifo("requests", O_WRONLY) : -1;
	bool sent = fd >= 0 && write(fd, request->text, request->length) == (ssize_t)request->length;
	if (fd >= 0)
		close(fd);
	return sent;
}

bool tell_daemon(const char *line)
{
	struct request request;
	make_request(&request, line, "\"told\":true");
	return send_request(&request);
}

/* The answer to the line's question, which begins with `kind`: from behind that to the end of its row; NULL where there is
 * none. Other numbers are answers that came too late. */
static char *answer_in(char *answers, const char *number, const char *kind)
{
	char begin[48];
	snprintf(begin, sizeof begin, "%.23s %s", number, kind);
	for (char *at = answers, *row; (row = strsep(&at, "\n"));)
		if (at && !strncmp(row, begin, strlen(begin)))
			return row + strlen(begin);
	return NULL;
}

enum waited { CAN_NOT_ASK, UNANSWERED, ANSWERED };

static enum waited wait_for_answer(int fd, int wait_ms, const char *kind, char text[ANSWER_SPACE])
{
	char read_text[ANSWER_SPACE];
	long long end = now_us() + wait_ms * 1000ll;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	for (long long left = wait_ms; left >= 0 && left <= wait_ms; left = (end - now_us()) / 1000) {
		if (poll(&ready, 1, (int)left) <= 0)
			continue;
		ssize_t length = read(fd, read_text, sizeof read_text - 1);
		if (length <= 0)
			return CAN_NOT_ASK;
		read_text[length] = '\0';
		char *answer = answer_in(read_text, value_of("__caro_n"), kind);
		if (!answer)
			continue;
		strcpy(text, answer);
		return ANSWERED;
	}
	return UNANSWERED;
}

/* Send the request and wait for its answer. */
static enum waited exchange(const struct request *request, int wait_ms, const char *kind, char text[ANSWER_SPACE])
{
	int fd = open_fifo(value_of("CARO_SESSION_ID"), O_RDWR);
	enum waited waited = CAN_NOT_ASK;
	if (fd >= 0 && send_request(request))
		waited = wait_for_answer(fd, wait_ms, kind, text);
	if (fd >= 0)
		close(fd);
	return waited;
}

enum answer ask_daemon(const char *line)
{
	char how[96], text[ANSWER_SPACE];
	struct request request;
	int wait_ms = 10 * atoi(value_of("__caro_wait"));
	if (strchr(line, '$') || is_agents() || !all_empty(places, sizeof places / sizeof *places) || wait_ms <= 0 ||
	    !is_settled_by_daemon())
		return ANSWER_ELSE;
	snprintf(how, sizeof how, "\"id\":\"%ld\",\"timeout_ms\":%d,\"env\":{}", atol(value_of("__caro_n")), wait_ms);
	make_request(&request, line, how);
	enum waited waited = exchange(&request, wait_ms, "", text);
	if (waited == UNANSWERED)
		return ANSWER_NONE;
	return waited == ANSWERED && !strcmp(text, "0") ? ANSWER_RUNS : ANSWER_ELSE;
}

/* Where commands are looked for, and what names the pane in which the line's output stands. */
static void add_environment(struct request *request)
{
	static const char *const names[] = {"PATH",
					    "TMUX",
					    "TMUX_PANE",
					    "KITTY_LISTEN_ON",
					    "KITTY_WINDOW_ID",
					    "WEZTERM_PANE",
					    "WEZTERM_UNIX_SOCKET",
					    "ZELLIJ_SESSION_NAME",
					    "ZELLIJ_PANE_ID"};
	const char *between = "";
	add(request, ",\"env\":{");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (has(names[i], ""))
			continue;
		add(request, between);
		add(request, "\"");
		add(request, names[i]);
		add(request, "\":\"");
		add_quoted(request, value_of(names[i]));
		add(request, "\"");
		between = ",";
	}
	add(request, "}}\n");
}

static void make_end_request(struct request *request, const char *status, int wait_ms)
{
	char text[256];
	long long us = atoll(value_of("__caro_us"));
	bool color = has("NO_COLOR", "") && has("CARO_NO_COLOR", "");
	*request = (struct request){.whole = true};
	snprintf(text, sizeof text,
		 "{\"v\":1,\"type\":\"postexec\",\"id\":\"%ld\",\"timeout_ms\":%d,\"sent\":%lld,\"seq\":%ld,"
		 "\"exit_code\":%ld,\"duration_ms\":%lld.%03lld,\"color\":%s,\"session\":\"",
		 atol(value_of("__caro_n")), wait_ms, now_us(), atol(value_of("__caro_n")), atol(status), us / 1000,
		 us % 1000, color ? "true" : "false");
	add(request, text);
	add_quoted(request, value_of("CARO_SESSION_ID"));
	add(request, "\"");
	add_environment(request);
}

/* Between the rows stands what no row has. */
static void show(char *rows)
{
	int terminal = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t length = strlen(rows);
	for (char *at = rows; (at = strchr(at, '\x1f'));)
		*at = '\n';
	rows[length] = '\n';
	ssize_t ignored = write(terminal >= 0 ? terminal : STDERR_FILENO, rows, length + 1);
	(void)ignored;
	if (terminal >= 0)
		close(terminal);
}

int tell_end(const char *status)
{
	char text[ANSWER_SPACE];
	struct request request;
	int wait_ms = 10 * atoi(value_of("__caro_wait"));
	if (wait_ms <= 0 || has("__caro_us", "") || atoll(value_of("__caro_us")) >= ONE_SECOND ||
	    !is_settled_by_daemon() || !has("HOME", value_of("__caro_home")))
		return TELL_HOOK;
	make_end_request(&request, status, wait_ms);
	enum waited waited = exchange(&request, wait_ms, "e", text);
	if (waited != ANSWERED)
		return waited == UNANSWERED ? MISSED | LATER : TELL_HOOK;
	if (*text == '2' || *text == '4')
		show(text + 1);
	return *text == '1' ? TELL_HOOK : *text == '3' || *text == '4' ? LATER : 0;
}
