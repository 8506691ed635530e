#include "CGpiod.h"

#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#ifndef GPIOD_LINE_BULK_MAX_LINES

// The most that the kernel keeps of one request: 16 for each of the 64 lines that it may have (linux/gpio.h).
enum { EDGES = 1024 };

struct CGpiod_line {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *buffer;
    unsigned offset;
};

int CGpiod_version(void) { return 2; }

int CGpiod_chip_label(const char *path, char *label, size_t capacity) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    struct gpiod_chip_info *info = chip ? gpiod_chip_get_info(chip) : NULL;
    if (info) {
        strncpy(label, gpiod_chip_info_get_label(info), capacity - 1);
        label[capacity - 1] = 0;
        gpiod_chip_info_free(info);
    }
    int reason = errno;
    if (chip) gpiod_chip_close(chip);
    errno = reason;
    return info ? 0 : -1;
}

int CGpiod_find_line(const char *path, const char *name) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return -1;
    int offset = gpiod_chip_get_line_offset_from_name(chip, name);
    int reason = errno;
    gpiod_chip_close(chip);
    errno = reason;
    return offset;
}

static int apply(const CGpiod_settings *from, struct gpiod_line_settings *to) {
    static const enum gpiod_line_edge edges[] = {
        GPIOD_LINE_EDGE_NONE, GPIOD_LINE_EDGE_RISING, GPIOD_LINE_EDGE_BOTH};
    static const enum gpiod_line_bias biases[] = {
        GPIOD_LINE_BIAS_AS_IS, GPIOD_LINE_BIAS_DISABLED, GPIOD_LINE_BIAS_PULL_UP, GPIOD_LINE_BIAS_PULL_DOWN};
    gpiod_line_settings_set_active_low(to, from->active_low);
    if (gpiod_line_settings_set_bias(to, biases[from->bias]) < 0) return -1;
    if (from->is_output)
        return gpiod_line_settings_set_direction(to, GPIOD_LINE_DIRECTION_OUTPUT) < 0
                ? -1
                : gpiod_line_settings_set_output_value(
                      to, from->value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    gpiod_line_settings_set_debounce_period_us(to, from->debounce_us);
    if (gpiod_line_settings_set_direction(to, GPIOD_LINE_DIRECTION_INPUT) < 0) return -1;
    if (gpiod_line_settings_set_event_clock(to, GPIOD_LINE_CLOCK_MONOTONIC) < 0) return -1;
    return gpiod_line_settings_set_edge_detection(to, edges[from->edges]);
}

static struct gpiod_line_request *request(const char *path, unsigned offset, const CGpiod_settings *settings) {
    struct gpiod_line_request *result = NULL;
    struct gpiod_chip *chip = gpiod_chip_open(path);
    struct gpiod_line_settings *line = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *how = gpiod_request_config_new();
    if (chip && line && lines && how && apply(settings, line) == 0 &&
        gpiod_line_config_add_line_settings(lines, &offset, 1, line) == 0) {
        gpiod_request_config_set_consumer(how, "gatewayd");
        gpiod_request_config_set_event_buffer_size(how, EDGES);
        result = gpiod_chip_request_lines(chip, how, lines);
    }
    int reason = errno;
    if (how) gpiod_request_config_free(how);
    if (lines) gpiod_line_config_free(lines);
    if (line) gpiod_line_settings_free(line);
    if (chip) gpiod_chip_close(chip);
    errno = reason;
    return result;
}

struct CGpiod_line *CGpiod_request(const char *path, unsigned offset, const CGpiod_settings *settings) {
    struct CGpiod_line *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->offset = offset;
    self->buffer = gpiod_edge_event_buffer_new(64);
    self->request = self->buffer ? request(path, offset, settings) : NULL;
    if (self->request) return self;
    int reason = errno;
    if (self->buffer) gpiod_edge_event_buffer_free(self->buffer);
    free(self);
    errno = reason;
    return NULL;
}

int CGpiod_descriptor(struct CGpiod_line *line) { return gpiod_line_request_get_fd(line->request); }

int CGpiod_get(struct CGpiod_line *line) { return gpiod_line_request_get_value(line->request, line->offset); }

int CGpiod_set(struct CGpiod_line *line, int value) {
    return gpiod_line_request_set_value(
        line->request, line->offset, value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}

int CGpiod_read(struct CGpiod_line *line, CGpiod_edge *edges, int capacity) {
    struct pollfd wait = {.fd = CGpiod_descriptor(line), .events = POLLIN};
    int ready = poll(&wait, 1, 0);
    if (ready > 0 && !(wait.revents & POLLIN)) {
        errno = ENODEV;
        return -1;
    }
    if (ready <= 0) return ready;
    int count = gpiod_line_request_read_edge_events(line->request, line->buffer, (size_t)capacity);
    for (int i = 0; i < count; i++) {
        struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->buffer, (unsigned long)i);
        edges[i].time = (int64_t)gpiod_edge_event_get_timestamp_ns(event);
        edges[i].rising = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
        edges[i].number = (uint32_t)gpiod_edge_event_get_line_seqno(event);
    }
    return count;
}

void CGpiod_release(struct CGpiod_line *line) {
    gpiod_line_request_release(line->request);
    gpiod_edge_event_buffer_free(line->buffer);
    free(line);
}

#endif
