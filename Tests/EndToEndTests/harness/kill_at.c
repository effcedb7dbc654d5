// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program, kills it (SIGKILL) on entry to its n-th call that changes a file or sends something, counted over all
// threads. COUNTERSIGN_KILL_AT is n; COUNTERSIGN_KILL_COUNT names a file into which the number of calls is written at each call.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long kill_at;
static int count_file = -1;

__attribute__((constructor)) static void prepare(void) {
    const char *number = getenv("COUNTERSIGN_KILL_AT"), *path = getenv("COUNTERSIGN_KILL_COUNT");
    kill_at = number ? atol(number) : 0;
    if (path) count_file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    // Programs that this one starts live on.
    unsetenv("LD_PRELOAD");
}

static void count(void) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (count_file >= 0) {
        char text[24];
        int length = snprintf(text, sizeof text, "%-20ld\n", number);
        syscall(SYS_pwrite64, count_file, text, (size_t)length, 0);
    }
    if (number == kill_at) kill(getpid(), SIGKILL);
}

#define COUNTED(result, name, parameters, arguments)                                                 \
    result name parameters {                                                                         \
        static result(*next) parameters;                                                             \
        if (!next) next = (result(*) parameters)dlsym(RTLD_NEXT, #name);                              \
        count();                                                                                     \
        return next arguments;                                                                       \
    }

COUNTED(ssize_t, write, (int file, const void *bytes, size_t length), (file, bytes, length))
COUNTED(ssize_t, writev, (int file, const struct iovec *parts, int number), (file, parts, number))
COUNTED(ssize_t, pwrite, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at))
COUNTED(ssize_t, pwrite64, (int file, const void *bytes, size_t length, off64_t at), (file, bytes, length, at))
COUNTED(ssize_t, send, (int file, const void *bytes, size_t length, int flags), (file, bytes, length, flags))
COUNTED(ssize_t, sendmsg, (int file, const struct msghdr *message, int flags), (file, message, flags))
COUNTED(int, fsync, (int file), (file))
COUNTED(int, fdatasync, (int file), (file))
COUNTED(int, ftruncate, (int file, off_t length), (file, length))
COUNTED(int, ftruncate64, (int file, off64_t length), (file, length))
COUNTED(int, rename, (const char *from, const char *to), (from, to))
COUNTED(int, renameat, (int from_folder, const char *from, int to_folder, const char *to), (from_folder, from, to_folder, to))
COUNTED(int, renameat2, (int from_folder, const char *from, int to_folder, const char *to, unsigned flags),
        (from_folder, from, to_folder, to, flags))
COUNTED(int, link, (const char *from, const char *to), (from, to))
COUNTED(int, unlink, (const char *path), (path))
COUNTED(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
COUNTED(int, mkdir, (const char *path, mode_t mode), (path, mode))
