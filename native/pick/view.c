#include "pick/view.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MARKED_BYTES 4096

static const char *const scope_names[SCOPES] = {"all", "folder", "session", "host"};
static const char keys_line[] =
	"Enter take  Tab edit  Del forget  ^R next filter: ^F folder ^S session ^O host ^X failed  Esc back";

/* Rows below the lines: one of the chosen line, and where there is room one of keys. */
static int rows_below(const struct view *view)
{
	return view->screen->height >= 6 ? 2 : view->screen->height >= 3 ? 1 : 0;
}

uint32_t rows_of_lines(const struct view *view)
{
	int rows = view->screen->height - 1 - rows_below(view);
	return rows > 0 ? (uint32_t)rows : 0;
}

static void add_words(struct screen *screen, const char *words, int *left)
{
	*left -= add_shown(screen, bytes_of(words), NULL, *left);
}

static const char *age_of(time_t then, time_t now, char out[16])
{
	static const struct {
		long seconds;
		char unit;
	} units[] = {{365 * 86400L, 'y'}, {7 * 86400L, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	long age = then && then <= now ? (long)(now - then) : 0;
	snprintf(out, 16, "%4s", then ? "now" : "");
	for (size_t i = 0; then && i < sizeof units / sizeof *units; i++)
		if (age >= units[i].seconds) {
			snprintf(out, 16, "%3ld%c", age / units[i].seconds, units[i].unit);
			break;
		}
	return out;
}

/* Return where the shown part of the search begins, so that the cursor is in it. */
static size_t query_start(const struct view *view, int columns)
{
	size_t start = 0;
	while (start < view->cursor &&
	       shown_columns((struct bytes){view->query + start, view->cursor - start}) > columns)
		do
			start++;
		while (start < view->cursor && ((unsigned char)view->query[start] & 0xC0) == 0x80);
	return start;
}

/* Return the column of the cursor. */
static int draw_query(struct view *view)
{
	const struct finding *finding = view->finding;
	char head[64], count[64];
	int left = view->screen->columns - 1;
	snprintf(head, sizeof head, "%s%s> ", scope_names[finding->scope], finding->failed_only ? " failed" : "");
	snprintf(count, sizeof count, "  %u%s%s", finding->total, finding->done ? "" : "+", finding->fuzzy ? " ~" : "");
	if (left < 20)
		snprintf(head, sizeof head, "> ");
	add_style(view->screen, STRONG);
	add_words(view->screen, head, &left);
	add_style(view->screen, PLAIN);
	int room = left - (int)strlen(count) > 8 ? left - (int)strlen(count) : left;
	size_t start = query_start(view, room - 1);
	int before = shown_columns((struct bytes){view->query + start, view->cursor - start});
	int column = view->screen->columns - 1 - left + before;
	left -= add_shown(view->screen, (struct bytes){view->query + start, view->length - start}, NULL, room);
	if (left >= (int)strlen(count)) {
		add_style(view->screen, DIM);
		add_words(view->screen, count, &left);
		add_style(view->screen, PLAIN);
	}
	return column;
}

static void draw_line(struct view *view, uint32_t place)
{
	static unsigned char marks[MARKED_BYTES];
	const struct finding *finding = view->finding;
	uint32_t line = finding->best[place].line;
	struct bytes text = store_text(finding->store, line);
	struct use use = use_of(finding->store, line);
	char age[16];
	int left = view->screen->columns - 1;
	if (text.length > MARKED_BYTES)
		text.length = MARKED_BYTES;
	mark_matches(&finding->search, text, marks, text.length);
	add_style(view->screen, place == view->chosen ? STRONG : PLAIN);
	add_words(view->screen, place == view->chosen ? "> " : "  ", &left);
	if (left >= 40) {
		bool failed = has_failed(use.exit);
		add_style(view->screen, failed ? BAD : DIM);
		add_words(view->screen, age_of(use.time, finding->now, age), &left);
		add_words(view->screen, failed ? " ! " : "   ", &left);
		add_style(view->screen, place == view->chosen ? STRONG : PLAIN);
	}
	add_shown(view->screen, text, finding->search.count ? marks : NULL, left);
	add_style(view->screen, PLAIN);
}

static void draw_preview(struct view *view)
{
	const struct finding *finding = view->finding;
	char words[128], when[64] = "";
	int left = view->screen->columns - 1;
	if (view->message) {
		add_words(view->screen, view->message, &left);
		return;
	}
	if (view->chosen >= finding->count) {
		add_words(view->screen, finding->done ? "nothing like it in the history" : "searching", &left);
		return;
	}
	struct use use = use_of(finding->store, finding->best[view->chosen].line);
	time_t at = use.time;
	struct tm local;
	if (at && localtime_r(&at, &local))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M  ", &local);
	add_style(view->screen, DIM);
	add_words(view->screen, when, &left);
	left -= add_shown(view->screen, use.folder, NULL, left);
	if (use.exit != EXIT_UNKNOWN) {
		snprintf(words, sizeof words, "  exit %u", use.exit);
		add_words(view->screen, use.exit == EXIT_STOPPED ? "  stopped" : words, &left);
	}
	if (use.took != LINES_UNKNOWN) {
		snprintf(words, sizeof words, "  took %u.%u s", use.took / 1000, use.took / 100 % 10);
		add_words(view->screen, words, &left);
	}
	snprintf(words, sizeof words, "  x%u%s  ", use.times, use.imported ? "  imported" : "");
	add_words(view->screen, words, &left);
	left -= add_shown(view->screen, use.host, NULL, left);
	add_style(view->screen, PLAIN);
}

static void next_row(struct view *view, int *row)
{
	if (*row + 1 < view->screen->height)
		add_text(&view->screen->out, "\r\n\033[K");
	++*row;
}

static void move_back(struct view *view, int row, int column)
{
	add_char(&view->screen->out, '\r');
	if (row > 0) {
		add_text(&view->screen->out, "\033[");
		add_unsigned(&view->screen->out, (uint64_t)row);
		add_char(&view->screen->out, 'A');
	}
	if (column > 0) {
		add_text(&view->screen->out, "\033[");
		add_unsigned(&view->screen->out, (uint64_t)column);
		add_char(&view->screen->out, 'C');
	}
}

void draw(struct view *view)
{
	uint32_t rows = rows_of_lines(view);
	int row = 0, left = view->screen->columns - 1;
	sort_best(view->finding);
	if (view->chosen >= view->finding->count)
		view->chosen = view->finding->count ? view->finding->count - 1 : 0;
	if (view->chosen < view->top)
		view->top = view->chosen;
	if (rows && view->chosen >= view->top + rows)
		view->top = view->chosen - rows + 1;
	add_text(&view->screen->out, "\033[?25l\r\033[K");
	int column = draw_query(view);
	for (uint32_t i = 0; i < rows; i++) {
		next_row(view, &row);
		if (view->top + i < view->finding->count)
			draw_line(view, view->top + i);
	}
	if (rows_below(view) > 0) {
		next_row(view, &row);
		draw_preview(view);
	}
	if (rows_below(view) > 1) {
		next_row(view, &row);
		add_style(view->screen, DIM);
		add_words(view->screen, keys_line, &left);
		add_style(view->screen, PLAIN);
	}
	move_back(view, row, column);
	add_text(&view->screen->out, "\033[?25h");
	write_screen(view->screen);
}
