// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells ThreadSanitizer of the order that contended locks make.
//
// A free Mutex of the module Synchronization is taken and given back by atomic operations in the code that uses it, which the
// sanitizer sees. One that is contended is taken and given back by three functions of the toolchain's library, which is not
// instrumented: what happened under the lock would seem to happen at the same time. This library is loaded first and stands
// before them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex

// Synchronization._MutexHandle: _lockSlow(_:), _tryLockSlow(), _unlockSlow()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Of the sanitizer's runtime, which is linked into the test program.
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

static SWIFT void (*lock_original)(uint32_t thread, SELF);
static SWIFT bool (*try_original)(SELF);
static SWIFT void (*unlock_original)(SELF);

__attribute__((constructor)) static void find_originals(void) {
    *(void **)&lock_original = dlsym(RTLD_NEXT, LOCK);
    *(void **)&try_original = dlsym(RTLD_NEXT, TRY);
    *(void **)&unlock_original = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_slowly(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool try_slowly(SELF) __asm__(TRY);
SWIFT void unlock_slowly(SELF) __asm__(UNLOCK);

SWIFT void lock_slowly(uint32_t thread, SELF) {
    lock_original(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT bool try_slowly(SELF) {
    bool is_taken = try_original(mutex);
    if (is_taken) __tsan_acquire(mutex);
    return is_taken;
}

SWIFT void unlock_slowly(SELF) {
    __tsan_release(mutex);
    unlock_original(mutex);
}
