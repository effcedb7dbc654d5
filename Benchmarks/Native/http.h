// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// A small HTTP/1.1 client for measurements: blocking, one kept-alive connection to a port of 127.0.0.1, bounded
// answers.

#ifndef COUNTERSIGN_BENCHMARK_HTTP_H
#define COUNTERSIGN_BENCHMARK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_CAPACITY (256 * 1024)

struct connection {
    int port;
    int descriptor; // -1 where there is none
    unsigned long opened;
    size_t sent, received;
    char buffer[ANSWER_CAPACITY + 1];
};

struct answer {
    int status;
    const char *head; // ends with a zero byte, as the body does
    const char *body;
    size_t body_length;
};

// Makes a connection that is not open yet.
void connection_init(struct connection *connection, int port);
// Sends a request as it stands and reads the whole answer, which lives in the connection until the next exchange.
// Opens the connection where there is none, once anew where the other end closed it meanwhile. False where that failed.
bool http_exchange(struct connection *connection, const char *request, size_t length, struct answer *answer);
// Closes the connection, so that the next exchange opens a new one.
void connection_close(struct connection *connection);

// Nanoseconds of the monotonic clock.
int64_t now_ns(void);
// Prints a reason and ends the program.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Reads a file whole; the text ends with a zero byte and is never freed.
char *read_file(const char *path, size_t *length);
// Sorts, and answers the value below which this share lies.
int64_t quantile(int64_t *values, size_t count, double share);

#endif
