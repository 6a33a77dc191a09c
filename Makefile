# A thin front to cmake, ctest and the program; `make help` lists the targets.

BASELINE = main
PRESET   = default
SUITES   =
ARGS     =
NAME     =
MINUTES  = 5
PREFIX   = /usr/local
OUT      = tare-report

TARE    = build/release/bin/tare
SOURCES = git ls-files '*.c' '*.h' '*.cpp'

build: deps build/release/build.ninja ## the release preset: build/release/bin/tare and its suites
	@cmake --build --preset release

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo 'Variables: BASELINE=main PRESET=quick|default|thorough SUITES="kernels" ARGS="--filter ..." NAME=x DESTDIR= PREFIX=/usr/local'

deps: ## what is missing on this machine, through apt-get
	@tools/deps.sh tools/packages.txt

test: build ## every test
	@ctest --preset release

bench: build ## measure, and compare with baseline BASELINE (saved when there is none)
	@$(TARE) run $(SUITES) --preset $(PRESET) --baseline-or-save $(BASELINE) $(ARGS)

baseline: build ## measure, and save as baseline NAME
	@$(TARE) run $(SUITES) --preset $(PRESET) --save $(or $(NAME),$(error make baseline NAME=x: which name?)) $(ARGS)

layouts: build ## the suites at other addresses too, for make bench ARGS="--layouts 7"
	@cmake --build --preset release --target layouts

report: build ## pages with plots of the last run, in OUT
	@$(TARE) report --out $(OUT)

trust: build ## how far verdicts may be believed on this machine: MINUTES=5, or 20 for the README's table
	@$(TARE) trust --minutes $(MINUTES) $(ARGS)

peers: deps ## ours beside OpenBLAS, oneDNN and BLIS (GGML=DIR: and ggml installed there): a table of ratios; ARGS="-t 1"
	@tools/deps.sh tools/packages-peers.txt
	@cmake --preset peers $(if $(GGML),-DTARE_PEERS_GGML=$(GGML)) >/dev/null && cmake --build --preset peers
	@tools/peers.sh $(ARGS)

install: build ## program, suites, header, CMake package, tare.pc and man page below DESTDIR/PREFIX
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

check: deps ## the tests again under AddressSanitizer and UBSan, those of threads under ThreadSanitizer
	@cmake --preset dev >/dev/null && cmake --build --preset dev && ctest --preset dev
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan --target tests_of_threads && ctest --preset tsan -L threads

check-all: check check-deps format-check ## `check`, the build without hwloc, the build by clang, the format
	@cmake --preset bare >/dev/null && cmake --build --preset bare && ctest --preset bare
	@cmake --preset clang >/dev/null && cmake --build --preset clang && ctest --preset clang

format: check-deps ## clang-format on every source
	@$(SOURCES) | xargs clang-format -i

format-check: check-deps
	@$(SOURCES) | xargs clang-format --dry-run -Werror

check-deps:
	@tools/deps.sh tools/packages.txt tools/packages-check.txt

clean: ## the builds; baselines stay
	@rm -rf build

build/release/build.ninja: CMakePresets.json | deps
	@cmake --preset release >/dev/null
	@touch $@

.PHONY: build help deps test bench baseline layouts report trust peers install check check-all format format-check check-deps clean
