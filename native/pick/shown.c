/* Text as it is drawn. */
#include "pick/screen.h"

#include "lib/base/utf8.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

static uint32_t character_of(struct bytes text, size_t length)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t character = (unsigned char)text.data[0] & first[length];
	for (size_t i = 1; i < length; i++)
		character = character << 6 | ((unsigned char)text.data[i] & 0x3f);
	return character;
}

/* Characters that show as nothing, or turn the direction of others (Unicode TR 36). */
static bool is_invisible(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c < 0xe0080);
}

static size_t add_escape(char *to, size_t room, uint32_t c, bool byte)
{
	static const char digits[] = "0123456789abcdef";
	struct buffer text = buffer_in(to, room);
	if (!byte && (c == '\n' || c == '\t' || c == '\r' || c == 27)) {
		add_char(&text, '\\');
		add_char(&text, c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : 'e');
		return text.length;
	}
	int width = byte || c < 0x80 ? 2 : c < 0x10000 ? 4 : 8;
	add_text(&text, width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U");
	for (int shift = 4 * (width - 1); shift >= 0; shift -= 4)
		add_char(&text, digits[c >> shift & 15]);
	return text.length;
}

struct piece {
	char text[16];
	size_t length, source; /* bytes that are shown, and those that they stand for */
	int columns;
	bool escaped;
};

static struct piece next_piece(struct bytes rest)
{
	struct piece piece = {0};
	bool valid;
	piece.source = utf8_step(rest, &valid);
	uint32_t c = valid ? character_of(rest, piece.source) : (unsigned char)rest.data[0];
	int columns = valid && c >= 0x20 && c != 0x7f && !is_invisible(c) ? (c < 0x80 ? 1 : wcwidth((wchar_t)c)) : -1;
	if (!valid)
		piece.source = 1;
	piece.escaped = columns < 0;
	if (piece.escaped) {
		piece.length = add_escape(piece.text, sizeof piece.text, c, !valid);
		piece.columns = (int)piece.length;
	} else {
		memcpy(piece.text, rest.data, piece.source);
		piece.length = piece.source;
		piece.columns = columns;
	}
	return piece;
}

void add_style(struct screen *screen, enum style style)
{
	static const char *const with[] = {"\033[m", "\033[90m", "\033[1m", "\033[31m", "\033[1;33m"};
	static const char *const without[] = {"\033[m", "\033[m", "\033[1m", "\033[m", "\033[1;4m"};
	add_text(&screen->out, (screen->colour ? with : without)[style]);
}

int add_shown(struct screen *screen, struct bytes text, const unsigned char *marks, int columns)
{
	int taken = 0;
	bool marked = false;
	for (size_t i = 0; i < text.length;) {
		struct piece piece = next_piece((struct bytes){text.data + i, text.length - i});
		if (taken + piece.columns > columns)
			break;
		bool mark = marks && marks[i];
		if (mark != marked)
			add_text(&screen->out, mark ? (screen->colour ? "\033[1;33m" : "\033[1;4m")
						    : (screen->colour ? "\033[22;39m" : "\033[22;24m"));
		marked = mark;
		add_bytes(&screen->out, piece.text, piece.length);
		taken += piece.columns;
		i += piece.source;
	}
	if (marked)
		add_text(&screen->out, screen->colour ? "\033[22;39m" : "\033[22;24m");
	return taken;
}

int shown_columns(struct bytes text)
{
	int columns = 0;
	for (size_t i = 0; i < text.length;) {
		struct piece piece = next_piece((struct bytes){text.data + i, text.length - i});
		columns += piece.columns;
		i += piece.source;
	}
	return columns;
}
