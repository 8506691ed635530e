// What the Linux kernel and glibc offer and Swift's Glibc overlay does not show.
// The header includes nothing of glibc's: feature macros would make its structs differ between modules.
#ifndef CLINUX_H
#define CLINUX_H

/// Sets the calling thread's name; the kernel keeps at most 15 bytes.
void CLinux_set_thread_name(const char *name);

/// Lets the calling thread's sleeps end on time instead of up to 50 microseconds late.
void CLinux_set_timer_slack(unsigned long nanoseconds);

/// The kernel's estimate of how wrong its clock may be, in microseconds; negative when it cannot be read.
/// 16,000,000 is the kernel's word for "never synchronised" (adjtimex(2), `maxerror`).
long CLinux_clock_maximum_error(void);

/// Waits for `events` on one descriptor; a negative timeout waits for ever. Returns like ppoll(2).
int CLinux_poll_one(int fd, short events, long long timeout_ns, short *revents);

/// Waits for either of two descriptors; a negative descriptor is ignored. Returns like ppoll(2).
int CLinux_poll_two(int fd1, short events1, int fd2, short events2, long long timeout_ns,
                    short *revents1, short *revents2);

/// Bytes that wait in the kernel to be read from `fd`; -1 with errno on failure.
int CLinux_bytes_waiting(int fd);

/// An eventfd(2), non-blocking and closed on exec; -1 with errno on failure.
int CLinux_eventfd(void);

/// Opens the master end of a new pseudo terminal, unlocked, and writes the other end's path; -1 with errno.
int CLinux_open_pty_master(char *slave_path, unsigned long capacity);

/// Makes malloc return memory and share heaps between threads. glibc gives each thread its own heap and keeps what was
/// freed; measured with 8 threads: 12 MB resident by default, 5 MB so. Call it before any thread starts.
void CLinux_keep_memory_small(void);

/// Runs `body` and returns 1, or 0 when an assert(3) of a C library failed in it on this thread.
///
/// For C code that asserts what foreign bytes may break. There must be no Swift frame between this call and the
/// assertion, and what `body` worked on is in an unknown state afterwards.
int CLinux_survives_assertions(void (*body)(void *), void *context);

/// The day before this program was built, 00:00 UTC, in seconds since 1970: the time is not earlier than that.
long long CLinux_build_time(void);

/// The user id of the process at the other end of a Unix socket (SO_PEERCRED); -1: not known.
long long CLinux_peer_user(int fd);

/// Sends one datagram to a Unix socket without waiting; "@NAME" is an abstract one. 0, or -1 with errno.
int CLinux_notify(const char *socket_path, const char *message);

/// Opens a watchdog device, which arms it, and asks for `*seconds` of timeout; `*seconds` becomes what the driver took.
/// A descriptor, or -1 with errno.
int CLinux_watchdog_open(const char *path, int *seconds);

/// Writes one byte; 0, or -1 with errno.
int CLinux_write_byte(int fd, char byte);

/// Bytes that malloc has given out and not got back, in all heaps.
unsigned long CLinux_heap_in_use(void);

/// Gives freed heap back to the kernel.
void CLinux_trim_heap(void);

/// Unmaps the pages of programs and libraries that have been used so far, and maps later ones singly: what only the
/// start or a rare event needed (reading the config, setting up TLS, closing a quarter) does not stay resident. Clean
/// pages only: what is used again is mapped again from the page cache.
void CLinux_forget_code_pages(void);

#endif
