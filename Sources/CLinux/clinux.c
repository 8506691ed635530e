#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <malloc.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void CLinux_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

void CLinux_set_timer_slack(unsigned long nanoseconds) { prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0); }

long CLinux_clock_maximum_error(void) {
    struct timex request = {0};
    return adjtimex(&request) < 0 ? -1 : request.maxerror;
}

static int poll_for(struct pollfd *fds, nfds_t count, long long timeout_ns) {
    struct timespec limit = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    return ppoll(fds, count, timeout_ns < 0 ? NULL : &limit, NULL);
}

int CLinux_poll_one(int fd, short events, long long timeout_ns, short *revents) {
    struct pollfd one = {.fd = fd, .events = events};
    int ready = poll_for(&one, 1, timeout_ns);
    *revents = one.revents;
    return ready;
}

int CLinux_poll_two(int fd1, short events1, int fd2, short events2, long long timeout_ns,
                    short *revents1, short *revents2) {
    struct pollfd both[2] = {{.fd = fd1, .events = events1}, {.fd = fd2, .events = events2}};
    int ready = poll_for(both, 2, timeout_ns);
    *revents1 = both[0].revents;
    *revents2 = both[1].revents;
    return ready;
}

int CLinux_bytes_waiting(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -1 : count;
}

long long CLinux_peer_user(int fd) {
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 ? (long long)who.uid : -1;
}

int CLinux_notify(const char *socket_path, const char *message) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(socket_path);
    if (length == 0 || length >= sizeof address.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(address.sun_path, socket_path, length);
    if (address.sun_path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent = sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    int failure = errno;
    close(fd);
    errno = failure;
    return sent < 0 ? -1 : 0;
}

int CLinux_watchdog_open(const char *path, int *seconds) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    // Some drivers have a fixed timeout and refuse: then theirs holds.
    if (ioctl(fd, WDIOC_SETTIMEOUT, seconds) < 0) ioctl(fd, WDIOC_GETTIMEOUT, seconds);
    return fd;
}

int CLinux_write_byte(int fd, char byte) { return write(fd, &byte, 1) == 1 ? 0 : -1; }

int CLinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int CLinux_open_pty_master(char *slave_path, unsigned long capacity) {
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -1;
    if (grantpt(fd) < 0 || unlockpt(fd) < 0 || ptsname_r(fd, slave_path, capacity) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void CLinux_keep_memory_small(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 64 << 10);
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

unsigned long CLinux_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void CLinux_trim_heap(void) { malloc_trim(0); }

void CLinux_forget_code_pages(void) {
    FILE *maps = fopen("/proc/self/smaps", "re");
    if (!maps) return;
    char line[512];
    unsigned long begin = 0, end = 0;
    int candidate = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long first, last, inode, anonymous;
        char mode[5];
        if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &first, &last, mode, &inode) == 4) {
            begin = first;
            end = last;
            candidate = inode != 0 && (strcmp(mode, "r-xp") == 0 || strcmp(mode, "r--p") == 0);
        } else if (candidate && sscanf(line, "Anonymous: %lu kB", &anonymous) == 1 && anonymous == 0) {
            // Not writable and no page of its own: the file has it byte for byte. (Relocated tables have pages of their
            // own and stay.)
            madvise((void *)begin, end - begin, MADV_RANDOM);
            madvise((void *)begin, end - begin, MADV_DONTNEED);
        }
    }
    fclose(maps);
}
