// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

// What glibc's <spawn.h> has since 2.34, and declares for GNU sources alone. Nothing is included here, not even the type of the actions:
// what a header declares would be this module's wherever it is read first, and no longer be seen by who imports Glibc.
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);
