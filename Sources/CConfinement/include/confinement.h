// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

// What takes macros or variable arguments, which Swift does not import. Nothing is included here: what a header declares would be this
// module's wherever it is read first, and no longer be seen by who imports Glibc.

// Refuses all threads of this process sockets of another kind than AF_UNIX and AF_NETLINK, io_uring, and the calls of other
// architectures; 0, or why the kernel does not (errno).
int countersign_keep_to_local_sockets(void);

// Closes the descriptors from the first to the last (close_range(2)).
int countersign_close_range(unsigned first, unsigned last);

// What process lists call this process, at most 15 bytes (PR_SET_NAME of prctl(2)).
int countersign_name_process(const char *name);
