# The one door for people. Each recipe is a line or two; what CI runs is the same (.ci/run).
.PHONY: demo dev ui verifier-page test check bench soak

# npm run <what>, where the tools of the web are: `npm ci` brings them.
WEB = if ! command -v npm >/dev/null; then echo "skipped: node is not installed"; elif [ ! -d node_modules ]; then echo "skipped: npm ci was not run"; else npm run --silent

# Changed proof bundles with our verdicts, for the second verifier.
MUTANTS := $(CURDIR)/target/mutants

CORE := $(patsubst core/%/Cargo.toml,-p countersign-%,$(wildcard core/*/Cargo.toml))

demo: # three parties on this machine, a process between them
	cargo run --quiet -p countersign -- demo

dev: # the same three nodes, left up
	cargo run -p countersign -- dev

ui: # the web app, which a build of the program takes along
	@$(WEB) build -w ui; fi

verifier-page: # the verifier as one HTML file: target/verifier/countersign-verifier.html
	@$(WEB) verifier -w ui; fi

test: # everything that runs without a network
	@$(WEB) build -w ui; fi
	if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace; else cargo test --workspace --all-targets; fi
	COUNTERSIGN_MUTANTS=$(MUTANTS) cargo test --quiet -p countersign-proof --test it mutants
	@export COUNTERSIGN_MUTANTS=$(MUTANTS); $(WEB) test; fi
	@$(WEB) e2e -w ui; fi

check: # form, lints, layers, documents
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings
	cargo xtask layering && cargo xtask docs && RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps $(CORE)
	@$(WEB) check; fi

bench: # how fast, against the limits of this machine
	cargo run --release -p countersign-bench

soak: # a node under twice its load and kill -9, then the simulator under many seeds, until stopped
	cargo run --release -p countersign-bench -- soak
	cargo run --release -p countersign-sim -- soak
