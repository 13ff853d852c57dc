package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"spm/test/bench/company"
)

// calc asks for the year and waits until it is visible. The harness's meter
// sees this process and Postgres; the server's own time and memory are told
// apart, to standard error and to project.jsonl beside the harness's figures.
func (p plug) calc(ctx context.Context) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	year, err := company.YearOf(ctx, c)
	if err != nil {
		return err
	}
	server := watch(p.pid())
	run, err := company.Calculate(ctx, c, year)
	figures := server.end()
	if err != nil {
		return err
	}
	if run.Problems > 0 {
		return fmt.Errorf("the run has %d problems", run.Problems)
	}
	figures["run_s"], figures["payees"] = run.Took.Seconds(), run.Payees
	line, err := json.Marshal(figures)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "plug: %s\n", line)
	out, err := os.OpenFile(filepath.Join(p.out, "project.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(append(line, '\n'))
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// watched is a process whose time and memory are looked at while it works.
type watched struct {
	pid  int
	cpu  float64
	most float64 // private memory, MiB
	stop chan struct{}
	done chan struct{}
}

const lookEvery = 500 * time.Millisecond // looking costs a few milliseconds

func watch(pid int) *watched {
	w := &watched{pid: pid, cpu: seconds(pid), stop: make(chan struct{}), done: make(chan struct{})}
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) // its peak counts from now on
	go func() {
		defer close(w.done)
		for {
			w.most = max(w.most, mebibytes(pid, "smaps_rollup", "Pss_Anon:"))
			select {
			case <-w.stop:
				return
			case <-time.After(lookEvery):
			}
		}
	}()
	return w
}

func (w *watched) end() map[string]any {
	close(w.stop)
	<-w.done
	return map[string]any{
		"server_cpu_s": seconds(w.pid) - w.cpu, "server_peak_private_mib": w.most, "server_peak_rss_mib": mebibytes(w.pid, "status", "VmHWM:"),
	}
}

// clockTicks are a second's in /proc.
const clockTicks = 100

// seconds are those that a process has had of the processors.
func seconds(pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTicks
}

// mebibytes reads a line of a process's file, which is in kB.
func mebibytes(pid int, file, line string) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	for text := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(text, line); found {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}
