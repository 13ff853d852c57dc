//go:build unix

package pgembed

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// account is the user the server runs as. Only root can make it another than itself.
type account struct {
	uid, gid int
	switched bool
}

// String is the user's name, or its number if it has none.
func (a account) String() string {
	if u, err := user.LookupId(strconv.Itoa(a.uid)); err == nil {
		return "user " + u.Username
	}
	return fmt.Sprintf("uid %d", a.uid)
}

// serverAccount chooses the server's user: ourselves, unless we are root, as whom Postgres
// refuses to run. Then it is the owner of an existing cluster, else postgres, else nobody.
func serverAccount(d dataDir) (account, error) {
	self := account{uid: os.Geteuid(), gid: os.Getegid()}
	info, err := os.Stat(d.cluster())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return self, err
	}
	exists := err == nil
	owner := self
	if exists {
		stat := info.Sys().(*syscall.Stat_t)
		owner = account{uid: int(stat.Uid), gid: int(stat.Gid), switched: true}
	}
	switch {
	case self.uid != 0 && owner.uid != self.uid:
		return self, fmt.Errorf("%s belongs to %s: start as that user or as root, or name another data directory", d.cluster(), owner)
	case self.uid != 0:
		return self, nil
	case exists && owner.uid == 0:
		return self, fmt.Errorf("%s belongs to root, as whom Postgres refuses to run: chown -R it to the user that should run it", d.cluster())
	case exists:
		return owner, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.Atoi(u.Uid)
			gid, gidErr := strconv.Atoi(u.Gid)
			if uidErr == nil && gidErr == nil {
				return account{uid: uid, gid: gid, switched: true}, nil
			}
		}
	}
	return account{uid: 65534, gid: 65534, switched: true}, nil
}

// attr makes a child of this user in a process group of its own, so that Ctrl-C at the
// terminal reaches us alone and we drain before we stop it. Where the kernel can, it sends
// the child deathSignal when the thread that starts it ends.
func (a account) attr(deathSignal syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	setDeathSignal(attr, deathSignal)
	return attr
}

// give hands a file that we made to this user.
func (a account) give(path string) error {
	if !a.switched {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// blockedAt names the first directory on the way to path that this user may not pass, by the
// permission bits; "" if they forbid none.
func (a account) blockedAt(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	var parents []string
	for dir := path; ; dir = filepath.Dir(dir) {
		parents = append(parents, dir)
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for _, dir := range slices.Backward(parents) {
		info, err := os.Stat(dir)
		if err != nil {
			return dir
		}
		stat, bit := info.Sys().(*syscall.Stat_t), os.FileMode(0o001)
		switch {
		case int(stat.Uid) == a.uid:
			bit = 0o100
		case int(stat.Gid) == a.gid:
			bit = 0o010
		}
		if info.Mode()&bit == 0 {
			return dir
		}
	}
	return ""
}

// alive tells whether a process has this pid, of whichever user.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// signalProcess sends a signal to a process that may be gone already.
func signalProcess(pid int, signal syscall.Signal) { _ = syscall.Kill(pid, signal) }

// flock takes the lock without waiting; held tells that another has it.
func flock(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
