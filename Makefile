# What one does to this tree. `make` alone lists the targets.
# CI (.ci/run) calls these same targets; nothing is known to CI alone.

SHELL := /bin/bash
.DEFAULT_GOAL := help
FUZZTIME ?= 15s
LINT := .ci/bin/golangci-lint

.PHONY: help generate graphiql examples format lint versions verify test race race-ci fuzz conformance browser bench accept tidy

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

generate: ## Write graph/generated, and stubs for new fields in resolver/, from graph/schema.
	rm -f graph/generated/*.go # gqlgen leaves what belonged to a schema file that is gone
	go run ./graph/generate

graphiql: ## Bring the page's files of others from npm: see .ci/graphiql for their versions.
	.ci/graphiql

examples: ## Write the typed client of examples/go from graph/schema and its operations.
	go tool genqlient examples/go/api/genqlient.yaml

format: $(LINT) ## Format all Go files (gofmt; imports in three groups).
	$(LINT) fmt ./...

lint: $(LINT) ## Run go vet and the linters of .golangci.yml.
	go vet ./...
	$(LINT) run --timeout 15m ./...

versions: ## Refuse dependencies with known faults.
	.ci/versions

verify: ## Prove that generating changes nothing, that what is others' is as npm has it (where npm is), that all is formatted, vetted, and of safe versions.
	@before=$$(find graph/generated resolver model examples/go -type f -print0 | sort -z | xargs -0 sha256sum); \
	$(MAKE) --no-print-directory generate examples || exit 1; \
	after=$$(find graph/generated resolver model examples/go -type f -print0 | sort -z | xargs -0 sha256sum); \
	diff <(echo "$$before") <(echo "$$after") || { echo "generated code is stale: make generate examples, and commit"; exit 1; }
	@if command -v npm >/dev/null; then .ci/graphiql --check; else echo "no npm: command/graphiql/upstream is not compared"; fi
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "not formatted: make format"; exit 1; }
	go vet ./...
	$(MAKE) --no-print-directory versions

test: ## Run all tests. They start a private Postgres by themselves.
	go test ./...

race: ## Run all tests under the race detector.
	go test -race -timeout 40m ./...

race-ci: ## The part of race that CI has the time for: all but the longest scenarios.
	go test -race -vet=off ./calc -references 50 -journeys 25 -balances 50 -rapid.checks=10
	go test -race -vet=off ./auth ./graph/... ./migrations ./model ./resolver ./service ./store
	go test -race -vet=off -run 'TestReadersSeeOneResult|TestReadYourWriteElsewhere|TestAsOf|TestOrganisation' ./test/scenario

fuzz: ## Fuzz each target for FUZZTIME (15s; or executions, such as 4000x, which no deadline cuts off).
	@set -e; grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do \
	  for target in $$(grep -oE '^func Fuzz[A-Za-z0-9_]*' "$$file" | cut -d' ' -f2); do \
	    echo "$$target in $$(dirname "$$file")"; \
	    go test -vet=off -gcflags=spm/graph/generated='-N -l' -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")"; \
	  done; done

conformance: ## Run the suites of others (npm) against our transport and server.
	.ci/conformance

browser: ## Drive the demo's page and the example page in a headless Chromium. SCREENSHOTS=dir keeps what they look like.
	.ci/browser

bench: ## Run the benchmarks, allocations counted.
	go test -run '^$$' -bench . -benchmem ./...

accept: ## Accept changed golden files: the schema's snapshot and docs/permissions.md. Read the diff.
	go test ./auth ./resolver -run 'Snapshot|PermissionsDocument' -update

tidy: ## Show what go mod tidy would change, and change nothing.
	@go mod tidy -diff

$(LINT): .ci/tools/go.mod .ci/tools/go.sum
	cd .ci/tools && CGO_ENABLED=0 go build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
