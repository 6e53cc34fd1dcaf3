# Every command that people and CI run. `make` alone lists them.

# The pinned programs that the tests drive live here; another checkout's folder can be shared.
export SKOPOS_TOOLS ?= .tools
# CI never changes Cargo.lock; people may.
LOCKED := $(if $(CI),--locked)
SCANNERS := promtool amtool kubectl python kube-score checkov grafana-schema prometheus elasticsearch zipkin

.PHONY: help check fmt clippy docs deny test conformance scan tools bless bench
.DEFAULT_GOAL := help

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## build the pinned tools where missing, then run all tests
	tests/tools/install promtool amtool kubectl python
	cargo test $(LOCKED)

conformance: ## build the real programs where missing, and let them read what skopos emits (PART=name for one)
	tests/tools/install $(SCANNERS) alertmanager etcd kube-apiserver kube-controller-manager prometheus-operator kube-rbac-proxy
	cargo test $(LOCKED) --test conformance -- $(PART)

scan: ## the parts of it that need no control plane: CI runs these
	tests/tools/install $(SCANNERS)
	cargo test $(LOCKED) --test conformance -- scanners dashboards fluentd prometheus stores

check: fmt clippy docs deny ## format, lints, documentation and dependencies, without the tests

fmt: ## is the code formatted?
	cargo fmt --check

clippy: ## lints, warnings denied
	cargo clippy $(LOCKED) --all-targets -- -D warnings
	cargo clippy $(LOCKED) --test conformance -- -D warnings

docs: ## the documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc $(LOCKED) --no-deps

deny: ## licences, bans and sources of the dependencies
	tests/tools/install cargo-deny
	$(SKOPOS_TOOLS)/bin/cargo-deny $(LOCKED) check --hide-inclusion-graph bans licenses sources

tools: ## build all pinned tools into .tools
	tests/tools/install

bless: ## accept what the program writes now as the goldens: review the diff
	tests/tools/install promtool amtool kubectl python
	SKOPOS_BLESS=1 cargo test

bench: ## measure the stages and the whole
	cargo bench --bench stages
