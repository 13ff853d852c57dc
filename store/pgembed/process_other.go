//go:build !linux

package pgembed

import (
	"os/exec"
	"strconv"
	"strings"
)

// serverProcesses gives the server that postmaster.pid names, if it is one of this cluster.
func serverProcesses(d dataDir) []int {
	pid, _ := readPostmaster(d)
	if pid != 0 && alive(pid) && strings.Contains(commandLine(pid), d.cluster()) {
		return []int{pid}
	}
	return nil
}

// commandLine is the command line of a process, its words joined by spaces.
func commandLine(pid int) string {
	out, _ := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(out)
}
