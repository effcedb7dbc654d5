// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0
//
// Sends prepared HTTP requests, one after the other, over one kept-alive connection, and prints how long each took.
//
//   exchange PORT FILE COUNT
//
// FILE holds requests, each preceded by its length as eight decimal digits and a line feed; with fewer than COUNT requests
// they are sent round. Prints a line `status microseconds` for each answer.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (connection < 0) fail("socket");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    return connection;
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail(path);
    fclose(file);
    bytes[size] = 0;
    *length = (size_t)size;
    return bytes;
}

/// Reads one response and answers its status; sets `closing` where the server ends the connection.
static int read_response(int connection, int *closing) {
    static char buffer[65536];
    size_t have = 0;
    char *end = NULL;
    while (!end) {
        ssize_t count = read(connection, buffer + have, sizeof buffer - 1 - have);
        if (count <= 0) return -1;
        have += (size_t)count;
        buffer[have] = 0;
        end = strstr(buffer, "\r\n\r\n");
    }
    size_t head = (size_t)(end - buffer) + 4, body = 0;
    char *length = strcasestr(buffer, "\r\ncontent-length:");
    if (length && length < end) body = strtoul(length + 17, NULL, 10);
    char *close_header = strcasestr(buffer, "\r\nconnection: close");
    *closing = close_header && close_header < end;
    while (have < head + body) {
        ssize_t count = read(connection, buffer, sizeof buffer);
        if (count <= 0) return -1;
        have += (size_t)count;
    }
    return atoi(buffer + 9);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: exchange PORT FILE COUNT\n");
        return 2;
    }
    int port = atoi(argv[1]);
    long count = atol(argv[3]);
    size_t total = 0;
    char *requests = read_file(argv[2], &total), *position = requests;
    int connection = connect_to(port);
    for (long number = 0; number < count; number++) {
        if (position >= requests + total) position = requests;
        size_t length = strtoul(position, NULL, 10);
        position += 9;
        double started = now();
        if (write(connection, position, length) != (ssize_t)length) fail("write");
        int closing = 0;
        int status = read_response(connection, &closing);
        double finished = now();
        if (status < 0) {
            fprintf(stderr, "the connection ended after %ld requests\n", number);
            return 1;
        }
        printf("%d %.1f\n", status, finished - started);
        position += length;
        if (closing) {
            close(connection);
            connection = connect_to(port);
        }
    }
    return 0;
}
