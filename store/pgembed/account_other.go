//go:build !unix

package pgembed

import (
	"errors"
	"os"
	"syscall"
)

var errUnsupported = errors.New("a private Postgres runs on Linux, macOS and the BSDs only: name a server in DATABASE_URL")

type account struct{}

func (account) String() string                            { return "this user" }
func (account) attr(syscall.Signal) *syscall.SysProcAttr  { return nil }
func (account) give(string) error                         { return nil }
func (account) blockedAt(string) string                   { return "" }
func serverAccount(dataDir) (account, error)              { return account{}, errUnsupported }
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
func alive(int) bool                                      { return false }
func signalProcess(int, syscall.Signal)                   {}
func flock(*os.File) (held bool, err error)               { return false, errUnsupported }
