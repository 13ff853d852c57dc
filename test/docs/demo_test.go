package docs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 2 * time.Minute

// dir makes a folder that every account may pass, for a private Postgres.
func dir(t *testing.T) string {
	t.Helper()
	made, err := os.MkdirTemp("/tmp", "spm-docs-test-*")
	if err == nil {
		err = os.Chmod(made, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(made) })
	return made
}

// machine is where commands run: `spm`, and `go run .`, are the built program
// on a data directory of the test's own.
type machine struct {
	bin, data string
	base      string   // of the server's URLs
	work      string   // where commands run; the root of the tree where ""
	hosts     []string // pairs: one that documents name, and what stands for it
	env       []string
}

// program is the built binary, in a folder that every account may pass.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if built, err = os.MkdirTemp("/tmp", "spm-docs-test-*"); err == nil {
		err = os.Chmod(built, 0o755)
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(built, "program")
	if out, err := exec.Command("go", "build", "-o", path, "spm").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{bin: filepath.Join(dir(t), "bin"), data: filepath.Join(dir(t), "data")}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"spm": fmt.Sprintf(`exec %s "$@" --data-dir %s`, program, m.data),
		"go":  fmt.Sprintf(`if [ "$1 $2" = "run ." ]; then shift 2; exec %s/spm "$@"; fi; exec %s "$@"`, m.bin, goTool),
	} {
		if err := os.MkdirAll(m.bin, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// command is a script for bash at the root of the tree.
func (m *machine) command(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = cmp.Or(m.work, root)
	cmd.Env = append(os.Environ(), append(m.env, "PATH="+m.bin+":"+os.Getenv("PATH"))...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// startDemo starts the demo, which loads its company, and waits until it has
// said what to do next.
func (m *machine) startDemo(t *testing.T) {
	t.Helper()
	p := follow(t, exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(m.bin, "spm"), "demo", "--addr", "127.0.0.1:0"))
	t.Cleanup(p.end)
	m.base = p.await(t, regexp.MustCompile(`(?m)^.*Serving (http://127\.0\.0\.1:\d+)`))[1]
	m.env = append(m.env, "URL="+m.base+"/graphql")
}

// process is a command under way.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	mu   sync.Mutex
	out  bytes.Buffer
	more chan struct{}
}

// Write takes what the command prints.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.more)
	p.more = make(chan struct{})
	return p.out.Write(text)
}

func follow(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, done: make(chan struct{}), more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p, p
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p
}

// end tells the command, and what it has started, to end, and waits for it.
func (p *process) end() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	<-p.done
}

// await waits until the command has printed something and gives what fits.
func (p *process) await(t *testing.T, what *regexp.Regexp) []string {
	t.Helper()
	limit := time.After(patience)
	for ended := false; ; {
		p.mu.Lock()
		said, more := p.out.String(), p.more
		p.mu.Unlock()
		if found := what.FindStringSubmatch(said); found != nil {
			return found
		}
		if ended {
			t.Fatalf("it ended without saying %s:\n%s", what, said)
		}
		select {
		case <-more:
		case <-p.done:
			ended = true
		case <-limit:
			t.Fatalf("it did not say %s in time:\n%s", what, said)
		}
	}
}

// documented is the server's address in the documents.
const documented = "http://127.0.0.1:8080"

// here puts the test's own addresses in the place of those that documents name.
func (m *machine) here(text string) string {
	if m.base != "" {
		text = strings.ReplaceAll(text, documented, m.base)
	}
	return strings.NewReplacer(m.hosts...).Replace(text)
}

// there is the other way round.
func (m *machine) there(text string) string {
	if m.base == "" {
		return text
	}
	return strings.ReplaceAll(text, m.base, documented)
}
