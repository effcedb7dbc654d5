// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Measures the time from exec to listening.
//
//   listening PORT PROGRAM [ARGUMENT…]
//
// Starts the program, tries to connect to the port every 0.2 ms, and ends the program. Prints JSON: nanoseconds until
// the first connection, and microseconds of CPU that the program used from its start to its end.

#define _GNU_SOURCE
#include "http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static bool connects(int port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool connected = connect(descriptor, (struct sockaddr *)&name, sizeof name) == 0;
    close(descriptor);
    return connected;
}

static void nap(long nanoseconds) {
    struct timespec time = {.tv_nsec = nanoseconds};
    nanosleep(&time, NULL);
}

int main(int count, char **arguments) {
    if (count < 3) die("usage: listening PORT PROGRAM [ARGUMENT…]");
    int port = atoi(arguments[1]);
    if (connects(port)) die("port %d is taken", port);
    prctl(PR_SET_TIMERSLACK, 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
    }
    pid_t child;
    int64_t start = now_ns();
    if (posix_spawnp(&child, arguments[2], &actions, NULL, arguments + 2, environ) != 0)
        die("%s does not start", arguments[2]);
    while (!connects(port)) {
        int status;
        if (waitpid(child, &status, WNOHANG) == child) die("%s ended before it listened", arguments[2]);
        if (now_ns() - start > 10000000000) {
            kill(child, SIGKILL);
            die("%s did not listen within 10 s", arguments[2]);
        }
        nap(200000);
    }
    int64_t time = now_ns() - start;
    kill(child, SIGTERM);
    int status;
    struct rusage usage;
    for (int tries = 0; wait4(child, &status, WNOHANG, &usage) == 0; tries++) {
        if (tries == 5000) kill(child, SIGKILL);
        nap(1000000);
    }
    printf("{\"ns\": %lld, \"cpu_us\": %lld}\n", (long long)time,
           (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec
               + usage.ru_stime.tv_usec);
    return 0;
}
