# Everything a developer does, by name. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
# Under `env -i` PATH is unset: a shell has a default that it doesn't export, and make alone finds no program.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
SPECS := src/caro/fix/data/specs.bin

# What the tests need is installed before that is built which they test: prerequisites in their order, one by one.
.NOTPARALLEL:

.PHONY: help setup tables agents shells tools try test test-failed test-long lint format bench bench-full bench-peers bench-second pictures docs site native cross asan fuzz wheel wheels release-check fresh fresh-short clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.installed tables ## build the natives and install Caro into .venv
$(VENV)/.installed: pyproject.toml hatch_build.py $(shell PATH='$(PATH)' find native -name build -prune -o -type f -name '*.[ch]' -print -o -name '*.inc' -print -o -name '*.mk' -print)
	@PYTHON="$(PYTHON)" tools/setup-venv.sh $(VENV)
	@touch $@

$(VENV)/.dev: $(VENV)/.installed pyproject.toml | $(SPECS)
	@tools/setup-venv.sh $(VENV) dev
	@touch $@

tables: src/caro/safety/compiled.json src/caro/ask/derived.json $(SPECS) ## what is compiled of the tables: the guard's TOML, the names that tools accept, the words of `caro ask`
$(SPECS): specs/compile_specs.py $(wildcard specs/*.jsonl)
	@$(PYTHON) $<
src/caro/safety/compiled.json: src/caro/knowledge/packaged.py $(wildcard src/caro/knowledge/*.toml src/caro/fix/*/*.toml src/caro/ask/*.toml src/caro/ask/*/*.toml src/caro/meaning/*.toml src/caro/meaning/*/*.toml src/caro/safety/*.toml src/caro/safety/*/*.toml src/caro/safety/*/*/*.toml)
	@$(PYTHON) $< >/dev/null

src/caro/ask/derived.json: specs/compile_asks.py $(wildcard src/caro/ask/*.py src/caro/ask/*.toml src/caro/ask/*/*.toml)
	@$(PYTHON) $< >/dev/null

agents: ## the natives' tables of src/caro/knowledge/agents.toml
	@$(BIN)/python tools/make_agent_table.py

shells: ## the natives' table of src/caro/knowledge/shells.py
	@$(BIN)/python tools/make_shell_table.py

tools: ## install the programs that the tests run (apt-get as root; else it names the command)
	@tools/install-test-tools.sh

try: setup ## record a sample session in a throw-away HOME and show it
	@examples/try.sh $(BIN)/caro

test: tools $(VENV)/.dev ## all tests but the long ones
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not long"

test-failed: ## those that failed the last time, one after the other
	@$(BIN)/python -m pytest -m "not long" --last-failed --last-failed-no-failures none

test-long: tools $(VENV)/.cross $(VENV)/.long ## the long ones too, and the natives' own on another processor's build
	@tools/install-test-tools.sh clickhouse-server:clickhouse-server sshd:openssh-server go:golang-go qemu-aarch64-static:qemu-user-static chromium-headless-shell:chromium-headless-shell
	@$(BIN)/python -m pytest -n $(WORKERS)
	@$(BIN)/python tools/test_foreign.py -n $(WORKERS) tests/native tests/redact/test_redact.py

lint: tools $(VENV)/.dev ## ruff, mypy, shellcheck, every shell's own parser, strict C warnings
	@tools/lint.sh $(BIN)

format: $(VENV)/.dev ## let ruff format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: tools $(VENV)/.cross ## short benchmark, ratios held to their bounds
	@$(BIN)/python -m bench --short --check

bench-full: tools $(VENV)/.cross ## the whole benchmark; writes bench/RESULTS.md
	@$(BIN)/python -m bench --write

bench-peers: $(VENV)/.dev ## searches and imports beside atuin and mcfly, which cargo builds once (half an hour)
	@$(BIN)/python bench/typed_peers.py

bench-second: tools $(VENV)/.cross ## the prompt and deep mode by a second harness, beside what the first has written
	@$(BIN)/python -m bench.second --agree

pictures: $(VENV)/.dev ## make the pictures of the README from the sample
	@$(BIN)/python tools/make_pictures.py $(BIN)/caro

native: ## the C programs alone, without Python
	@$(MAKE) -C native

docs: $(VENV)/.dev ## write the reference and the man page from the code
	@$(BIN)/python tools/make_docs.py
	@$(BIN)/python tools/make_layers.py

site: $(VENV)/.site ## build the documentation as a site into build/site, every link checked
	@$(BIN)/python tools/make_site.py

$(VENV)/.site: $(VENV)/.installed
	@tools/setup-venv.sh $(VENV) site
	@touch $@

cross: $(VENV)/.cross ## cross-link the natives for the other platforms (installs ziglang into .venv)
	@$(BIN)/python tools/cross_link.py

$(VENV)/.cross: $(VENV)/.dev
	@tools/setup-venv.sh $(VENV) cross
	@touch $@

$(VENV)/.long: $(VENV)/.dev
	@tools/setup-venv.sh $(VENV) long
	@tools/setup-venv.sh $(VENV) weights
	@touch $@

asan: tools $(VENV)/.dev ## the native tests under AddressSanitizer and UBSan
	@PYTEST_ADDOPTS="-n $(WORKERS)" $(MAKE) -s -j$(WORKERS) -C native asan PYTHON="$(CURDIR)/$(BIN)/python"

fuzz: tools ## fuzz the C parsers, FUZZ_SECONDS each (20)
	@$(MAKE) -s -j$(WORKERS) -C native fuzz

wheel: $(VENV)/.dev ## build the wheel for this machine into dist/
	@$(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w dist .

wheels: $(VENV)/.cross ## build the sdist and the static wheels of every platform into dist/
	@$(BIN)/python tools/make_wheels.py

release-check: $(VENV)/.dev ## one version everywhere, builds that are the same twice, checksums and a bill of materials in dist/
	@$(BIN)/python tools/release_check.py

# A path with a blank, a letter that is not ASCII, and the product's own name in it.
FRESH := tools/fresh-machine.sh --folder 'a câro folder'
# Tests that need neither a C compiler nor a tool besides.
SMOKE := tests/trace/test_shims.py tests/test_settings.py tests/record/test_commands.py

fresh: wheels ## both commands of the README on a machine that has nothing (root only; debootstrap; half an hour)
	@$(FRESH) --give dist/caro-*manylinux*_x86_64*.whl --user sh -c 'python3 -m venv ~/v && ~/v/bin/pip install -q ~/*.whl && \
		~/v/bin/caro run -- git --version && ~/v/bin/caro tree --last && test ! -e ~/.cache/caro'
	@$(FRESH) --user sh -c 'make try && ! make test'
	@$(FRESH) --with 'gcc libc6-dev' make try
	@$(FRESH) --before 'make try && make test' sh -c 'make try && make test'

fresh-short: ## the set-up and a few tests there (root only)
	@$(FRESH) sh -c 'make try && tools/setup-venv.sh .venv dev && .venv/bin/python -m pytest $(SMOKE)'

clean: ## remove what was built
	@rm -rf $(VENV) build dist native/build src/caro/_bin bench/out
