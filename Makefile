# The four things people do here. `make run` and `make test` work on a machine that has Swift and nothing else.
SWIFT ?= swift
# With Swift's libraries in it an executable starts 6 ms earlier, and runs where Swift is not installed.
RELEASE := -c release --static-swift-stdlib

.PHONY: run test sanitize sanitize-thread sanitize-address check format bench setup build install dist

# Compiles and runs the main job: a host function stops a guest; then a C program works on a file under WASI.
run: setup-test
	$(SWIFT) build $(RELEASE) --product wasmc
	$(SWIFT) build $(RELEASE) --product wasmc-compiler
	$(SWIFT) build $(RELEASE) --product early-exit
	.build/release/early-exit
	.ci/main-job .build/release/wasmc

# Tests compile what they test, and leave the user's cache alone. SwiftPM adds to an archive: a member whose source is
# gone would stay in it, and in what tests link with it.
test: export WASMC_CACHE := off
test: setup-test
	@rm -f .build/debug/libWasmcRuntime.a
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

# Under sanitizers: what threads and fibers share; what the C runtime does with memory and numbers. See "What do sanitizers
# see?" in Decisions/Testing/SanitizerCoverage.md.
sanitize: sanitize-thread sanitize-address

sanitize-%: export WASMC_CACHE := off

THREAD := --sanitize=thread --scratch-path .build-thread
THREAD_TESTS ?= AsyncCallTests|ErrorBacktraceTests|HostErrorTests|ResourceLimitTests|RuntimeTests
sanitize-thread: export WASMC_SANITIZER := thread
sanitize-thread: setup-test
	$(SWIFT) build --build-tests $(THREAD)
	$(SWIFT) run --skip-build $(THREAD) dev endurance --threads 64 --count 6400 --allowed-bytes 2000000000
	$(SWIFT) test --skip-build $(THREAD) --filter "$(THREAD_TESTS)" --skip many

# LLVM is built without, so it does not hear of what its headers, which are compiled here, forbid it to touch.
ADDRESS := --sanitize=address --scratch-path .build-address
ADDRESS_TESTS ?= RuntimeTests|WASITests|WasmEngineTests
sanitize-address: export WASMC_SANITIZER := address
sanitize-address: export ASAN_OPTIONS := allow_user_poisoning=0
sanitize-address: export LSAN_OPTIONS := suppressions=$(CURDIR)/Tests/leaks.txt
sanitize-address: setup-test
	$(SWIFT) build --build-tests $(ADDRESS)
	$(SWIFT) test --skip-build $(ADDRESS) --filter "$(ADDRESS_TESTS)" --skip manyExits

check: setup-test
	$(SWIFT) run dev check

# What is in Generated and what documents show is left alone: see swift-format-ignore-file there.
format:
	$(SWIFT) format --in-place --parallel --recursive Sources Tests Package.swift
	git ls-files '*.[ch]' '*.cpp' | xargs clang-format-22 -i

bench: setup-test
	$(SWIFT) build $(RELEASE) --product wasmc
	$(SWIFT) build $(RELEASE) --product wasmc-bench
	.build/release/wasmc-bench run $(BENCH)

build: setup
	$(SWIFT) build $(RELEASE)

# What people who only use it need, beneath PREFIX; DESTDIR stands before it for packages.
PREFIX ?= /usr/local
install: shipped
	.ci/install .build/release "$(PREFIX)" "$(DESTDIR)"

# A tar archive and a Debian package that need nothing but a C library, in .build/dist; both are tried.
dist: shipped
	.ci/dist .build/release .build/dist
	.ci/check-dist .build/dist/wasmc-*.tar.gz
	for package in .build/dist/wasmc_*.deb; do [ ! -e $$package ] || .ci/check-dist $$package || exit 1; done
	.ci/check-bundle .build/release/wasmc

# Pages of the library, in .build/plugins, without a warning.
.PHONY: documentation
documentation: setup
	.ci/documentation

# What `.ci/run` has no time for: pages, sizes, a machine without LLVM, the programs in other ways, requests that leave
# nothing. `.ci/check-wasmkit` needs a folder with WasmKit, and `make dist` is run by itself.
.PHONY: acceptance
acceptance: setup-test documentation
	$(SWIFT) build --product wasmc
	$(SWIFT) build --product wasmc-compiler
	.ci/check-without-llvm
	.ci/check-size
	.ci/check-programs debug path
	.ci/check-programs debug url
	.ci/check-programs release path
	$(SWIFT) build $(RELEASE) --product dev
	for way in imports linker pool; do .build/release/dev requests --way $$way || exit 1; done

.PHONY: shipped
shipped: setup
	@rm -f .build/release/libWasmcRuntime.a
	$(SWIFT) build $(RELEASE) --product wasmc
	$(SWIFT) build $(RELEASE) --product wasmc-compiler
	$(SWIFT) build $(RELEASE) --product WasmcRuntime

setup:
	@.ci/setup

.PHONY: setup-test
setup-test:
	@.ci/setup test
