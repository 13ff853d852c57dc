package pgembed

import (
	"context"
	"os/exec"
	"slices"
	"strings"
)

// missing lists the packages to download: the server, and every library it needs, directly or
// not, that is not installed.
func (a apt) missing(ctx context.Context, server string, installed map[string]bool) ([]string, error) {
	out, err := a.run(ctx, "", "apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests",
		"--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", server)
	if err != nil {
		return nil, err
	}
	return closure(parseDepends(out), server, installed), nil
}

// closure walks the dependencies from server through libraries only. Left out: what is
// installed; libc, which must be the system's own to fit its dynamic linker; and LLVM, which
// only the JIT needs, which is off and loaded on demand (it is 20 times the rest in size).
func closure(depends map[string][]string, server string, installed map[string]bool) []string {
	packages := []string{server}
	for i := 0; i < len(packages); i++ {
		for _, name := range depends[packages[i]] {
			library := strings.HasPrefix(name, "lib") && name != "libc6" && !strings.HasPrefix(name, "libllvm")
			if library && !installed[name] && !slices.Contains(packages, name) {
				packages = append(packages, name)
			}
		}
	}
	return packages
}

// parseDepends reads `apt-cache depends --recurse`: a package at the start of a line, then its
// dependencies. "|Depends: a" is an alternative to the line after it, of which the first is
// taken; "<a>" is virtual; deeper lines are providers, and the real one is listed on its own.
func parseDepends(text string) map[string][]string {
	depends := map[string][]string{}
	current, chosen := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != ' ' && line[0] != '|' {
			current, chosen = bareName(line), false
			continue
		}
		field := strings.TrimLeft(line, " ")
		alternative := strings.HasPrefix(field, "|")
		field = strings.TrimPrefix(field, "|")
		name, ok := strings.CutPrefix(field, "Depends: ")
		if !ok {
			name, ok = strings.CutPrefix(field, "PreDepends: ")
		}
		if !ok {
			continue
		}
		if !chosen && !strings.HasPrefix(name, "<") {
			depends[current] = append(depends[current], bareName(name))
			chosen = true
		}
		if !alternative {
			chosen = false
		}
	}
	return depends
}

// bareName drops the architecture from "libc6:amd64".
func bareName(name string) string {
	name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
	return name
}

// installed lists the packages that are unpacked and configured on this machine.
func installed(ctx context.Context) map[string]bool {
	names := map[string]bool{}
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n").Output()
	if err != nil {
		return names
	}
	for line := range strings.Lines(string(out)) {
		if name, status, _ := strings.Cut(strings.TrimSpace(line), " "); status == "installed" {
			names[name] = true
		}
	}
	return names
}
