// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Preloaded into a program that links libfido2 dynamically, gives it virtual security keys instead of the machine's own:
//
//   COUNTERSIGN_VIRTUAL_KEYS=7101,7102 LD_PRELOAD=fido2.so fido2-token -L
//
// Each is the number that 'virtual-devices fido2' listens under, on a Unix socket. The key's path is that of a file which it makes when
// it is plugged in, as the kernel makes a node, and by which one program has the key at a time, as with hidraw.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fido.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "/tmp/countersign-virtual-key-"
#define REPORT 64

struct connection {
    int socket, lock;
};

static int connected_socket(int number) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    // In the abstract space, where a name begins with a zero.
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "countersign-virtual-key-%d", number);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    int socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (socket_ >= 0 && connect(socket_, (struct sockaddr *)&address, size) != 0) {
        close(socket_);
        return -1;
    }
    return socket_;
}

// Waits for one packet: its length, or -1.
static ssize_t receive(int socket_, void *buffer, size_t size, int milliseconds) {
    struct pollfd poller = {.fd = socket_, .events = POLLIN};
    if (poll(&poller, 1, milliseconds) != 1) return -1;
    return recv(socket_, buffer, size, 0);
}

// The key's name, or NULL where there is none of this number.
static char *probe(int number) {
    char name[65] = {0};
    int socket_ = connected_socket(number);
    ssize_t length = -1;
    if (socket_ >= 0 && send(socket_, "?", 1, MSG_NOSIGNAL) == 1) length = receive(socket_, name, sizeof name - 1, 5000);
    if (socket_ >= 0) close(socket_);
    return length > 0 ? strdup(name) : NULL;
}

static int lock(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (int tries = 0; file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK || tries == 100) {
            close(file);
            return -1;
        }
        usleep(100000);
    }
    return file;
}

static void *io_open(const char *path) {
    struct connection *made = calloc(1, sizeof *made);
    if (made == NULL) return NULL;
    int number = atoi(path + strlen(PREFIX));
    made->lock = lock(path);
    made->socket = made->lock < 0 ? -1 : connected_socket(number);
    if (made->socket >= 0) return made;
    if (made->lock >= 0) close(made->lock);
    free(made);
    return NULL;
}

static void io_close(void *handle) {
    struct connection *connection = handle;
    close(connection->socket);
    close(connection->lock);
    free(connection);
}

static int io_read(void *handle, unsigned char *buffer, size_t size, int milliseconds) {
    struct connection *connection = handle;
    return receive(connection->socket, buffer, size, milliseconds) == REPORT ? REPORT : -1;
}

static int io_write(void *handle, const unsigned char *buffer, size_t size) {
    struct connection *connection = handle;
    if (size != REPORT + 1) return -1;
    // The report's number stands in front.
    return send(connection->socket, buffer + 1, REPORT, MSG_NOSIGNAL) == REPORT ? (int)size : -1;
}

static const fido_dev_io_t io = {io_open, io_close, io_read, io_write};

int fido_dev_info_manifest(fido_dev_info_t *list, size_t size, size_t *found) {
    *found = 0;
    const char *numbers = getenv("COUNTERSIGN_VIRTUAL_KEYS");
    while (numbers != NULL && *numbers != '\0' && *found < size) {
        char path[64];
        int number = atoi(numbers);
        char *name = probe(number);
        snprintf(path, sizeof path, PREFIX "%d", number);
        if (name != NULL &&
            fido_dev_info_set(list, *found, path, "Countersign Tests", name, &io, NULL) == FIDO_OK)
            (*found)++;
        free(name);
        numbers = strchr(numbers, ',');
        if (numbers != NULL) numbers++;
    }
    return FIDO_OK;
}

int fido_dev_open(fido_dev_t *device, const char *path) {
    int (*next)(fido_dev_t *, const char *) = (int (*)(fido_dev_t *, const char *))dlsym(RTLD_NEXT, "fido_dev_open");
    if (strncmp(path, PREFIX, strlen(PREFIX)) == 0) {
        int status = fido_dev_set_io_functions(device, &io);
        if (status != FIDO_OK) return status;
    }
    return next(device, path);
}
