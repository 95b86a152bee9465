#ifdef __linux__
#include "trace/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SETTLE_MS 2000

int control_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int control_send_listener(int control, int listener)
{
	char letter = 'L';
	struct iovec data = {&letter, 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} ancillary = {0};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &listener, sizeof listener);
	return sendmsg(control, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int control_receive_listener(int control)
{
	char letter;
	int listener = -1;
	struct iovec data = {&letter, 1};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} ancillary;
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary};
	ssize_t got;
	while ((got = recvmsg(control, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		continue;
	struct cmsghdr *header = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&listener, CMSG_DATA(header), sizeof listener);
	return listener;
}

bool control_ask_to_be_traced(int control, pid_t worker)
{
	pid_t self = getpid();
	int error = 0;
	(void)prctl(PR_SET_PTRACER, worker, 0, 0, 0); /* yama; elsewhere unknown and not needed */
	if (send(control, &self, sizeof self, MSG_NOSIGNAL) != sizeof self ||
	    recv(control, &error, sizeof error, 0) != sizeof error)
		return false;
	errno = error;
	return error == 0;
}

pid_t control_traced_pid(int control)
{
	pid_t pid;
	return recv(control, &pid, sizeof pid, 0) == sizeof pid ? pid : -1;
}

void control_traced(int control, int error)
{
	(void)!send(control, &error, sizeof error, MSG_NOSIGNAL);
}

bool control_settle(int control)
{
	char letter = 'S';
	struct pollfd answer = {.fd = control, .events = POLLIN};
	return send(control, &letter, 1, MSG_NOSIGNAL) == 1 && poll(&answer, 1, SETTLE_MS) == 1 &&
	       recv(control, &letter, 1, MSG_DONTWAIT) == 1 && letter == 'E';
}

bool control_asked(int control)
{
	char letter;
	ssize_t got = recv(control, &letter, 1, MSG_DONTWAIT);
	return got == 1 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void control_answer(int control, bool ending)
{
	(void)!send(control, ending ? "E" : "S", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}
#else
typedef int not_on_this_system;
#endif
