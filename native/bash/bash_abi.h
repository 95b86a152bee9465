/* What bash promises to loadable builtins, as its own headers have it (variables.h, command.h, builtins.h, alias.h, and
 * readline's history.h): the same from bash 5.1 to 5.3. Its headers are not needed where this is built; knows_shell()
 * sees whether the running bash has variables of this form. */
#ifndef CARO_BASH_ABI_H
#define CARO_BASH_ABI_H

#include <stddef.h>

struct variable {
	char *name;
	char *value;
	char *exportstr;
	struct variable *(*dynamic_value)(struct variable *);
	struct variable *(*assign_func)(struct variable *, char *, long, char *);
	int attributes;
	int context;
};

struct word {
	char *word;
	int flags;
};

struct word_list {
	struct word_list *next;
	struct word *word;
};

struct builtin {
	const char *name;
	int (*function)(struct word_list *);
	int flags;
	const char *const *long_doc;
	const char *short_doc;
	char *handle;
};

struct alias {
	char *name;
	char *value;
	char flags;
};

struct history_entry {
	char *line;
	char *timestamp;
	void *data;
};

#define ATTRIBUTE_INTEGER 0x10

extern struct variable *find_variable(const char *name);
extern struct variable *bind_variable(const char *name, char *value, int flags);
extern char *get_string_value(const char *name);
extern struct history_entry *history_get(int number);
extern int history_base, history_length, remember_on_history, enable_history_list;
extern struct alias **all_aliases(void);
extern void maybe_make_export_env(void);
extern char **export_env;
extern void *xmalloc(size_t size);
extern void xfree(void *memory);

#endif
