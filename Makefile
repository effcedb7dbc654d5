# Countersign. Copyright 2026 The Countersign authors. SPDX-License-Identifier: Apache-2.0
#
#   make demo     installs what is needed, builds, and shows a sign-in from beginning to end
#   make test     every test: of the modules, and end to end with real browsers
#   make test-failed  those once more that failed
#   make build    builds agent and verifier (CONFIGURATION=release for a release build)
#   make lint     checks format, sources and scripts
#   make format   formats the Swift sources
#   make check    what continuous integration runs, on this working copy
#   make mutants  takes out one security check after the other; a test has to notice each time
#   make bench    builds for release and measures; prints ratios beside their goals
#   make deb      builds Debian packages into .build/packages; so do rpm, and tar for other distributions
#   make test-packages  installs the Debian packages in a bare system, signs in, upgrades, purges (as root)
#   make test-rpm    installs, upgrades and erases the RPM packages in a bare system; test-tar does so with the archives (as root)
#   make test-vm  installs them in an emulated machine with an encrypted disk, Secure Boot and a TPM, and tries them there
#   make docs     writes manual pages and shell completions to .build/docs
#   make site     builds docs/ as a site into .build/site
#   make clean    removes what was built
#
# All of them work as root and as an ordinary user with sudo; sudo is used only to install missing packages.

CONFIGURATION ?= debug
# Test processes side by side need namespaces of their own, which only root gets. One of the three mostly waits.
PYTEST_OPTIONS ?= $(if $(filter 0,$(shell id -u)),--numprocesses=3 --dist=worksteal)

.PHONY: build test test-failed test-modules test-end-to-end lint format check demo mutants bench deb rpm tar test-packages test-rpm test-tar test-vm docs site clean dependencies

build: dependencies
	swift build --configuration $(CONFIGURATION)

test: test-modules test-end-to-end

test-failed:
	swift build --build-tests
	scripts/test-modules --failed
	scripts/test-end-to-end --failed

test-modules: dependencies
	scripts/test-modules

test-end-to-end: dependencies
	scripts/install-dependencies.sh --tests
	scripts/test-end-to-end $(PYTEST_OPTIONS)

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	scripts/check-sources

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

check:
	.ci/run

demo:
	scripts/demo

mutants: dependencies
	scripts/install-dependencies.sh --tests
	Tests/Mutation/run

bench: dependencies
	scripts/install-dependencies.sh --tests
	Benchmarks/run

deb rpm tar: dependencies
	packaging/build-$@

test-packages: dependencies
	scripts/install-dependencies.sh --tests
	Tests/Packages/run

test-rpm test-tar: dependencies
	scripts/install-dependencies.sh --tests
	Tests/Packages/run-$(@:test-%=%)

test-vm: dependencies
	scripts/install-dependencies.sh --virtual-machine
	Tests/VirtualMachine/run

docs: build
	scripts/write-manual .build/docs

site:
	scripts/build-site

clean:
	swift package clean
	rm -rf .venv .build/asan .build/tsan .build/deb .build/rpm .build/tar .build/packages .build/release-check .build/docs .build/site .build/site-venv .build/fuzz .build/fuzz-corpus .build/fuzz-crashes .build/fuzz-seeds .build/virtual-machine

dependencies:
	@scripts/install-dependencies.sh
