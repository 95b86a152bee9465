#include "lib/gate/exec_gate.h"

#include "lib/gate/ask.h"
#include "lib/wire/breaker.h"
#include "lib/gate/compiled_table.h"
#include "lib/base/json.h"
#include "lib/base/memory.h"
#include "lib/base/message.h"
#include "lib/base/uuid7.h"
#include "lib/wire/wire.h"
#include "lib/base/xdg.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void add_field(struct buffer *to, const char *key, const char *value)
{
	if (!value)
		return;
	add_text(to, ",\"");
	add_text(to, key);
	add_text(to, "\":");
	add_json(to, bytes_of(value));
}

/* Arguments that don't fit are left out, and the last byte is kept for the bracket. */
static void add_argv(struct buffer *to, char *const *argv)
{
	add_text(to, ",\"argv\":[");
	size_t capacity = to->capacity;
	to->capacity -= 4096;
	for (char *const *word = argv; *word; word++) {
		size_t before = to->length;
		if (word != argv)
			add_char(to, ',');
		add_json(to, bytes_of(*word));
		if (to->full) {
			to->length = before;
			to->full = false;
			break;
		}
	}
	to->capacity = capacity;
	add_char(to, ']');
}

static void write_request(struct buffer *to, const struct exec_gate *gate, char *const *argv, char id[UUID_TEXT])
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uuid7_at(&now, id);
	add_text(to, "{\"v\":1,\"type\":\"check_exec\"");
	add_field(to, "id", id);
	add_field(to, "session", gate->session);
	add_field(to, "agent", gate->agent);
	add_field(to, "path", gate->path);
	add_field(to, "cwd", gate->cwd);
	add_text(to, ",\"sent\":");
	add_unsigned(to, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	add_text(to, ",\"timeout_ms\":");
	add_unsigned(to, (uint64_t)gate->conf->timeout_ms);
	add_text(to, ",\"pid\":");
	add_unsigned(to, (uint64_t)(gate->pid > 0 ? gate->pid : 0));
	add_text(to, gate->may_ask ? ",\"tty\":true" : ",\"tty\":false");
	add_field(to, "mode", guard_mode_word(guard_mode_in(gate->conf, gate->cwd)));
	add_argv(to, argv);
	add_text(to, "}\n");
}

static const char *socket_path(char space[PATH_SPACE])
{
	const char *path = getenv("CARO_SOCKET");
	if (path && *path)
		return path;
	return xdg_path(XDG_CONFIG, "caro.sock", space) ? space : NULL;
}

/* One request, one reply into `memory`; false: no answer. */
static bool exchange(const struct exec_gate *gate, char *const *argv, char *memory)
{
	char space[PATH_SPACE], id[UUID_TEXT];
	const char *path = socket_path(space);
	int64_t deadline = wire_clock() + (int64_t)gate->conf->timeout_ms * 1000;
	int fd;
	enum wire_result result = path ? wire_connect(path, &fd) : WIRE_ABSENT;
	if (result == WIRE_OK) {
		struct buffer request = buffer_in(memory, WIRE_MESSAGE_MAX);
		write_request(&request, gate, argv, id);
		result = request.full ? WIRE_MISS : wire_send(fd, request.data, request.length, deadline);
		if (result == WIRE_OK)
			result = wire_receive(fd, id, memory, WIRE_MESSAGE_MAX, deadline);
		close(fd);
	}
	if (result == WIRE_MISS)
		open_breaker();
	return result == WIRE_OK;
}

/* The reason holds words of the command: no terminal is to obey them (C0, DEL, and C1 as UTF-8 has it). */
static void make_plain(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at; at++) {
		bool c1 = at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0;
		if (*at < ' ' || *at == 127 || c1)
			*at = '?';
		if (c1)
			*++at = '?';
	}
}

/* Keeps the stricter verdict; what a person let pass is let pass. */
static bool take_reply(const char *reply, struct gate_verdict *verdict)
{
	char word[16];
	if (wire_has(reply, "approved")) {
		verdict->action = GATE_ALLOW;
		return true;
	}
	if (wire_has(reply, "partial") || wire_string(reply, "action", word, sizeof word) < 0)
		return false;
	int action = gate_action(word, strlen(word));
	if (action < verdict->action)
		return true;
	gate_set(verdict, action, "", "");
	verdict->score = (int)wire_number(reply, "score");
	if (wire_string(reply, "level", verdict->level, sizeof verdict->level) < 0)
		verdict->level[0] = '\0';
	if (wire_string(reply, "rules", verdict->rule, sizeof verdict->rule) < 0)
		verdict->rule[0] = '\0';
	if (wire_string(reply, "reason", verdict->reason, sizeof verdict->reason) < 0)
		gate_copy(verdict->reason, sizeof verdict->reason, "this command is risky");
	if (wire_string(reply, "instead", verdict->instead, sizeof verdict->instead) < 0)
		verdict->instead[0] = '\0';
	make_plain(verdict->reason);
	make_plain(verdict->instead);
	return true;
}

/* False: its guard did not speak. */
static bool ask_daemon(const struct exec_gate *gate, char *const *argv, struct gate_verdict *verdict)
{
	if (breaker_is_open())
		return false;
	char *memory = borrow_memory(WIRE_MESSAGE_MAX);
	bool answered = memory && exchange(gate, argv, memory) && take_reply(memory, verdict);
	return_memory(memory);
	return answered;
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

/* Without the daemon, which does the same for more folders (src/caro/machine/unexpanded.py). */
static void judge_whole_home(const struct exec_gate *gate, char *const *argv, struct gate_verdict *verdict)
{
	struct gate_verdict found;
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
		if (found.action > verdict->action)
			*verdict = found;
	}
	return_memory(words);
}

static bool person_agrees(const struct gate_verdict *verdict)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (terminal < 0)
		return false;
	SAY(verdict->reason, " [", verdict->rule, "]");
	if (verdict->instead[0])
		SAY("safer: ", verdict->instead);
	bool yes = ask_yes(terminal, "caro: run it? [y/N] ");
	close(terminal);
	return yes;
}

bool exec_gate_refuses(const struct exec_gate *gate, char *const *argv, struct gate_verdict *verdict)
{
	table_reads_text();
	if (exec_gate_look(gate, argv, verdict) == GATE_ASK && !ask_daemon(gate, argv, verdict))
		judge_whole_home(gate, argv, verdict);
	if (verdict->action == GATE_ALLOW)
		return false;
	exec_gate_record(gate, argv, verdict);
	if (verdict->action == GATE_CONFIRM && gate->may_ask)
		return !person_agrees(verdict);
	return verdict->action >= GATE_CONFIRM;
}
