/* show_state: prints what a program can see of itself: signals, descriptors, limits, folder, environment. For the test
 * that it sees the same with and without Caro. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static FILE *out;

static void show_signals(void)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");
	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, "SigP", 4) || !strncmp(line, "SigB", 4) || !strncmp(line, "SigI", 4) ||
		    !strncmp(line, "SigC", 4) || !strncmp(line, "ShdPnd", 6) || !strncmp(line, "Umask", 5) ||
		    !strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10) || !strncmp(line, "Seccomp:", 8))
			fputs(line, out);
	if (status)
		fclose(status);
}

static void show_descriptors(void)
{
	char path[64], target[4096];
	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, target, sizeof target - 1);
		if (n > 0)
			fprintf(out, "fd %d %.*s\n", fd, (int)n, target);
	}
}

static void show_limits(void)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		if (getrlimit(resource, &limit) == 0)
			fprintf(out, "limit %d %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
				(unsigned long long)limit.rlim_max);
	}
}

int main(int argc, char **argv)
{
	char cwd[4096], *text, *file = getenv("OUT");
	size_t length;
	out = open_memstream(&text, &length); /* nothing is opened before all is seen */
	show_descriptors();
	show_signals();
	show_limits();
	fprintf(out, "cwd %s\n", getcwd(cwd, sizeof cwd) ? cwd : "?");
	fprintf(out, "nice %d\n", getpriority(PRIO_PROCESS, 0));
	for (int i = 0; i < argc; i++)
		fprintf(out, "argv %s\n", argv[i]);
	for (char **variable = environ; *variable; variable++)
		fprintf(out, "env %s\n", *variable);
	fclose(out);
	out = file ? fopen(file, "w") : stdout;
	fwrite(text, 1, length, out);
	return fclose(out);
}
