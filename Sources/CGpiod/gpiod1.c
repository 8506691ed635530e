#include "CGpiod.h"

#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

// Version 2 defines no macro of this kind.
#ifdef GPIOD_LINE_BULK_MAX_LINES

struct CGpiod_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
};

int CGpiod_version(void) { return 1; }

int CGpiod_chip_label(const char *path, char *label, size_t capacity) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return -1;
    strncpy(label, gpiod_chip_label(chip), capacity - 1);
    label[capacity - 1] = 0;
    gpiod_chip_close(chip);
    return 0;
}

int CGpiod_find_line(const char *path, const char *name) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return -1;
    struct gpiod_line *line = gpiod_chip_find_line(chip, name);
    int offset = line ? (int)gpiod_line_offset(line) : -1;
    gpiod_chip_close(chip);
    if (offset < 0) errno = ENOENT;
    return offset;
}

struct CGpiod_line *CGpiod_request(const char *path, unsigned offset, const CGpiod_settings *settings) {
    static const int kinds[] = {
        GPIOD_LINE_REQUEST_DIRECTION_INPUT, GPIOD_LINE_REQUEST_EVENT_RISING_EDGE,
        GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES};
    static const int biases[] = {
        0, GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN};
    struct CGpiod_line *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    struct gpiod_line_request_config config = {
        .consumer = "gatewayd",
        .request_type = settings->is_output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : kinds[settings->edges],
        .flags = biases[settings->bias] | (settings->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0)};
    self->chip = gpiod_chip_open(path);
    if (self->chip) self->line = gpiod_chip_get_line(self->chip, offset);
    if (self->line && gpiod_line_request(self->line, &config, settings->value) == 0) return self;
    int reason = errno;
    if (self->chip) gpiod_chip_close(self->chip);
    free(self);
    errno = reason;
    return NULL;
}

int CGpiod_descriptor(struct CGpiod_line *line) { return gpiod_line_event_get_fd(line->line); }

int CGpiod_get(struct CGpiod_line *line) { return gpiod_line_get_value(line->line); }

int CGpiod_set(struct CGpiod_line *line, int value) { return gpiod_line_set_value(line->line, value); }

int CGpiod_read(struct CGpiod_line *line, CGpiod_edge *edges, int capacity) {
    struct gpiod_line_event events[16]; // as many as the kernel keeps for a line
    struct pollfd wait = {.fd = CGpiod_descriptor(line), .events = POLLIN};
    int ready = poll(&wait, 1, 0);
    if (ready > 0 && !(wait.revents & POLLIN)) {
        errno = ENODEV;
        return -1;
    }
    if (ready <= 0) return ready;
    int count = gpiod_line_event_read_fd_multiple(wait.fd, events, (unsigned)(capacity < 16 ? capacity : 16));
    for (int i = 0; i < count; i++) {
        edges[i].time = events[i].ts.tv_sec * 1000000000ll + events[i].ts.tv_nsec;
        edges[i].rising = events[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        edges[i].number = 0;
    }
    return count;
}

void CGpiod_release(struct CGpiod_line *line) {
    gpiod_chip_close(line->chip);
    free(line);
}

#endif
