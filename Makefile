# The four things people do here. `make run` and `make test` work on a machine that has Swift and nothing else.
SWIFT ?= swift

.PHONY: run test sanitize check bench setup build

# Compiles and runs the main job: a host function stops a guest; then a C program works on a file under WASI.
run: setup-test
	$(SWIFT) build -c release --product wasmc
	$(SWIFT) build -c release --product wasmc-compiler
	$(SWIFT) run -c release early-exit
	.ci/main-job .build/release/wasmc

# Tests compile what they test, and leave the user's cache alone.
test: export WASMC_CACHE := off
test: setup-test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

# What threads and fibers share, under the thread sanitizer. See "What do sanitizers see?" in Decisions.
SANITIZED := --sanitize=thread --scratch-path .build-thread
SANITIZED_TESTS ?= AsyncCallTests|ErrorBacktraceTests|HostErrorTests|ResourceLimitTests|RuntimeTests
sanitize: export WASMC_CACHE := off
sanitize: export WASMC_SANITIZER := thread
sanitize: setup-test
	$(SWIFT) build --build-tests $(SANITIZED)
	$(SWIFT) run --skip-build $(SANITIZED) dev endurance --threads 64 --count 6400 --allowed-bytes 2000000000
	$(SWIFT) test --skip-build $(SANITIZED) --filter "$(SANITIZED_TESTS)" --skip many

check: setup
	$(SWIFT) run dev check

bench: setup-test
	$(SWIFT) build -c release --product wasmc
	$(SWIFT) run -c release wasmc-bench $(BENCH)

build: setup
	$(SWIFT) build -c release

setup:
	@.ci/setup

.PHONY: setup-test
setup-test:
	@.ci/setup test
