#include "lib/base/ere.h"

#include "lib/base/utf8.h"

#include <string.h>

#define NESTED_MAX 32
#define NO_CHARACTER 0x110000

enum { RANGE, CLASS, SPLIT, BEGIN, END, MATCH };

/* ---- characters ---- */

size_t ere_char(const char *text, size_t length, uint32_t *character)
{
	bool valid;
	if (length == 0)
		return 0;
	size_t size = utf8_step((struct bytes){text, length}, &valid);
	unsigned char lead = (unsigned char)text[0];
	if (!valid)
		size = 1;
	*character = !valid ? NO_CHARACTER | lead : size == 1 ? lead : lead & 0xFFu >> (size + 1);
	for (size_t i = 1; i < size; i++)
		*character = *character << 6 | (text[i] & 0x3F);
	return size;
}

#define LETTERS 1 /* beyond ASCII */
#define SIGNS 2

static const struct class
{
	char name[7];
	uint8_t beyond;
	char ranges[8];
} CLASSES[] = {{"alpha", LETTERS, "azAZ"},
	       {"digit", 0, "09"},
	       {"alnum", LETTERS, "azAZ09"},
	       {"upper", LETTERS, "AZ"},
	       {"lower", LETTERS, "az"},
	       {"space", 0, "\t\r  "},
	       {"blank", 0, "\t\t  "},
	       {"xdigit", 0, "09afAF"},
	       {"punct", SIGNS, {'!', '/', ':', '@', '[', '`', '{', '~'}},
	       {"print", LETTERS | SIGNS, " ~"},
	       {"graph", LETTERS | SIGNS, "!~"},
	       {"cntrl", 0, "\001\037\177\177"}};

/* Blocks of 64 code points without letters: Latin-1's signs, punctuation to arrows and symbols, CJK punctuation,
 * private use, forms, pictographs. */
static const uint16_t SIGN_BLOCKS[][2] = {{0x80 / 64, 0xBF / 64},     {0x2000 / 64, 0x2BFF / 64},
					  {0x3000 / 64, 0x303F / 64}, {0xE000 / 64, 0xF8FF / 64},
					  {0xFE00 / 64, 0xFE3F / 64}, {0x1F000 / 64, 0x1FAFF / 64}};

static uint8_t kind_beyond(uint32_t c)
{
	for (size_t i = 0; i < sizeof SIGN_BLOCKS / sizeof *SIGN_BLOCKS; i++)
		if (c / 64 >= SIGN_BLOCKS[i][0] && c / 64 <= SIGN_BLOCKS[i][1])
			return SIGNS;
	return c < 0x80 || c >= NO_CHARACTER ? 0 : LETTERS;
}

static bool in_class(const struct class *class, uint32_t c)
{
	for (size_t i = 0; i < sizeof class->ranges; i += 2)
		if (c && c >= (uint8_t) class->ranges[i] && c <= (uint8_t) class->ranges[i + 1])
			return true;
	return kind_beyond(c) & class->beyond;
}

/* ---- pattern -> steps (Thompson's construction); a SPLIT's two ways are relative, so that steps can be copied ---- */

struct parser {
	struct ere_step *steps;
	size_t count, room;
	const char *at;
	int depth;
	enum ere_fault fault; /* the first */
};

static void parse_alternatives(struct parser *parser);

static void fail(struct parser *parser, enum ere_fault fault)
{
	if (!parser->fault)
		parser->fault = fault;
}

static void emit(struct parser *parser, uint8_t kind, size_t first, size_t last)
{
	if (parser->count == parser->room)
		fail(parser, ERE_TOO_LONG);
	else
		parser->steps[parser->count++] =
			(struct ere_step){.kind = kind, .first = (uint32_t)first, .last = (uint32_t)last};
}

/* Puts a SPLIT in front of the steps from `start` on: into them, or `over` steps on. */
static void split_before(struct parser *parser, size_t start, size_t over)
{
	struct ere_step *steps = parser->steps + start;
	emit(parser, SPLIT, 0, 0);
	if (parser->fault)
		return;
	memmove(steps + 1, steps, (parser->count - 1 - start) * sizeof *steps);
	*steps = (struct ere_step){.kind = SPLIT, .first = 1, .last = (uint32_t)over};
}

static uint32_t next_char(struct parser *parser)
{
	uint32_t c = 0;
	parser->at += ere_char(parser->at, strlen(parser->at), &c);
	return c;
}

static void parse_class(struct parser *parser)
{
	for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++) {
		size_t length = strlen(CLASSES[i].name);
		const char *end = parser->at + 2 + length;
		if (!strncmp(parser->at + 2, CLASSES[i].name, length) && end[0] == ':' && end[1] == ']') {
			emit(parser, CLASS, i, 0);
			parser->at = end + 2;
			return;
		}
	}
	fail(parser, ERE_BAD_MEMBER);
}

/* Reads `x`, `[.x.]` or `[=x=]`. */
static uint32_t parse_member_char(struct parser *parser)
{
	char kind = parser->at[1];
	bool named = parser->at[0] == '[' && (kind == '.' || kind == '=');
	parser->at += named ? 2 : 0;
	uint32_t c = next_char(parser);
	if (named && (parser->at[0] != kind || parser->at[1] != ']'))
		fail(parser, ERE_BAD_MEMBER);
	else
		parser->at += named ? 2 : 0;
	return c;
}

static void parse_member(struct parser *parser)
{
	if (parser->at[0] == '[' && parser->at[1] == ':') {
		parse_class(parser);
		return;
	}
	uint32_t first = parse_member_char(parser), last = first;
	if (parser->at[0] == '-' && parser->at[1] && parser->at[1] != ']') {
		parser->at++;
		last = parse_member_char(parser);
	}
	if (first > last)
		fail(parser, ERE_BAD_MEMBER);
	emit(parser, RANGE, first, last);
}

static void parse_bracket(struct parser *parser)
{
	size_t head = parser->count;
	bool negated = *parser->at == '^';
	parser->at += negated;
	do {
		if (!*parser->at)
			fail(parser, ERE_OPEN_BRACKET);
		else
			parse_member(parser);
	} while (!parser->fault && *parser->at != ']');
	if (parser->fault)
		return;
	parser->at++;
	for (size_t i = head; i < parser->count; i++)
		parser->steps[i].more = i + 1 < parser->count;
	parser->steps[head].negated = negated;
}

static void parse_group(struct parser *parser)
{
	if (++parser->depth > NESTED_MAX)
		fail(parser, ERE_TOO_DEEP);
	else
		parse_alternatives(parser);
	parser->depth--;
	if (*parser->at != ')')
		fail(parser, ERE_OPEN_GROUP);
	else
		parser->at++;
}

static bool is_ascii_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static void parse_atom(struct parser *parser)
{
	const char *start = parser->at++;
	switch (*start) {
	case '.':
		emit(parser, RANGE, 0, UINT32_MAX);
		return;
	case '[':
		parse_bracket(parser);
		return;
	case '(':
		parse_group(parser);
		return;
	case '^':
	case '$':
		emit(parser, *start == '^' ? BEGIN : END, 0, 0);
		return;
	case '*':
	case '+':
	case '?':
		fail(parser, ERE_NOTHING_TO_REPEAT);
		return;
	case '\\':
		if (!*++start || is_ascii_alnum(*start))
			fail(parser, ERE_BAD_ESCAPE);
	}
	parser->at = start;
	uint32_t c = next_char(parser);
	emit(parser, RANGE, c, c);
}

/* -1: none was written. */
static int parse_number(struct parser *parser)
{
	int number = -1;
	while (*parser->at >= '0' && *parser->at <= '9' && number <= ERE_REPEAT_MAX)
		number = (number < 0 ? 0 : number * 10) + (*parser->at++ - '0');
	return number;
}

static void repeat_star(struct parser *parser, size_t start)
{
	size_t size = parser->count - start + 1;
	split_before(parser, start, size + 1);
	emit(parser, SPLIT, -size, -size);
}

/* x{2,4} is written out as xxx?x?, x{2,} as xxx*. */
static void repeat_counted(struct parser *parser, size_t start)
{
	size_t size = parser->count - start, body = start;
	int least = parse_number(parser), most = least;
	if (*parser->at == ',') {
		parser->at++;
		most = parse_number(parser);
		least = least < 0 && most >= 0 ? 0 : least;
	}
	if (*parser->at++ != '}' || least < 0 || least > ERE_REPEAT_MAX || most > ERE_REPEAT_MAX ||
	    (most >= 0 && most < least)) {
		parser->at--;
		fail(parser, ERE_BAD_REPEAT);
		return;
	}
	int copies = most < 0 ? least + 1 : most;
	parser->count = copies ? parser->count : start;
	for (int i = 0; i < copies && !parser->fault; i++) {
		size_t copy = i ? parser->count : start;
		for (size_t j = 0; i && j < size && !parser->fault; j++) {
			emit(parser, 0, 0, 0);
			parser->steps[parser->count - 1] = parser->steps[body + j];
		}
		if (i < least)
			continue;
		if (most < 0)
			repeat_star(parser, copy);
		else
			split_before(parser, copy, size + 1);
		body += i == 0;
	}
}

static void parse_repeated(struct parser *parser)
{
	size_t start = parser->count;
	parse_atom(parser);
	while (!parser->fault) {
		size_t size = parser->count - start;
		switch (*parser->at++) {
		case '*':
			repeat_star(parser, start);
			break;
		case '+':
			emit(parser, SPLIT, -size, 1);
			break;
		case '?':
			split_before(parser, start, size + 1);
			break;
		case '{':
			repeat_counted(parser, start);
			break;
		default:
			parser->at--;
			return;
		}
	}
}

static void parse_alternatives(struct parser *parser)
{
	size_t start = parser->count;
	while (!parser->fault && *parser->at && *parser->at != '|' && !(*parser->at == ')' && parser->depth))
		parse_repeated(parser);
	if (*parser->at != '|' || parser->fault)
		return;
	parser->at++;
	split_before(parser, start, parser->count - start + 2);
	size_t jump = parser->count;
	emit(parser, SPLIT, 0, 0);
	parse_alternatives(parser);
	if (!parser->fault)
		parser->steps[jump].first = parser->steps[jump].last = (uint32_t)(parser->count - jump);
}

enum ere_fault ere_compile(struct ere *ere, struct ere_step *steps, size_t room, const char *pattern)
{
	struct parser parser = {.steps = steps, .room = room < ERE_STEPS_MAX ? room : ERE_STEPS_MAX, .at = pattern};
	if (!*pattern)
		fail(&parser, ERE_EMPTY);
	parse_alternatives(&parser);
	emit(&parser, MATCH, 0, 0);
	*ere = (struct ere){steps, parser.count};
	return parser.fault;
}

const size_t ere_step_bytes = sizeof(struct ere_step), ere_search_bytes = sizeof(struct ere_search);

/* ---- the search: all ways at once, each with the place where it began ---- */

struct place {
	const char *text;
	size_t length, at;
};

static bool holds(const struct ere_step *step, const struct place *place)
{
	if (step->kind == BEGIN)
		return place->at == 0 || place->text[place->at - 1] == '\n';
	return place->at == place->length || place->text[place->at] == '\n';
}

/* Follows what takes no character. A way that began earlier comes first, so the first to reach a step stays. A step
 * is marked once and puts one more on the stack than it takes: that never holds more than there are steps. */
static void add_way(const struct ere *ere, struct ere_search *search, struct ere_ways *ways, size_t step, size_t start,
		    const struct place *place)
{
	uint16_t *top = search->stack;
	*top++ = (uint16_t)step;
	while (top > search->stack) {
		uint16_t at = *--top;
		const struct ere_step *what = &ere->steps[at];
		if (ways->mark[at] == ways->round)
			continue;
		ways->mark[at] = ways->round;
		if (what->kind == SPLIT) {
			*top++ = (uint16_t)(at + what->last);
			*top++ = (uint16_t)(at + what->first);
		} else if (what->kind != BEGIN && what->kind != END) {
			ways->start[at] = start;
			ways->step[ways->count++] = at;
		} else if (holds(what, place)) {
			*top++ = (uint16_t)(at + 1);
		}
	}
}

/* The step behind the one that takes this character, 0 where it doesn't. */
static size_t step_behind(const struct ere *ere, size_t step, uint32_t c)
{
	bool negated = ere->steps[step].negated, more = true, taken = false;
	while (more) {
		const struct ere_step *what = &ere->steps[step++];
		taken |= what->kind == CLASS ? in_class(&CLASSES[what->first], c) : c >= what->first && c <= what->last;
		more = what->more;
	}
	return taken != negated ? step : 0;
}

static void empty(struct ere_ways *ways)
{
	ways->count = 0;
	ways->round++;
}

bool ere_find(const struct ere *ere, struct ere_search *search, const char *text, size_t length, size_t from,
	      size_t *start, size_t *end)
{
	struct ere_ways *now = &search->lists[0], *next = &search->lists[1];
	struct place place = {text, length, from};
	bool found = false;
	now->round = next->round = now->count = 0;
	for (size_t i = 0; i < ere->count; i++)
		now->mark[i] = next->mark[i] = 0;
	now->round++;
	for (size_t size = 1; size && !(found && now->count == 0);) {
		uint32_t c = 0;
		if (!found)
			add_way(ere, search, now, 0, place.at, &place);
		empty(next);
		size = ere_char(text + place.at, length - place.at, &c);
		place.at += size;
		for (size_t i = 0; i < now->count; i++) {
			size_t step = now->step[i], began = now->start[step];
			if (found && began > *start)
				continue;
			if (ere->steps[step].kind == MATCH) {
				found = true;
				*start = began;
				*end = place.at - size;
			} else if (size && (step = step_behind(ere, step, c))) {
				add_way(ere, search, next, step, began, &place);
			}
		}
		struct ere_ways *swap = now;
		now = next;
		next = swap;
	}
	return found;
}

enum ere_answer ere_test(const char *pattern, const char *text, size_t length)
{
	static struct ere_step steps[ERE_STEPS_MAX];
	static struct ere_search search;
	struct ere ere;
	size_t start, end;
	if (ere_compile(&ere, steps, ERE_STEPS_MAX, pattern))
		return ERE_UNREADABLE;
	return ere_find(&ere, &search, text, length, 0, &start, &end) ? ERE_YES : ERE_NO;
}
