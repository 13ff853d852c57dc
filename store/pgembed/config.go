package pgembed

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// baseSettings suit a small machine that runs other things as well. GMT is the one zone that
// Postgres knows without a zone database, which a minimal system may lack.
var baseSettings = map[string]string{
	"max_connections":              "200",
	"shared_buffers":               "256MB",
	"effective_cache_size":         "1GB",
	"work_mem":                     "16MB",
	"maintenance_work_mem":         "128MB",
	"max_wal_size":                 "2GB",
	"min_wal_size":                 "256MB",
	"checkpoint_completion_target": "0.9",
	"random_page_cost":             "1.1",
	"autovacuum_naptime":           "5s", // fresh statistics soon after a load: cached plans follow them
	"jit":                          "off",
	"timezone":                     "GMT",
	"log_timezone":                 "GMT",
	"log_line_prefix":              "%m [%p] %q%u@%d ",
	"log_checkpoints":              "off",
}

// throwawaySettings trade every promise about a crash of the machine for speed.
var throwawaySettings = map[string]string{
	"fsync":              "off",
	"full_page_writes":   "off",
	"synchronous_commit": "off",
	"wal_level":          "minimal",
	"max_wal_senders":    "0",
	"shared_buffers":     "128MB",
	"min_wal_size":       "64MB",
}

// fixedSettings are ours: the rest of the package relies on them.
func fixedSettings(d dataDir, port int) map[string]string {
	return map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"hba_file":                d.hba(),
		"logging_collector":       "off",
		"log_destination":         "stderr",
	}
}

// writeConfig writes the two files that the server reads, so that they always say what runs.
// They stand outside the cluster: see the package comment.
func writeConfig(d dataDir, opts Options, port int) error {
	settings := maps.Clone(baseSettings)
	if opts.Throwaway {
		maps.Copy(settings, throwawaySettings)
	}
	if kind := sharedMemory(d); kind != "" {
		settings["dynamic_shared_memory_type"] = kind
	}
	maps.Copy(settings, opts.Settings)
	for name, value := range fixedSettings(d, port) {
		if _, given := opts.Settings[name]; given {
			return fmt.Errorf("setting %s cannot be changed", name)
		}
		settings[name] = value
	}
	var b strings.Builder
	b.WriteString("# Written by spm at each start; changes here are lost.\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.NewReplacer("'", "''", `\`, `\\`, "\n", " ").Replace(settings[name]))
	}
	if err := writeFile(d.config(), b.String(), 0o644); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	hba := "# Written by spm at each start; changes here are lost.\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := writeFile(d.hba(), hba, 0o644); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

var sharedMemoryLine = regexp.MustCompile(`(?m)^dynamic_shared_memory_type = (\w+)`)

// sharedMemory is the kind of shared memory that initdb found to work here; a bare container
// may have no /dev/shm that the server's user can write to.
func sharedMemory(d dataDir) string {
	text, _ := os.ReadFile(filepath.Join(d.cluster(), "postgresql.conf"))
	if match := sharedMemoryLine.FindSubmatch(text); match != nil {
		return string(match[1])
	}
	return ""
}

// maxLogBytes is the size at which a start sets the log aside.
const maxLogBytes = 16 << 20

// openLog opens the server's log for appending; from is where this start's lines begin.
func openLog(d dataDir) (log *os.File, from int64, err error) {
	if info, err := os.Stat(d.log()); err == nil && info.Size() > maxLogBytes {
		_ = os.Rename(d.log(), d.log()+".old")
	}
	log, err = os.OpenFile(d.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("server log: %w", err)
	}
	info, err := log.Stat()
	if err != nil {
		_ = log.Close()
		return nil, 0, fmt.Errorf("server log: %w", err)
	}
	return log, info.Size(), nil
}

// logSince returns what the server has logged since the position from.
func logSince(d dataDir, from int64) string {
	f, err := os.Open(d.log())
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text := make([]byte, 64<<10)
	n, _ := f.ReadAt(text, from)
	return string(text[:n])
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
