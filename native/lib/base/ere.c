#include "lib/base/ere.h"

#include <string.h>

#define NESTED_MAX 32
#define REPEAT_MAX 255
#define ATOMS_MAX 4096

enum { BYTE, ANY, SET, SPLIT, JUMP, BEGIN, END, MATCH };

/* ---- pattern -> steps (Thompson's construction) ---- */

struct parser {
	struct ere *ere;
	const char *at;
	int depth;
	unsigned atoms; /* read so far: (((){99}){99}){99} would be read for ever and emit nothing */
	bool failed;
};

static void parse_alternatives(struct parser *parser);

static size_t emit(struct parser *parser, uint8_t kind, uint8_t byte, size_t to, size_t other)
{
	struct ere *ere = parser->ere;
	if (ere->count == ERE_STEPS_MAX) {
		parser->failed = true;
		return 0;
	}
	ere->steps[ere->count] = (struct ere_step){kind, byte, (uint16_t)to, (uint16_t)other};
	return ere->count++;
}

/* Makes room for one step at `place`; steps after it move on, with what points at them. */
static void insert(struct parser *parser, size_t place, uint8_t kind, size_t to, size_t other)
{
	struct ere *ere = parser->ere;
	emit(parser, kind, 0, 0, 0);
	if (parser->failed)
		return;
	memmove(&ere->steps[place + 1], &ere->steps[place], (ere->count - 1 - place) * sizeof *ere->steps);
	for (size_t i = place + 1; i < ere->count; i++) {
		struct ere_step *step = &ere->steps[i];
		if (step->kind == SPLIT || step->kind == JUMP) {
			step->to = (uint16_t)(step->to + (step->to >= place));
			step->other = (uint16_t)(step->other + (step->other >= place));
		}
	}
	ere->steps[place] = (struct ere_step){kind, 0, (uint16_t)to, (uint16_t)other};
}

static void set_range(uint8_t *set, unsigned first, unsigned last)
{
	for (unsigned c = first; c <= last; c++)
		set[c / 8] = (uint8_t)(set[c / 8] | 1u << c % 8);
}

static bool set_class(uint8_t *set, const char *name, size_t length)
{
	static const struct {
		const char *name, *ranges;
	} CLASSES[] = {{"alpha", "azAZ"}, {"digit", "09"}, {"alnum", "azAZ09"}, {"upper", "AZ"}, {"lower", "az"},
		       {"space", "\t\r  "}, {"blank", "\t\t  "}, {"xdigit", "09afAF"}, {"punct", "!/:@[`{~"},
		       {"print", " ~"}, {"graph", "!~"}, {"cntrl", "\001\037\177\177"}};
	for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++)
		if (strlen(CLASSES[i].name) == length && memcmp(CLASSES[i].name, name, length) == 0) {
			for (const char *range = CLASSES[i].ranges; *range; range += 2)
				set_range(set, (unsigned char)range[0], (unsigned char)range[1]);
			return true;
		}
	return false;
}

/* One member of a bracket expression; false: an error. */
static bool parse_member(struct parser *parser, uint8_t *set)
{
	const char *at = parser->at;
	if (at[0] == '[' && at[1] == ':') {
		const char *end = strstr(at + 2, ":]");
		if (!end || !set_class(set, at + 2, (size_t)(end - at - 2)))
			return false;
		parser->at = end + 2;
		return true;
	}
	unsigned first = (unsigned char)at[0], last = first;
	parser->at++;
	if (at[1] == '-' && at[2] != ']' && at[2] != '\0') {
		last = (unsigned char)at[2];
		parser->at += 2;
	}
	set_range(set, first, last);
	return first <= last;
}

static void parse_bracket(struct parser *parser)
{
	struct ere *ere = parser->ere;
	bool negated = *parser->at == '^';
	if (ere->set_count == ERE_SETS_MAX - 1) {
		parser->failed = true;
		return;
	}
	uint8_t *set = ere->sets[ere->set_count];
	parser->at += negated;
	const char *first = parser->at;
	while (!parser->failed && *parser->at && (*parser->at != ']' || parser->at == first))
		parser->failed = !parse_member(parser, set);
	parser->failed |= *parser->at != ']';
	parser->at += *parser->at == ']';
	for (size_t i = 0; negated && i < 32; i++)
		set[i] = (uint8_t)~set[i];
	size_t same = 0; /* [0-9]{20} is one set, written out twenty times */
	while (memcmp(ere->sets[same], set, sizeof *ere->sets) != 0)
		same++;
	if (same == ere->set_count)
		ere->set_count++;
	else
		memset(set, 0, sizeof *ere->sets);
	emit(parser, SET, (uint8_t)same, 0, 0);
}

static void parse_group(struct parser *parser)
{
	if (++parser->depth > NESTED_MAX)
		parser->failed = true;
	else
		parse_alternatives(parser);
	parser->depth--;
	parser->failed |= *parser->at != ')';
	parser->at += *parser->at == ')';
}

static void parse_atom(struct parser *parser)
{
	parser->failed |= ++parser->atoms > ATOMS_MAX;
	char c = *parser->at++;
	switch (c) {
	case '.':
		emit(parser, ANY, 0, 0, 0);
		break;
	case '[':
		parse_bracket(parser);
		break;
	case '(':
		parse_group(parser);
		break;
	case '^':
		emit(parser, BEGIN, 0, 0, 0);
		break;
	case '$':
		emit(parser, END, 0, 0, 0);
		break;
	case '*':
	case '+':
	case '?':
		parser->failed = true; /* nothing to repeat */
		break;
	case '\\':
		parser->failed |= *parser->at == '\0';
		if (!parser->failed)
			emit(parser, BYTE, (uint8_t)*parser->at++, 0, 0);
		break;
	default:
		emit(parser, BYTE, (uint8_t)c, 0, 0);
	}
}

/* -1: none was written. */
static int parse_number(struct parser *parser)
{
	int number = -1;
	while (*parser->at >= '0' && *parser->at <= '9' && number <= REPEAT_MAX)
		number = (number < 0 ? 0 : number * 10) + (*parser->at++ - '0');
	return number;
}

static void repeat_star(struct parser *parser, size_t start)
{
	insert(parser, start, SPLIT, start + 1, parser->ere->count + 2);
	emit(parser, JUMP, 0, start, 0);
}

static void repeat_maybe(struct parser *parser, size_t start)
{
	insert(parser, start, SPLIT, start + 1, parser->ere->count + 1);
}

/* x{2,4} is written out as xxx?x?: the atom is read again for each. */
static void repeat_counted(struct parser *parser, size_t start, const char *atom)
{
	int least = parse_number(parser), most = least;
	if (*parser->at == ',') {
		parser->at++;
		most = parse_number(parser);
		least = least < 0 ? 0 : least;
	}
	parser->failed |= *parser->at != '}' || least < 0 || least > REPEAT_MAX || most > REPEAT_MAX ||
			  (most >= 0 && most < least);
	const char *after = parser->at + (*parser->at == '}');
	parser->ere->count = start;
	int copies = most < 0 ? least + 1 : most;
	for (int i = 0; i < copies && !parser->failed; i++) {
		size_t copy = parser->ere->count;
		parser->at = atom;
		parse_atom(parser);
		if (i >= least && most < 0)
			repeat_star(parser, copy);
		else if (i >= least)
			repeat_maybe(parser, copy);
	}
	parser->at = after;
}

static void parse_repeated(struct parser *parser)
{
	size_t start = parser->ere->count;
	const char *atom = parser->at;
	parse_atom(parser);
	while (!parser->failed && strchr("*+?{", *parser->at) && *parser->at) {
		char c = *parser->at++;
		if (c == '*')
			repeat_star(parser, start);
		else if (c == '+')
			emit(parser, SPLIT, 0, start, parser->ere->count + 1);
		else if (c == '?')
			repeat_maybe(parser, start);
		else
			repeat_counted(parser, start, atom);
	}
}

static void parse_alternatives(struct parser *parser)
{
	size_t start = parser->ere->count;
	while (!parser->failed && *parser->at && *parser->at != '|' && !(*parser->at == ')' && parser->depth))
		parse_repeated(parser);
	if (*parser->at != '|' || parser->failed)
		return;
	parser->at++;
	insert(parser, start, SPLIT, start + 1, parser->ere->count + 2);
	size_t jump = emit(parser, JUMP, 0, 0, 0);
	parse_alternatives(parser);
	parser->ere->steps[jump].to = (uint16_t)parser->ere->count;
}

bool ere_compile(struct ere *ere, const char *pattern)
{
	struct parser parser = {.ere = ere, .at = pattern};
	memset(ere, 0, sizeof *ere);
	parse_alternatives(&parser);
	emit(&parser, MATCH, 0, 0, 0);
	return !parser.failed && *parser.at == '\0';
}

/* ---- the search: all ways at once, each with the place where it began ---- */

struct ways {
	size_t count;
	uint16_t step[ERE_STEPS_MAX];
	size_t start[ERE_STEPS_MAX]; /* by step */
	uint32_t mark[ERE_STEPS_MAX];
	uint32_t round;
};

/* Follows what takes no character. A way that began earlier comes first, so the first to reach a step stays. */
static void add_way(const struct ere *ere, struct ways *ways, uint16_t step, size_t start, size_t at, size_t length)
{
	uint16_t stack[ERE_STEPS_MAX];
	size_t depth = 0;
	stack[depth++] = step;
	while (depth > 0) {
		step = stack[--depth];
		if (ways->mark[step] == ways->round)
			continue;
		ways->mark[step] = ways->round;
		const struct ere_step *what = &ere->steps[step];
		if (what->kind == SPLIT && depth + 2 <= ERE_STEPS_MAX) {
			stack[depth++] = what->other;
			stack[depth++] = what->to;
		} else if (what->kind == JUMP) {
			stack[depth++] = what->to;
		} else if ((what->kind == BEGIN && at == 0) || (what->kind == END && at == length)) {
			stack[depth++] = (uint16_t)(step + 1);
		} else if (what->kind != BEGIN && what->kind != END && what->kind != SPLIT) {
			ways->start[step] = start;
			ways->step[ways->count++] = step;
		}
	}
}

static bool takes(const struct ere *ere, const struct ere_step *step, unsigned char c)
{
	switch (step->kind) {
	case BYTE:
		return step->byte == c;
	case ANY:
		return true;
	case SET:
		return ere->sets[step->byte][c / 8] >> c % 8 & 1;
	default:
		return false;
	}
}

bool ere_find(const struct ere *ere, const char *text, size_t length, size_t from, size_t *start, size_t *end)
{
	static struct ways lists[2];
	struct ways *now = &lists[0], *next = &lists[1];
	bool found = false;
	memset(lists, 0, sizeof lists);
	now->round = next->round = 1;
	for (size_t at = from; at <= length; at++) {
		if (!found)
			add_way(ere, now, 0, at, at, length);
		next->count = 0;
		next->round++;
		for (size_t i = 0; i < now->count; i++) {
			uint16_t step = now->step[i];
			size_t began = now->start[step];
			if (found && began > *start)
				continue;
			if (ere->steps[step].kind == MATCH) {
				found = true;
				*start = began;
				*end = at;
			} else if (at < length && takes(ere, &ere->steps[step], (unsigned char)text[at])) {
				add_way(ere, next, (uint16_t)(step + 1), began, at + 1, length);
			}
		}
		struct ways *swap = now;
		now = next;
		next = swap;
		if (found && now->count == 0)
			break;
	}
	return found;
}
