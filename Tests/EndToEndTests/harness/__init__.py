# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the built programs, browsers and counterparts of the end-to-end tests."""
