package pgembed

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func setDeathSignal(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }

// serverProcesses lists the processes of a server that runs on the cluster, its backends
// included: each has the cluster as its working directory. A zombie has none.
func serverProcesses(d dataDir) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	var pids []int
	for _, entry := range entries {
		cwd, err := os.Readlink(filepath.Join(entry, "cwd"))
		if err != nil || cwd != d.cluster() {
			continue
		}
		comm, _ := os.ReadFile(filepath.Join(entry, "comm"))
		if name := string(bytes.TrimSpace(comm)); name != "postgres" && name != "postmaster" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(entry)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// commandLine is the command line of a process, its words joined by spaces.
func commandLine(pid int) string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return string(bytes.ReplaceAll(text, []byte{0}, []byte{' '}))
}
