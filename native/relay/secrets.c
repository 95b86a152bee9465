#include "relay/secrets.h"

#include "lib/redact/redact.h"
#include "lib/redact/redact_lists.h"
#include "relay/canvas.h"
#include "relay/named_values.h"

#include <string.h>

#define TEXT_MAX (HELD_MAX + CANVAS_ROWS * 16)
/* How many places of a line are tried as the end of a prompt of which nobody told. */
#define PROMPTS_MAX 6

static struct canvas canvas;
static char text[TEXT_MAX];
static uint32_t origin[TEXT_MAX]; /* of each byte of `text`: where it is held, or its cell */
static bool in_key;

/* True of what a line editor writes at the right edge to go on in the next row. */
static bool wraps(const struct held *held, size_t at)
{
	return held->data[at] == ' ' && at + 2 < held->length && held->data[at + 1] == '\r' &&
	       held->data[at + 2] != '\n';
}

static size_t erasure(const struct held *held, size_t at)
{
	return at + 2 < held->length && !memcmp(held->data + at, "\b \b", 3) ? 3 : 0;
}

/* True of what ends a row: a newline, the last byte of CUP, HVP and VPA. */
static bool goes_elsewhere(char control)
{
	return control == '\n' || control == 'H' || control == 'f' || control == 'd';
}

/* The characters of the stream without what moves them. */
static size_t read_stream(const struct held *held, size_t from)
{
	size_t length = 0, erased;
	for (size_t at = from; at < held->length; at++) {
		if ((erased = erasure(held, at)) > 0) {
			at += erased - 1;
			continue;
		}
		bool goes = held->control[at] && goes_elsewhere(held->data[at]);
		if ((held->control[at] && !goes) || wraps(held, at))
			continue;
		origin[length] = (uint32_t)at;
		text[length++] = goes ? '\n' : held->data[at];
	}
	return length;
}

static void hide_in_stream(const struct runtime_conf *conf, struct held *held, size_t start, size_t length)
{
	struct span spans[MARKS_MAX];
	size_t count = redact_spans(conf, (struct bytes){text + start, length - start}, spans);
	for (size_t i = 0; i < count; i++)
		for (size_t at = spans[i].start; at < spans[i].end; at++)
			held->hidden[origin[start + at]] = true;
}

/* Where a command may begin behind a prompt that told nobody of its end: `$ `, `# `, `% `, `> `. */
static bool ends_prompt(size_t at, size_t length)
{
	return at > 0 && at < length && text[at - 1] == ' ' && at > 1 &&
	       (strchr("$#%>", text[at - 2]) != NULL || !memcmp(text + (at > 3 ? at - 4 : 0), "\xe2\x9d\xaf", 3));
}

static void hide_behind_prompts(const struct runtime_conf *conf, struct held *held, size_t length)
{
	int tried = 0;
	for (size_t at = 2; at < length && tried < PROMPTS_MAX; at++) {
		if (ends_prompt(at, length)) {
			hide_in_stream(conf, held, at, length);
			tried++;
		}
	}
}

static size_t find_word(size_t from, size_t length, const char *word)
{
	size_t size = strlen(word);
	for (size_t at = from; at + size <= length; at++)
		if (!memcmp(text + at, word, size))
			return at;
	return length;
}

/* PEM (RFC 7468): the lines between are nothing that a line tells by itself. */
static void hide_key(struct held *held, size_t length)
{
	static const char head[] = "PRIVATE KEY-----";
	size_t from = 0;
	while (from < length) {
		size_t end = find_word(from, length, in_key ? "-----END" : head);
		for (size_t at = from; in_key && at < end; at++)
			held->hidden[origin[at]] = text[at] != '\n';
		if (end == length)
			return;
		from = end + sizeof head - 1;
		in_key = !in_key && find_word(end > 40 ? end - 40 : 0, end, "-----END") == end;
	}
}

/* Mark the cells of secrets; true where there are some. */
static bool mark_cells(const struct runtime_conf *conf, size_t start, size_t length)
{
	struct span spans[MARKS_MAX];
	size_t count = redact_spans(conf, (struct bytes){text + start, length - start}, spans);
	for (size_t i = 0; i < count; i++) {
		for (size_t at = start + spans[i].start; at < start + spans[i].end; at++)
			if (origin[at] != UINT32_MAX)
				canvas.secret[origin[at] / CANVAS_COLUMNS][origin[at] % CANVAS_COLUMNS] = true;
	}
	return count > 0;
}

static void hide_final_cells(struct held *held)
{
	for (int row = 0; row < canvas.rows; row++) {
		for (int column = 0; column < canvas.columns; column++) {
			uint32_t cell = canvas.cells[row][column];
			if (!cell || !canvas.secret[row][column])
				continue;
			held->hidden[cell - 1] = true;
			for (size_t at = cell; at < held->length && (held->data[at] & 0xC0) == 0x80; at++)
				held->hidden[at] = true;
		}
	}
}

static void hide_on_canvas(const struct runtime_conf *conf, struct held *held)
{
	struct buffer drawn = buffer_in(text, sizeof text);
	bool found;
	int tried = 0;
	draw_held(&canvas, held, false);
	add_canvas(&canvas, held, &drawn, origin);
	found = mark_cells(conf, 0, drawn.length);
	for (size_t at = 2; at < drawn.length && tried < PROMPTS_MAX; at++) {
		if (ends_prompt(at, drawn.length)) {
			found = mark_cells(conf, at, drawn.length) || found;
			tried++;
		}
	}
	if (!found)
		return;
	hide_final_cells(held);
	/* What stood there before was a part of it: a redrawn beginning. */
	draw_held(&canvas, held, true);
	memset(canvas.secret, 0, sizeof canvas.secret);
}

void hide_secrets(const struct runtime_conf *conf, struct held *held, int rows, int columns)
{
	if (!conf->redact)
		return;
	redact_fully();
	index_lists();
	size_t length = read_stream(held, 0);
	hide_key(held, length);
	hide_in_stream(conf, held, 0, length);
	hide_named_values(held, text, origin, length);
	hide_behind_prompts(conf, held, length);
	if (held->input && held->input < held->length)
		hide_in_stream(conf, held, 0, read_stream(held, held->input));
	if (!held->moved)
		return;
	canvas.rows = rows < 2 ? 2 : rows > CANVAS_ROWS ? CANVAS_ROWS : rows;
	canvas.columns = columns < 2 ? 2 : columns > CANVAS_COLUMNS ? CANVAS_COLUMNS : columns;
	hide_on_canvas(conf, held);
}
