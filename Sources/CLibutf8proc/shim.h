// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include <utf8proc.h>
