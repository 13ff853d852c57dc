package pgembed

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// installCommand is the command that installs a supported server on this system.
func installCommand() string {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		release, _ = os.ReadFile("/usr/lib/os-release")
	}
	return installCommandFor(runtime.GOOS, string(release), os.Geteuid() == 0)
}

// installCommandFor decides by the system's os-release(5) text. Releases whose own server is
// older than MinMajor get the command that adds a newer one.
func installCommandFor(goos, release string, root bool) string {
	sudo := "sudo "
	if root {
		sudo = ""
	}
	if goos == "darwin" {
		return "brew install postgresql@17"
	}
	ids, version := parseRelease(release)
	is := func(id string) bool { return slices.Contains(ids, id) }
	switch {
	case is("ubuntu") && version < 23 || ids[0] == "debian" && version != 0 && version < 12:
		// The script comes with postgresql-common and adds the Postgres project's archive.
		return sudo + "apt-get update && " + sudo + "apt-get install -y postgresql-common && " +
			sudo + "sh -c '/usr/share/postgresql-common/pgdg/*.sh -y' && " +
			sudo + "apt-get install -y postgresql-17"
	case is("debian"), is("ubuntu"):
		return sudo + "apt-get update && " + sudo + "apt-get install -y postgresql"
	case (is("rhel") || is("centos")) && ids[0] != "fedora" && version < 10:
		return sudo + "dnf module install -y postgresql:16/server"
	case is("fedora"), is("rhel"), is("centos"):
		return sudo + "dnf install -y postgresql-server"
	case is("alpine"):
		return sudo + "apk add postgresql"
	case is("arch"):
		return sudo + "pacman -S --needed postgresql"
	case is("suse"), is("opensuse"):
		return sudo + "zypper install -y postgresql-server"
	}
	return "(install the Postgres server, version 15 to 18, with this system's package manager)"
}

// parseRelease returns ID followed by the words of ID_LIKE, and the major of VERSION_ID (0 if
// there is none, as on rolling releases). The first id is "" when there is none.
func parseRelease(text string) (ids []string, version int) {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"'`)
		}
	}
	ids = append([]string{values["ID"]}, strings.Fields(values["ID_LIKE"])...)
	major, _, _ := strings.Cut(values["VERSION_ID"], ".")
	version, _ = strconv.Atoi(major)
	return ids, version
}
