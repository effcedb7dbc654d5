// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Measures what the machine can do at best.
//
//   rates crypto THREADS SECONDS       P-256 and RSA-2048 signatures and verifications, on so many threads at once
//   rates sync FILE SECONDS            appends of 4 KiB, each made durable by fdatasync(2)
//
// Prints JSON: operations in a second, of all threads together.

#include "http.h"
#include "jose.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum operation { es256_sign, es256_verify, rs256_sign };

struct task {
    EVP_PKEY *key;
    enum operation operation;
    int64_t until;
    atomic_long done;
};

static void *work(void *argument) {
    struct task *task = argument;
    char message[1536];
    unsigned char signature[512];
    memset(message, 'm', sizeof message);
    size_t length = sign(task->key, message, sizeof message, signature);
    long done = 0;
    while (now_ns() < task->until) {
        if (task->operation == es256_verify) {
            if (!verifies(task->key, message, sizeof message, signature, length)) die("not verified");
        } else {
            sign(task->key, message, sizeof message, signature);
        }
        done++;
    }
    atomic_fetch_add(&task->done, done);
    return NULL;
}

static double crypto_rate(EVP_PKEY *key, enum operation operation, int threads, double seconds) {
    struct task task = {.key = key, .operation = operation, .until = now_ns() + (int64_t)(seconds * 1e9)};
    pthread_t ids[64];
    for (int index = 0; index < threads; index++) {
        if (pthread_create(&ids[index], NULL, work, &task) != 0) die("no thread");
    }
    for (int index = 0; index < threads; index++)
        pthread_join(ids[index], NULL);
    return (double)task.done / seconds;
}

static double sync_rate(const char *path, double seconds) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) die("%s: cannot be written", path);
    char page[4096];
    memset(page, 'p', sizeof page);
    int64_t start = now_ns(), now = start;
    long done = 0;
    for (; now < start + (int64_t)(seconds * 1e9); now = now_ns(), done++) {
        if (write(file, page, sizeof page) != sizeof page || fdatasync(file) != 0) die("%s: cannot be written", path);
    }
    close(file);
    unlink(path);
    return (double)done / ((double)(now - start) / 1e9);
}

int main(int count, char **arguments) {
    if (count != 4) die("usage: rates crypto THREADS SECONDS | rates sync FILE SECONDS");
    double seconds = atof(arguments[3]);
    if (strcmp(arguments[1], "sync") == 0) {
        printf("{\"sync\": %.1f}\n", sync_rate(arguments[2], seconds));
        return 0;
    }
    int threads = atoi(arguments[2]);
    if (threads < 1 || threads > 64) die("1 to 64 threads");
    EVP_PKEY *p256 = es256_key(), *rsa = rs256_key();
    printf("{\"es256_sign\": %.1f, \"es256_verify\": %.1f, \"rs256_sign\": %.1f}\n",
           crypto_rate(p256, es256_sign, threads, seconds), crypto_rate(p256, es256_verify, threads, seconds),
           crypto_rate(rsa, rs256_sign, threads, seconds));
    return 0;
}
