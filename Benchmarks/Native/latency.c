// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Measures challenges to the agent, and the floor of the same machine beside them.
//
//   latency AGENT-PORT FLOOR-PORT STUB-PORT ORIGIN CHALLENGES RESPONSE
//
// CHALLENGES has a compact JWS a line, each posted once. RESPONSE is the body that the agent posts to the verifier.
// After each block of challenges to the agent follows a block of the floor: the same POST to nginx, the POST of the
// response to the stub, one signature and one verification, and a block of probes of the agent. FLOOR-PORT 0 leaves the
// floor out. Prints JSON, times in nanoseconds.

#include "http.h"
#include "jose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { block = 25 };

static char *post(int port, const char *path, const char *origin, const char *body, size_t *length) {
    size_t capacity = strlen(body) + strlen(origin) + 512;
    char *request = malloc(capacity);
    if (!request) die("no memory");
    *length = (size_t)snprintf(request, capacity,
                               "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: %s\r\nAccept: application/json\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                               path, port, origin, strlen(body), body);
    return request;
}

static void exchange(struct connection *connection, const char *request, size_t length, const char *what) {
    struct answer answer;
    if (!http_exchange(connection, request, length, &answer)) die("%s: no answer", what);
    if (answer.status != 200) die("%s: status %d: %.400s", what, answer.status, answer.body);
}

static void print_times(const char *name, int64_t *times, size_t count) {
    int64_t tenth = quantile(times, count, 0.1), median = quantile(times, count, 0.5),
            most = quantile(times, count, 0.99);
    printf("\"%s\": {\"p10\": %lld, \"median\": %lld, \"p99\": %lld}, ", name, (long long)tenth, (long long)median,
           (long long)most);
}

struct floor {
    struct connection nginx, stub;
    EVP_PKEY *key;
    char *response;
    size_t response_length;
};

static struct floor *make_floor(int port, int stub_port, const char *origin, const char *response_path) {
    struct floor *floor = calloc(1, sizeof *floor);
    if (!floor) die("no memory");
    connection_init(&floor->nginx, port);
    connection_init(&floor->stub, stub_port);
    floor->key = es256_key();
    floor->response = post(stub_port, "/verify", origin, read_file(response_path, NULL), &floor->response_length);
    return floor;
}

// One round of the floor: the four parts and their sum.
static void measure_floor(struct floor *floor, const char *challenge, size_t length, int64_t parts[5]) {
    unsigned char signature[512];
    int64_t start = now_ns();
    exchange(&floor->nginx, challenge, length, "nginx");
    int64_t answered = now_ns();
    exchange(&floor->stub, floor->response, floor->response_length, "the stub");
    int64_t posted = now_ns();
    size_t signature_length = sign(floor->key, floor->response, floor->response_length, signature);
    int64_t is_signed = now_ns();
    if (!verifies(floor->key, floor->response, floor->response_length, signature, signature_length))
        die("not verified");
    int64_t verified = now_ns();
    parts[0] = answered - start;
    parts[1] = posted - answered;
    parts[2] = is_signed - posted;
    parts[3] = verified - is_signed;
    parts[4] = verified - start;
}

int main(int count, char **arguments) {
    if (count != 7) die("usage: latency AGENT-PORT FLOOR-PORT STUB-PORT ORIGIN CHALLENGES RESPONSE");
    int port = atoi(arguments[1]), floor_port = atoi(arguments[2]);
    const char *origin = arguments[4];
    size_t length;
    char *text = read_file(arguments[5], &length);
    size_t capacity = 1;
    for (const char *next = text; *next; next++)
        capacity += *next == '\n';
    int64_t *agent = calloc(capacity, sizeof *agent), *probes = calloc(capacity, sizeof *probes), *floors[5];
    char probe[512];
    size_t probe_length = (size_t)snprintf(
        probe, sizeof probe, "GET /probe HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: %.300s\r\n\r\n", port, origin);
    for (int part = 0; part < 5; part++)
        floors[part] = calloc(capacity, sizeof(int64_t));
    struct floor *floor = floor_port > 0 ? make_floor(floor_port, atoi(arguments[3]), origin, arguments[6]) : NULL;
    struct connection connection;
    connection_init(&connection, port);

    size_t measured = 0;
    char *rest = text;
    for (;;) {
        char *requests[block];
        size_t lengths[block];
        int gathered = 0;
        for (char *line; gathered < block && (line = strsep(&rest, "\n")) && *line; gathered++) {
            size_t body_size = strlen(line) + 32;
            char *body = malloc(body_size);
            snprintf(body, body_size, "{\"challengeRequest\":\"%s\"}", line);
            requests[gathered] = post(port, "/challenge", origin, body, &lengths[gathered]);
            free(body);
        }
        if (gathered == 0) break;
        for (int index = 0; index < gathered; index++) {
            int64_t start = now_ns();
            exchange(&connection, requests[index], lengths[index], "the agent");
            agent[measured + (size_t)index] = now_ns() - start;
        }
        for (int index = 0; floor && index < gathered; index++) {
            int64_t parts[5];
            measure_floor(floor, requests[index], lengths[index], parts);
            for (int part = 0; part < 5; part++)
                floors[part][measured + (size_t)index] = parts[part];
        }
        for (int index = 0; floor && index < gathered; index++) {
            int64_t start = now_ns();
            exchange(&connection, probe, probe_length, "a probe");
            probes[measured + (size_t)index] = now_ns() - start;
        }
        for (int index = 0; index < gathered; index++)
            free(requests[index]);
        measured += (size_t)gathered;
    }
    printf("{");
    print_times("agent", agent, measured);
    if (floor) {
        print_times("probe", probes, measured);
        const char *names[] = {"nginx", "stub", "sign", "verify", "floor"};
        for (int part = 0; part < 5; part++)
            print_times(names[part], floors[part], measured);
    }
    printf("\"count\": %zu, \"connections\": %lu}\n", measured, connection.opened);
    return 0;
}
