// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// A pinentry that types the PIN of the benchmarks after a fixed time, and appends how long that took, from the question to its
// answer in nanoseconds (int64_t), to a file: its own path with ".times" behind it. That it comes up is the agent's time. Speaks as
// much of the Assuan protocol as the agent uses.

#include "http.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// Longer than the time below which an answer does not count.
static const struct timespec thought = {.tv_nsec = 550 * 1000 * 1000};

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

// Room for one more time at the end of a file, which is written by being assigned to: nothing of it falls into the agent's time.
static int64_t *next_time(const char *path) {
    struct stat status;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || fstat(file, &status) != 0) die("%s cannot be opened", path);
    size_t size = (size_t)status.st_size;
    if (ftruncate(file, (off_t)(size + sizeof(int64_t))) != 0) die("%s cannot grow", path);
    int64_t *times = mmap(NULL, size + sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (times == MAP_FAILED) die("%s cannot be mapped", path);
    close(file);
    times[size / sizeof(int64_t)] = 0;
    return &times[size / sizeof(int64_t)];
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
            int64_t *time = next_time(path);
            nanosleep(&thought, NULL);
            *time = now_ns() - start;
            say("D 123456");
        }
        say("OK");
        if (strncmp(line, "BYE", 3) == 0) break;
    }
    return 0;
}
