#include "hook/mark.h"

#include "lib/base/json.h"
#include "lib/wire/relay_variable.h"

#include <stdlib.h>
#include <unistd.h>

/* Shells may share a terminal, one below the other: a line is told from all others by its shell, too. */
static void add_tag(struct buffer *to, const struct options *options)
{
	add_unsigned(to, (uint64_t)options->shell_pid);
	add_char(to, '.');
	add_unsigned(to, (uint64_t)options->sequence);
}

void mark_output(const struct options *options, char kind)
{
	struct relay_variable relay;
	char memory[128];
	struct buffer mark = buffer_in(memory, sizeof memory);
	int terminal = read_relay_variable(getenv(RELAY_VARIABLE), &relay) ? open_relay_terminal(&relay) : -1;
	if (terminal < 0)
		return;
	add_text(&mark, "\033]133;");
	add_char(&mark, kind);
	add_text(&mark, ";caro=");
	add_text(&mark, relay.token);
	add_char(&mark, '.');
	add_tag(&mark, options);
	add_char(&mark, '\a');
	ssize_t ignored = write(terminal, mark.data, mark.length);
	(void)ignored;
	close(terminal);
}

void add_relay(struct buffer *to, const struct options *options)
{
	struct relay_variable relay;
	char memory[64];
	struct buffer tag = buffer_in(memory, sizeof memory);
	if (!read_relay_variable(getenv(RELAY_VARIABLE), &relay))
		return;
	add_tag(&tag, options);
	add_text(to, ",\"relay\":");
	add_json(to, bytes_of(relay.socket));
	add_text(to, ",\"mark\":");
	add_json(to, (struct bytes){tag.data, tag.length});
}
