/* caro-pick: searches the lines that were typed, on the terminal, and prints the one that was chosen.
 *
 *   caro-pick [-H PERCENT] [-b] [-r] [-d FILE] [-i lines|numbered|nul] [-n] [-F FILE]
 *   caro-pick -f TEXT [-F FILE] [-i ...] [-n]
 *
 * CARO_LINE is what the search begins with: the line as it was typed so far. Lines come from the files that the daemon
 * keeps (-F: from FILE), or with -i from a history on standard input, of which -n says that its newest line is the first.
 * -H: rows that it takes, in percent; 100 is the whole screen. -b: begin below the cursor's row. -r: Enter means that
 * the line is to be run, and ends with status 10. -d: put the lines that were forgotten into FILE, NUL behind each. -f: print what a search for TEXT finds, best first, a line each
 * (newlines as NUL), without a terminal.
 *
 * 0: the chosen line stands on standard output, for the person to look at. 10: the same, and Enter was pressed, with
 * -r. 1: given up, the typed line stays. 3: there is no file. 4: no terminal, or one that can't move its cursor.
 * 100: usage. 111: no memory. */
#include "lib/base/message.h"
#include "lib/base/system.h"
#include "lib/base/utf8.h"
#include "lib/base/xdg.h"
#include "lib/wire/request.h"
#include "pick/find.h"
#include "pick/forget.h"
#include "pick/screen.h"
#include "pick/view.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MICROSECONDS 10000 /* of a search, until what is there so far is drawn */
#define STEP_MICROSECONDS 8000
#define DRAW_STEPS 6
#define DAEMON_MS 15

struct options {
	int percent;
	bool below, run, reversed, on_stdin;
	enum history_form form;
	const char *file, *filter, *forgotten;
};

static struct store store;
static struct finding finding;
static struct screen screen;
static struct view view;
static unsigned char *made[SCOPES];

static int usage(void)
{
	SAY("caro-pick: usage: caro-pick [-H PERCENT] [-b] [-r] [-d FILE] [-i lines|numbered|nul] [-n] [-f TEXT] [-F "
	    "FILE]");
	return 100;
}

static bool read_form(struct options *options, const char *word)
{
	static const char *const words[] = {"lines", "numbered", "nul"};
	options->on_stdin = true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0) {
			options->form = (enum history_form)i;
			return true;
		}
	return false;
}

static bool read_options(struct options *options, int argc, char **argv)
{
	int option;
	*options = (struct options){.percent = 40};
	while ((option = getopt(argc, argv, "H:brd:i:nf:F:")) != -1) {
		if (option == 'H')
			options->percent = atoi(optarg);
		else if (option == 'b')
			options->below = true;
		else if (option == 'r')
			options->run = true;
		else if (option == 'n')
			options->reversed = true;
		else if (option == 'f')
			options->filter = optarg;
		else if (option == 'd')
			options->forgotten = optarg;
		else if (option == 'F')
			options->file = optarg;
		else if (option != 'i' || !read_form(options, optarg))
			return false;
	}
	return optind == argc && options->percent > 0 && options->percent <= 100;
}

/* The daemon writes down what was typed since it did so last; without an answer the files are as they are. */
static void ask_for_newest(void)
{
	struct exchange exchange = new_exchange(DAEMON_MS);
	struct buffer request = start_request(&exchange, "lines", getenv("CARO_SESSION_ID"));
	send_request(&exchange, &request);
	end_exchange(&exchange);
}

static bool open_lines(const struct options *options)
{
	if (options->on_stdin)
		return read_history(&store, STDIN_FILENO, options->form, options->reversed);
	if (!options->file)
		ask_for_newest();
	return open_store(&store, options->file);
}

static unsigned char *set_of(enum scope scope)
{
	static const enum which which[SCOPES] = {OF_FOLDER, OF_FOLDER, OF_SESSION, OF_HOST};
	char space[PATH_SPACE];
	const char *name = NULL;
	if (scope == SCOPE_ALL || made[scope])
		return made[scope];
	if (scope == SCOPE_FOLDER)
		name = current_folder(space, sizeof space);
	else if (scope == SCOPE_SESSION)
		name = getenv("CARO_SESSION_ID");
	else if (gethostname(space, sizeof space) == 0)
		name = space;
	made[scope] = lines_of(&store, which[scope], bytes_of(name ? name : ""));
	return made[scope];
}

static void begin(void)
{
	finding.store = &store;
	finding.now = time(NULL);
	finding.here = set_of(SCOPE_FOLDER);
}

static void search(void)
{
	begin_find(&finding, (struct bytes){view.query, view.length});
	view.chosen = view.top = 0;
}

static void use_scope(enum scope scope)
{
	finding.scope = finding.scope == scope ? SCOPE_ALL : scope;
	finding.sets[finding.scope] = set_of(finding.scope);
	widen(&finding);
	search();
}

static int print_found(const char *text)
{
	begin_find(&finding, bytes_of(text));
	while (!find_some(&finding, 1000000)) {
	}
	sort_best(&finding);
	for (uint32_t i = 0; i < finding.count; i++) {
		struct bytes line = store_text(&store, finding.best[i].line);
		for (size_t k = 0; k < line.length; k++)
			putchar(line.data[k] == '\n' ? '\0' : line.data[k]);
		putchar('\n');
	}
	return fflush(stdout) == 0 ? 0 : 111;
}

static void set_query(const char *text)
{
	bool valid = false;
	for (size_t step; *text && view.length + 4 < QUERY_BYTES; text += step) {
		step = utf8_step(bytes_of(text), &valid);
		memcpy(view.query + view.length, text, step);
		view.length += step;
	}
	view.cursor = view.length;
}

static void insert(const struct typed *typed)
{
	if (view.length + typed->length >= QUERY_BYTES)
		return;
	memmove(view.query + view.cursor + typed->length, view.query + view.cursor, view.length - view.cursor);
	memcpy(view.query + view.cursor, typed->text, typed->length);
	view.length += typed->length;
	view.cursor += typed->length;
	search();
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t step_back(size_t at)
{
	while (at > 0 && continues(view.query[--at])) {
	}
	return at;
}

static void cut_back_to(size_t start)
{
	if (start == view.cursor)
		return;
	memmove(view.query + start, view.query + view.cursor, view.length - view.cursor);
	view.length -= view.cursor - start;
	view.cursor = start;
	search();
}

static size_t word_start(void)
{
	size_t at = view.cursor;
	while (at > 0 && view.query[at - 1] == ' ')
		at--;
	while (at > 0 && view.query[at - 1] != ' ')
		at--;
	return at;
}

static void edit(enum key key)
{
	if (key == KEY_LEFT)
		view.cursor = step_back(view.cursor);
	else if (key == KEY_HOME)
		view.cursor = 0;
	else if (key == KEY_END)
		view.cursor = view.length;
	else if (key == KEY_BACKSPACE)
		cut_back_to(step_back(view.cursor));
	else if (key == KEY_WORD_BACK)
		cut_back_to(word_start());
	else if (key == KEY_CLEAR)
		cut_back_to(0);
	if (key == KEY_RIGHT && view.cursor < view.length) {
		view.cursor++;
		while (view.cursor < view.length && continues(view.query[view.cursor]))
			view.cursor++;
	}
}

static void move(enum key key)
{
	uint32_t page = rows_of_lines(&view) > 1 ? rows_of_lines(&view) - 1 : 1;
	uint32_t step = key == KEY_PAGE_UP || key == KEY_PAGE_DOWN ? page : 1;
	if (key == KEY_UP || key == KEY_PAGE_UP)
		view.chosen -= step < view.chosen ? step : view.chosen;
	else
		view.chosen += step;
}

/* For the shell, which has it in memory. */
static void note_forgotten(const char *file, struct bytes text)
{
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0)
		return;
	if (write(fd, text.data, text.length) == (ssize_t)text.length && write(fd, "", 1) != 1)
		unlink(file);
	close(fd);
}

static void forget_chosen(const struct options *options)
{
	if (view.chosen >= finding.count)
		return;
	uint32_t line = finding.best[view.chosen].line, chosen = view.chosen;
	struct bytes text = store_text(&store, line);
	bool sent = text.length && forget_line(text);
	view.message = sent ? "forgotten: what Caro keeps and the shells' history files hold it no more"
			    : "not forgotten: Caro's commands are not found (caro doctor says why)";
	if (!sent)
		return;
	note_forgotten(options->forgotten, text);
	hide_line(&store, line);
	widen(&finding);
	search();
	view.chosen = chosen;
}

static void filter(enum key key)
{
	if (key == KEY_FAILED) {
		finding.failed_only = !finding.failed_only;
		widen(&finding);
		search();
	} else if (key == KEY_SCOPE) {
		enum scope next = (enum scope)((finding.scope + 1) % SCOPES);
		finding.scope = SCOPE_ALL;
		use_scope(next);
	} else {
		use_scope(key == KEY_FOLDER ? SCOPE_FOLDER : key == KEY_SESSION ? SCOPE_SESSION : SCOPE_HOST);
	}
}

static void take_size(void)
{
	add_text(&screen.out, CLEAR_BELOW);
	measure(&screen);
	for (int row = 1; row < screen.height; row++)
		add_char(&screen.out, '\n');
	for (int row = 1; row < screen.height; row++)
		add_text(&screen.out, "\033[A");
}

/* Return what a key ends with; -1: it goes on. */
static int obey(enum key key, const struct typed *typed, const struct options *options)
{
	view.message = NULL;
	if (key == KEY_GIVE_UP || key == KEY_GONE)
		return 1;
	if (key == KEY_ENTER || key == KEY_TAB)
		return view.chosen < finding.count ? (key == KEY_ENTER && options->run ? 10 : 0) : 1;
	if (key == KEY_TEXT)
		insert(typed);
	else if (key == KEY_UP || key == KEY_DOWN || key == KEY_PAGE_UP || key == KEY_PAGE_DOWN)
		move(key);
	else if (key == KEY_DELETE)
		forget_chosen(options);
	else if (key >= KEY_SCOPE && key <= KEY_FAILED)
		filter(key);
	else if (key == KEY_RESIZED || key == KEY_REDRAW)
		take_size();
	else
		edit(key);
	return -1;
}

/* Draw what is found so far, and search on while nobody types. */
static void show(void)
{
	find_some(&finding, FIRST_MICROSECONDS);
	draw(&view);
	for (int step = 1; !finding.done && !key_waits(&screen); step++)
		if (find_some(&finding, STEP_MICROSECONDS) || step % DRAW_STEPS == 0)
			draw(&view);
}

/* Enter may come while the search still goes on: what is best is known at its end alone. */
static void end_search(enum key key)
{
	if (key == KEY_ENTER || key == KEY_TAB)
		while (!find_some(&finding, 1000000)) {
		}
	sort_best(&finding);
}

static int pick(const struct options *options)
{
	static char memory[1 << 18];
	struct typed typed;
	int status = -1;
	screen.percent = options->percent;
	screen.below = options->below;
	screen.out = buffer_in(memory, sizeof memory);
	if (!open_screen(&screen))
		return 4;
	view.screen = &screen;
	view.finding = &finding;
	set_query(getenv("CARO_LINE") ? getenv("CARO_LINE") : "");
	search();
	while (status < 0) {
		show();
		enum key key = read_key(&screen, &typed, -1);
		end_search(key);
		status = obey(key, &typed, options);
	}
	close_screen(&screen);
	return status;
}

static int print_chosen(int status)
{
	struct bytes text = store_text(&store, finding.best[view.chosen].line);
	return fwrite(text.data, 1, text.length, stdout) == text.length && fflush(stdout) == 0 ? status : 111;
}

int main(int argc, char **argv)
{
	struct options options;
	if (!read_options(&options, argc, argv))
		return usage();
	setlocale(LC_CTYPE, "");
	if (!open_lines(&options))
		return 3;
	begin();
	if (options.filter)
		return print_found(options.filter);
	int status = pick(&options);
	if (!end_forgetting())
		SAY("caro-pick: a line was not forgotten everywhere; try: caro history forget");
	return status == 0 || status == 10 ? print_chosen(status) : status;
}
