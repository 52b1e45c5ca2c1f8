# The one door for people. Each recipe is a line or two; what CI runs is the same (.ci/run).
.PHONY: demo dev ui verifier-page test check bench soak

# npm run <what>, where Node.js is; the first time it brings the packages.
WEB = if ! command -v npm >/dev/null; then echo "skipped: node is not installed"; else { [ -d node_modules ] || npm ci --no-audit --no-fund; } && npm run --silent

# Changed proof bundles with our verdicts, plays, changed scenarios and logs, for the second verifier.
MUTANTS := $(CURDIR)/target/mutants

CORE := $(patsubst core/%/Cargo.toml,-p countersign-%,$(wildcard core/*/Cargo.toml))

# The web app for the program, if it can be built here; a node without it says so at /ui.
APP = @$(MAKE) --silent ui >/dev/null || echo "skipped: the web app was not built (make ui says why)"

demo: # three parties on this machine, a process between them
	$(APP)
	cargo run --quiet -p countersign -- demo

dev: # three nodes with a lease between them, left up for browsers
	$(APP)
	cargo run -p countersign -- dev

ui: # the web app, which a build of the program takes along
	@$(WEB) build -w ui; fi

verifier-page: # the verifier as one HTML file: target/verifier/countersign-verifier.html
	@$(WEB) verifier -w ui; fi

test: # everything that runs without a network
	@$(WEB) build -w ui; fi
	if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace --no-fail-fast; else cargo test --workspace --all-targets; fi
	@rm -rf $(MUTANTS)
	COUNTERSIGN_MUTANTS=$(MUTANTS) cargo test --quiet -p countersign-proof --test it mutants
	COUNTERSIGN_MUTANTS=$(MUTANTS) cargo test --quiet -p countersign-workflow --test it second
	COUNTERSIGN_MUTANTS=$(MUTANTS) cargo test --quiet -p countersign-contract --test it -- rules:: joining:: guests:: keys:: second::
	@export COUNTERSIGN_MUTANTS=$(MUTANTS); $(WEB) test; fi
	@$(WEB) e2e -w ui; fi

check: # form, lints, layers, documents
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings
	cargo xtask layering && cargo xtask docs && RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps $(CORE)
	@$(WEB) check; fi

bench: # how fast, against the limits of this machine
	cargo run --release -p countersign-bench

soak: # a node under twice its load and kill -9, how often parties add at once, then the simulator under many seeds, until stopped
	cargo run --release -p countersign-bench -- soak
	cargo run --release -p countersign-sim -- conflicts
	cargo run --release -p countersign-sim -- soak
