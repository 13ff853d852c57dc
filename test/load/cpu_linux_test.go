package load

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

// spent is the CPU time of this process and of Postgres with its backends.
func spent(tb testing.TB, h *harness.Harness) (server, postgres time.Duration) {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	server = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	conn, err := pgx.Connect(tb.Context(), h.OwnerURL)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(tb.Context()) }()
	var backend int
	if err := conn.QueryRow(tb.Context(), "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		tb.Fatal(err)
	}
	parent, _ := process(fmt.Sprint(backend))
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		tb.Fatal(err)
	}
	for _, dir := range all {
		if of, ticks := process(filepath.Base(dir)); of == parent {
			postgres += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return server, postgres
}

// process gives a process' parent and the ticks that it has run.
func process(pid string) (parent, ticks int) {
	raw, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	parent, _ = strconv.Atoi(fields[1])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return parent, user + system
}
