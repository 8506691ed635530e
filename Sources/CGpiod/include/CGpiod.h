// libgpiod as the gateway uses it: one line, one request, one descriptor. Debian 12 has libgpiod 1.6, Debian 13 has 2.2,
// whose interfaces have no function in common; gpiod1.c and gpiod2.c are the two, and the header that is installed
// chooses.
//
// All functions return -1 or NULL with errno on failure. A line belongs to one thread.
#ifndef CGPIOD_H
#define CGPIOD_H

#include <stddef.h>
#include <stdint.h>

/// The major version of the library's interface, 1 or 2. Only 2 debounces in the kernel and numbers the edges of a line.
int CGpiod_version(void);

/// Writes the label of the chip `/dev/gpiochipN`, with a 0 at its end; 0.
int CGpiod_chip_label(const char *path, char *label, size_t capacity);

/// The offset of a chip's line by its own name; -1 with ENOENT: the chip has none.
int CGpiod_find_line(const char *path, const char *name);

enum { CGpiod_NO_EDGES, CGpiod_RISING_EDGES, CGpiod_BOTH_EDGES };
enum { CGpiod_BIAS_AS_IS, CGpiod_BIAS_DISABLED, CGpiod_BIAS_PULL_UP, CGpiod_BIAS_PULL_DOWN };

typedef struct {
    int is_output;
    int active_low;
    int bias;
    /// Of an input. Rising means: it becomes active.
    int edges;
    /// Of an input, with version 2; 0: none.
    unsigned long debounce_us;
    /// Of an output, from the request on: 1 active.
    int value;
} CGpiod_settings;

struct CGpiod_line;

/// Requests a line for this process alone.
struct CGpiod_line *CGpiod_request(const char *path, unsigned offset, const CGpiod_settings *settings);

/// Readable when edges wait; only of a line with edges.
int CGpiod_descriptor(struct CGpiod_line *line);

/// 1 active, 0 not.
int CGpiod_get(struct CGpiod_line *line);

/// Of an output; 0.
int CGpiod_set(struct CGpiod_line *line, int value);

typedef struct {
    /// CLOCK_MONOTONIC, of the interrupt; with debounce in the kernel, of its end.
    int64_t time;
    /// It became active.
    int rising;
    /// Counts the edges of this line from 1, those included that the kernel had no room to keep; with version 1 always 0.
    uint32_t number;
} CGpiod_edge;

/// Takes edges that wait, the oldest first, at most `capacity`; how many. Does not block.
int CGpiod_read(struct CGpiod_line *line, CGpiod_edge *edges, int capacity);

void CGpiod_release(struct CGpiod_line *line);

#endif
