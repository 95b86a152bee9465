#include "lib/event/event_argv.h"

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/redact/redact.h"
#include "lib/base/sha256.h"
#include "lib/base/utf8.h"

/* How far beyond the cut the redactor may look: a token that the cut splits must still be known as one. */
#define LOOK_AHEAD 4096

/* Each argument counts with its NUL, so there can't be more than this. */
#define SHOWN_MAX EVENT_ARGV_MAX

/* Nearly always there are few: these stand side by side, in a page or two. */
#define FEW 96
static struct bytes few[2][FEW], many[2][SHOWN_MAX];
static size_t redacted[SHOWN_MAX];
static char redact_memory[4 * EVENT_ARGV_MAX];

/* The arguments that start below the limit, the last of them shortened. */
static size_t take(struct bytes *whole, const struct bytes *argv, size_t argc, bool *cut)
{
	size_t used = 0, count = 0;
	for (; count < argc && used < EVENT_ARGV_MAX; count++) {
		size_t room = EVENT_ARGV_MAX - used + LOOK_AHEAD;
		whole[count] = argv[count];
		if (whole[count].length > room)
			whole[count].length = room;
		used += argv[count].length + 1;
	}
	*cut = count < argc || used > EVENT_ARGV_MAX + 1;
	return count;
}

static void cut_shown(struct shown_argv *shown)
{
	struct bytes *args = shown->args;
	size_t used = 0;
	for (size_t i = 0; i < shown->count; i++) {
		size_t room = used < EVENT_ARGV_MAX ? EVENT_ARGV_MAX - used : 0;
		args[i].length = utf8_cut(args[i], room);
		used += args[i].length + 1;
	}
}

static bool all_utf8(const struct bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!utf8_valid(list[i]))
			return false;
	return true;
}

void show_argv(struct shown_argv *shown, const struct runtime_conf *conf, const struct bytes *argv, size_t argc)
{
	struct buffer space = buffer_in(redact_memory, sizeof redact_memory);
	struct bytes *whole = argc <= FEW ? few[0] : many[0], *args = argc <= FEW ? few[1] : many[1];
	*shown = (struct shown_argv){.args = args, .redacted = redacted};
	shown->count = take(whole, argv, argc, &shown->cut);
	shown->redacted_count = redact_argv(conf, whole, shown->count, args, redacted, &space);
	if (shown->cut)
		cut_shown(shown);
	shown->not_utf8 = !all_utf8(args, shown->count);
}

typedef void add_item(struct buffer *to, struct bytes item);

static void add_list(struct buffer *to, const struct shown_argv *shown, add_item *add)
{
	add_char(to, '[');
	for (size_t i = 0; i < shown->count; i++) {
		if (i)
			add_char(to, ',');
		add(to, shown->args[i]);
	}
	add_char(to, ']');
}

void add_shown_argv(struct buffer *to, const struct shown_argv *shown)
{
	add_list(to, shown, add_json);
}

/* Of argv joined by NUL: what /proc/PID/cmdline holds but for the last NUL. */
static void add_truncated(struct buffer *to, const struct bytes *argv, size_t argc)
{
	unsigned char digest[32];
	struct sha256 hash;
	sha256_start(&hash);
	for (size_t i = 0; i < argc; i++) {
		if (i)
			sha256_add(&hash, "", 1);
		sha256_add(&hash, argv[i].data, argv[i].length);
	}
	add_text(to, ",\"truncated\":{\"bytes\":");
	add_unsigned(to, hash.length);
	sha256_end(&hash, digest);
	add_text(to, ",\"sha256\":\"");
	add_hex(to, digest, sizeof digest);
	add_text(to, "\",\"argc\":");
	add_unsigned(to, argc);
	add_char(to, '}');
}

static void add_quoted_base64(struct buffer *to, struct bytes item)
{
	add_char(to, '"');
	add_base64(to, item);
	add_char(to, '"');
}

static void add_redacted(struct buffer *to, const struct shown_argv *shown)
{
	add_text(to, ",\"redacted\":[");
	for (size_t i = 0; i < shown->redacted_count; i++) {
		if (i)
			add_char(to, ',');
		add_unsigned(to, shown->redacted[i]);
	}
	add_char(to, ']');
}

void add_argv_notes(struct buffer *to, const struct shown_argv *shown, const struct bytes *argv, size_t argc)
{
	if (shown->cut)
		add_truncated(to, argv, argc);
	if (shown->not_utf8) {
		add_text(to, ",\"argv_b64\":");
		add_list(to, shown, add_quoted_base64);
	}
	if (shown->redacted_count)
		add_redacted(to, shown);
}
