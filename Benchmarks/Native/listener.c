// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// The least that listens: `listener PORT`. What a program's start costs on this machine at best.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)atoi(count > 1 ? arguments[1] : "0")),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0 || listen(descriptor, 16) != 0) return 1;
    pause();
    return 0;
}
