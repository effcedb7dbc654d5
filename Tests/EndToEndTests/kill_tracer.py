# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a program and kills it before the n-th call by which it changes a file or says something to another program.

    kill_tracer.py CONTROL LOG PREFIX… -- PROGRAM ARGUMENT…

CONTROL is a file of eight bytes, a number that the test writes at any time: 0, nothing is counted; n, calls are counted
from then on and the program is killed before the n-th of them is made. Every counted call is a line of LOG. Counted are
the calls on files below a PREFIX other than `*.log`, those that rename, link or remove, and what is written to sockets.

A filter in the kernel (seccomp) stops the program at those calls alone, so that nothing else becomes slower, and the
count is one over all threads. What processes do that it starts is not counted.
"""

import ctypes
import mmap
import os
import platform
import signal
import struct
import sys

CALLS = {
    "x86_64": {
        1: "write",
        18: "pwrite64",
        20: "writev",
        296: "pwritev",
        328: "pwritev2",
        44: "sendto",
        46: "sendmsg",
        74: "fsync",
        75: "fdatasync",
        76: "truncate",
        77: "ftruncate",
        82: "rename",
        264: "renameat",
        316: "renameat2",
        86: "link",
        265: "linkat",
        87: "unlink",
        263: "unlinkat",
    },
    "aarch64": {
        64: "write",
        68: "pwrite64",
        66: "writev",
        70: "pwritev",
        287: "pwritev2",
        206: "sendto",
        211: "sendmsg",
        82: "fsync",
        83: "fdatasync",
        45: "truncate",
        46: "ftruncate",
        38: "renameat",
        276: "renameat2",
        37: "linkat",
        35: "unlinkat",
    },
}[platform.machine()]
BY_PATH = {"truncate", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"}

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_TRACE, SECCOMP_RET_ALLOW = 0x7FF00000, 0x7FFF0000
BPF_LOAD, BPF_JUMP_EQUAL, BPF_RETURN = 0x20, 0x15, 0x06
PTRACE_CONT, PTRACE_SEIZE, PTRACE_LISTEN, PTRACE_GET_SYSCALL_INFO = 7, 0x4206, 0x4208, 0x420E
OPTIONS = 0x02 | 0x04 | 0x08 | 0x80 | 0x100000  # fork, vfork, clone, seccomp; the program ends with this one
EVENT_SECCOMP, EVENT_STOP = 7, 128
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def install_filter():
    """Makes the kernel stop this process, and what it starts, at the calls of the table."""
    numbers = sorted(CALLS)
    program = [struct.pack("HBBI", BPF_LOAD, 0, 0, 0)]
    for index, number in enumerate(numbers):
        program.append(struct.pack("HBBI", BPF_JUMP_EQUAL, len(numbers) - index, 0, number))
    program.append(struct.pack("HBBI", BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW))
    program.append(struct.pack("HBBI", BPF_RETURN, 0, 0, SECCOMP_RET_TRACE))
    instructions = ctypes.create_string_buffer(b"".join(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(instructions)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
        os.write(2, b"kill_tracer: no seccomp filter here\n")
        os._exit(126)


class Tracer:
    """Follows the program's threads and processes."""

    def __init__(self, control, log, prefixes):
        with open(control, "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 8)
        self.log = open(log, "a", encoding="utf-8", buffering=1)  # pylint: disable=consider-using-with
        self.prefixes = tuple(prefix.rstrip("/") + "/" for prefix in prefixes)
        self.limit = 0
        self.count = 0
        self.child = None

    def start(self, command):
        """Starts the program, stopped until it is followed."""
        ready, go = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(go)
            os.read(ready, 1)
            os.close(ready)
            install_filter()
            os.execvp(command[0], command)
        os.close(ready)
        if libc.ptrace(PTRACE_SEIZE, self.child, None, OPTIONS) != 0:
            error = ctypes.get_errno()
            os.kill(self.child, signal.SIGKILL)
            sys.exit(f"kill_tracer: cannot follow the program: {os.strerror(error)}")
        os.close(go)

    def call(self, thread):
        """Which call a thread is about to make, on what."""
        info = ctypes.create_string_buffer(88)
        if libc.ptrace(PTRACE_GET_SYSCALL_INFO, thread, 88, ctypes.addressof(info)) <= 0:
            return None
        number, first = struct.unpack_from("QQ", info.raw, 24)
        name = CALLS.get(number)
        if name is None:
            return None
        if name in BY_PATH:
            return name, ""
        try:
            path = os.readlink(f"/proc/{thread}/fd/{first & 0xFFFFFFFF}")
        except OSError:
            return None
        if path.startswith("socket:"):
            return name, "socket"
        if (path + "/").startswith(self.prefixes) and not path.endswith(".log"):
            return name, os.path.basename(path)
        return None

    def reached(self, thread):
        """Whether the call that a thread is about to make is the one to kill before."""
        limit = struct.unpack("Q", self.control[:8])[0]
        if limit != self.limit:
            self.limit, self.count = limit, 0
        if limit == 0 or not os.path.exists(f"/proc/{self.child}/task/{thread}"):
            return False
        call = self.call(thread)
        if call is None:
            return False
        self.count += 1
        self.log.write(f"{call[0]} {call[1]}\n")
        return self.count == limit

    def run(self):
        """Follows the program to its end; answers its exit code."""
        while True:
            try:
                thread, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return 1
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if thread == self.child:
                    return os.waitstatus_to_exitcode(status)
                continue
            event, stop = status >> 16, os.WSTOPSIG(status)
            if event == EVENT_SECCOMP and self.reached(thread):
                self.log.write("killed\n")
                os.kill(self.child, signal.SIGKILL)
                continue
            request = PTRACE_CONT
            if event == EVENT_STOP and stop in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
                request = PTRACE_LISTEN
            libc.ptrace(request, thread, None, None if event else stop)


def main():
    """Reads the command line."""
    separator = sys.argv.index("--")
    control, log, *prefixes = sys.argv[1:separator]
    tracer = Tracer(control, log, prefixes)
    tracer.start(sys.argv[separator + 1 :])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: os.kill(tracer.child, number))
    code = tracer.run()
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
