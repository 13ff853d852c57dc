//go:build unix && !linux

package pgembed

import "syscall"

// Of the systems we run on, only Linux tells a child that its parent has died.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
