//go:build unix

package command_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for another process.
const patience = 2 * time.Minute

// binary is the built program, in a directory that every user can pass.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("/tmp", "spm-command-test-*")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "spm")
	out, err := exec.Command("go", "build", "-o", path, "spm").CombinedOutput()
	if err != nil {
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

// account is who runs the program, and in which home.
type account struct {
	uid, gid int
	home     string
}

// self is us, with an empty home.
func self(t *testing.T) account {
	return account{os.Geteuid(), os.Getegid(), openDir(t)}
}

// ordinary is an ordinary user with an empty home: nobody, where we are root.
func ordinary(t *testing.T) account {
	t.Helper()
	who := self(t)
	if who.uid != 0 {
		return who
	}
	nobody, err := user.Lookup("nobody")
	must(t, err)
	who.uid, err = strconv.Atoi(nobody.Uid)
	must(t, err)
	who.gid, err = strconv.Atoi(nobody.Gid)
	must(t, err)
	must(t, os.Chown(who.home, who.uid, who.gid))
	return who
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openDir is a directory that others can pass.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "spm-command-test-*")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// command prepares the program with an environment of its own.
func (who account) command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	must(t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + who.home}, env...)
	if who.uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}}
	}
	return cmd
}

// run runs the program to its end.
func (who account) run(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := who.command(t, env, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// must runs the program and gives what it printed, without the last newline.
func (who account) must(t *testing.T, env []string, args ...string) string {
	t.Helper()
	stdout, stderr, code := who.run(t, env, args...)
	if code != 0 {
		t.Fatalf("spm %v: exit %d\n%s", args, code, stderr)
	}
	return strings.TrimSuffix(stdout, "\n")
}

// process is the program at work.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	exited chan struct{}

	mu     sync.Mutex
	output []string      // lines of stdout and stderr
	more   chan struct{} // closed and replaced with every line
}

// start runs the program until it is told to end.
func (who account) start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return follow(t, who.command(t, env, args...))
}

func follow(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, exited: make(chan struct{}), more: make(chan struct{})}
	out, in, err := os.Pipe()
	must(t, err)
	cmd.Stdout, cmd.Stderr = in, in
	must(t, cmd.Start())
	must(t, in.Close())
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.output = append(p.output, lines.Text())
			close(p.more)
			p.more = make(chan struct{})
			p.mu.Unlock()
		}
	}()
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("it said:\n%s", strings.Join(p.lines(), "\n"))
		}
	})
	return p
}

func (p *process) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.output...)
}

// await waits for a line that fits and gives it.
func (p *process) await(fits func(line string) bool) string {
	p.t.Helper()
	limit := time.After(patience)
	for seen := 0; ; {
		p.mu.Lock()
		lines, more := p.output[seen:], p.more
		seen = len(p.output)
		p.mu.Unlock()
		for _, line := range lines {
			if fits(line) {
				return line
			}
		}
		select {
		case <-more:
		case <-p.exited:
			p.t.Fatalf("it ended: %s", p.cmd.ProcessState)
		case <-limit:
			p.t.Fatal("it did not come in time")
		}
	}
}

// url waits until the program serves and gives the address, without the path.
func (p *process) url() string {
	p.t.Helper()
	var record struct{ Msg, URL string }
	p.await(func(line string) bool { return json.Unmarshal([]byte(line), &record) == nil && record.Msg == "serving" })
	return strings.TrimSuffix(record.URL, "/graphql")
}

func (p *process) signal(signal syscall.Signal) {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(signal))
}

// end waits for the program's end, and gives its exit code and how long it took.
func (p *process) end() (code int, took time.Duration) {
	p.t.Helper()
	start := time.Now()
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Fatal("it does not end")
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(start)
}

// nothingLeft waits until no process works in the data directory.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	var left []string
	eventually(t, func() bool {
		left = nil
		entries, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, entry := range entries {
			if cwd, err := os.Readlink(entry); err == nil && strings.HasPrefix(cwd, dir) {
				left = append(left, entry)
			}
		}
		return len(left) == 0
	}, func() string { return fmt.Sprintf("still running: %v", left) })
}

// eventually asks done again and again until it says yes.
func eventually(t *testing.T, done func() bool, complaint func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(complaint())
		}
	}
}

// get answers a GET.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, strings.TrimSpace(string(raw))
}

// query sends a document with a token and gives the body of the answer.
func query(t *testing.T, url, token, document string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", bytes.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	return string(raw)
}
