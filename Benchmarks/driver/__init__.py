# Copyright 2026 The Countersign authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks of agent and verifier."""
