// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) die("%s: %s", path, strerror(errno));
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) die("%s: cannot be read", path);
    fclose(file);
    text[size] = 0;
    if (length) *length = (size_t)size;
    return text;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t quantile(int64_t *values, size_t count, double share) {
    if (count == 0) return 0;
    qsort(values, count, sizeof *values, compare);
    return values[(size_t)((double)(count - 1) * share)];
}

void connection_init(struct connection *connection, int port) {
    memset(connection, 0, offsetof(struct connection, buffer));
    connection->port = port;
    connection->descriptor = -1;
}

void connection_close(struct connection *connection) {
    if (connection->descriptor >= 0) close(connection->descriptor);
    connection->descriptor = -1;
}

static bool open_connection(struct connection *connection) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)connection->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 30};
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(descriptor, (struct sockaddr *)&name, sizeof name) != 0) {
        close(descriptor);
        return false;
    }
    connection->descriptor = descriptor;
    connection->opened++;
    return true;
}

static bool send_all(struct connection *connection, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = send(connection->descriptor, bytes, length, MSG_NOSIGNAL);
        if (count <= 0) return false;
        connection->sent += (size_t)count;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

// Reads more into the buffer; false at the end, on an error and where the answer is too long.
static bool read_more(struct connection *connection, size_t *filled) {
    if (*filled == ANSWER_CAPACITY) return false;
    ssize_t count = recv(connection->descriptor, connection->buffer + *filled, ANSWER_CAPACITY - *filled, 0);
    if (count <= 0) return false;
    connection->received += (size_t)count;
    *filled += (size_t)count;
    connection->buffer[*filled] = 0;
    return true;
}

static const char *header(const char *head, const char *name) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            return line + strspn(line, " ");
        }
    }
    return NULL;
}

// Joins the chunks of a body in place (RFC 9112 §7.1); false where the connection ended before they did.
static bool read_chunks(struct connection *connection, size_t start, size_t *filled, size_t *body_length) {
    size_t from = start, to = start;
    for (;;) {
        char *line_end;
        while (!(line_end = strstr(connection->buffer + from, "\r\n"))) {
            if (!read_more(connection, filled)) return false;
        }
        size_t size = strtoul(connection->buffer + from, NULL, 16);
        from = (size_t)(line_end - connection->buffer) + 2;
        if (size > ANSWER_CAPACITY) return false;
        while (*filled < from + size + 2) {
            if (!read_more(connection, filled)) return false;
        }
        memmove(connection->buffer + to, connection->buffer + from, size);
        to += size;
        from += size + 2;
        if (size == 0) break;
    }
    *body_length = to - start;
    return true;
}

static bool read_answer(struct connection *connection, struct answer *answer) {
    size_t filled = 0;
    char *end;
    connection->buffer[0] = 0;
    while (!(end = strstr(connection->buffer, "\r\n\r\n"))) {
        if (!read_more(connection, &filled)) return false;
    }
    end[2] = 0;
    size_t start = (size_t)(end - connection->buffer) + 4;
    answer->head = connection->buffer;
    answer->body = connection->buffer + start;
    answer->status = filled > 12 ? atoi(connection->buffer + 9) : 0;
    const char *encoding = header(answer->head, "Transfer-Encoding");
    if (encoding && strncasecmp(encoding, "chunked", 7) == 0) {
        if (!read_chunks(connection, start, &filled, &answer->body_length)) return false;
    } else {
        const char *length = header(answer->head, "Content-Length");
        answer->body_length = length ? strtoul(length, NULL, 10) : 0;
        if (answer->body_length > ANSWER_CAPACITY - start) return false;
        while (filled < start + answer->body_length) {
            if (!read_more(connection, &filled)) return false;
        }
    }
    connection->buffer[start + answer->body_length] = 0;
    const char *keep = header(answer->head, "Connection");
    if (keep && strncasecmp(keep, "close", 5) == 0) connection_close(connection);
    return true;
}

bool http_exchange(struct connection *connection, const char *request, size_t length, struct answer *answer) {
    for (int attempt = 0; attempt < 2; attempt++) {
        bool reused = connection->descriptor >= 0;
        if (!reused && !open_connection(connection)) return false;
        size_t received = connection->received;
        if (send_all(connection, request, length) && read_answer(connection, answer)) return true;
        connection_close(connection);
        if (!reused || connection->received != received) return false;
    }
    return false;
}
