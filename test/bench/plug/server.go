package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"spm/test/bench/company"
)

const (
	tenantKey     = "bench"
	adminSubject  = "admin"
	financeUser   = "finance"
	plenty        = "1000000000" // points a minute: one client asks all that the machine can answer
	startPatience = time.Minute
	stopPatience  = 30 * time.Second
)

// product runs the product's program on the harness's database and gives what
// it prints.
func (p plug) product(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, p.file("spm"), args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir}, env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("spm %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (p plug) token(ctx context.Context, served, subject string) (string, error) {
	return p.product(ctx, []string{"SERVE_DATABASE_URL=" + served}, "token", "--tenant", tenantKey, "--subject", subject, "--data-dir", p.dir)
}

// start starts the server and waits until it serves.
func (p plug) start(ctx context.Context) error {
	if err := p.stop(); err != nil {
		return err
	}
	served, err := p.product(ctx, []string{"DATABASE_URL=" + p.database}, "migrate", "url")
	if err != nil {
		return err
	}
	log, err := os.Create(p.file("server.log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(p.file("spm"), "serve", "--addr=127.0.0.1:0", "--data-dir="+p.dir, "--log=json",
		"--budget-per-user="+plenty, "--budget-per-tenant="+plenty)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "SERVE_DATABASE_URL=" + served}
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it lives on after this hook
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := os.WriteFile(p.file("pid"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for patience := time.Now().Add(startPatience); time.Now().Before(patience); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-ended:
			return fmt.Errorf("the server ended (%w): see %s", errors.Join(errors.New("at once"), err), log.Name())
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if url := p.serving(); url != "" && ready(ctx, url) {
			return os.WriteFile(p.file("url"), []byte(url), 0o600)
		}
	}
	return fmt.Errorf("the server does not serve: see %s", log.Name())
}

// serving reads the server's address from its log.
func (p plug) serving() string {
	log, err := os.Open(p.file("server.log"))
	if err != nil {
		return ""
	}
	defer func() { _ = log.Close() }()
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var record struct{ Msg, URL string }
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "serving" {
			return record.URL
		}
	}
	return ""
}

func ready(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/graphql")+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// pid is that of our server, 0 where it does not run.
func (p plug) pid() int {
	text, err := os.ReadFile(p.file("pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		return 0
	}
	program, err := os.Readlink(filepath.Join("/proc", string(text), "exe"))
	if err != nil || strings.TrimSuffix(program, " (deleted)") != p.file("spm") {
		return 0
	}
	return pid
}

// stop ends the server and waits until it has.
func (p plug) stop() error {
	pid := p.pid()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	for patience := time.Now().Add(stopPatience); p.pid() != 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(patience) {
			return fmt.Errorf("the server, process %d, does not end", pid)
		}
	}
	return os.Remove(p.file("pid"))
}

// client asks the running server.
func (p plug) client() (company.Client, error) {
	if p.pid() == 0 {
		return company.Client{}, errors.New("the server does not run: PROJECT_RESET starts it")
	}
	var c company.Client
	for name, into := range map[string]*string{"url": &c.URL, "admin.token": &c.Admin, "finance.token": &c.Finance} {
		text, err := os.ReadFile(p.file(name))
		if err != nil {
			return c, err
		}
		*into = string(text)
	}
	return c, nil
}
