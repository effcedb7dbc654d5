// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// A pinentry that types the PIN of the benchmarks after a fixed time, and appends how long that took, from the question to its
// answer in nanoseconds, to a file: its own path with ".times" behind it. That it comes up is the agent's time. Speaks as much of
// the Assuan protocol as the agent uses.

#include "http.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Longer than the time below which an answer does not count.
static const struct timespec thought = {.tv_nsec = 550 * 1000 * 1000};

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

int main(void) {
    char path[4096], line[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof ".times");
    if (length < 0) return 1;
    strcpy(path + length, ".times");
    say("OK");
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "GETPIN", 6) == 0) {
            int64_t start = now_ns();
            nanosleep(&thought, NULL);
            FILE *file = fopen(path, "a");
            if (!file) return 1;
            fprintf(file, "%lld\n", (long long)(now_ns() - start));
            if (fclose(file) != 0) return 1;
            say("D 123456");
        }
        say("OK");
        if (strncmp(line, "BYE", 3) == 0) break;
    }
    return 0;
}
