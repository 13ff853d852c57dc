package pgembed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopPatience bounds a fast shutdown, after which Stop gets rougher.
const stopPatience = 30 * time.Second

// Server is a running private Postgres. Its methods may be called from any goroutine.
type Server struct {
	dir      dataDir
	bins     Binaries
	port     int
	password string
	process  *os.Process
	exited   chan struct{} // closed when the process has been waited for
	exit     error         // how it ended, valid once exited is closed
	done     chan struct{} // closed when, after that, the data directory is free
}

// DSN returns the owner's URL of a database of this server; "" is the database spm.
func (s *Server) DSN(database string) string { return dsn(s.port, s.password, database) }

func dsn(port int, password, database string) string {
	if database == "" {
		database = Database
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(Owner, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.process.Pid }

// DataDir is the data directory, absolute and without symbolic links.
func (s *Server) DataDir() string { return string(s.dir) }

// LogFile is the file that holds what the server says.
func (s *Server) LogFile() string { return s.dir.log() }

// Binaries is what the server runs from.
func (s *Server) Binaries() Binaries { return s.bins }

// Done is closed when the server has exited, by Stop or by itself, and its data directory may
// be started again.
func (s *Server) Done() <-chan struct{} { return s.done }

// run starts the server from a goroutine locked to its thread, which stays until the server
// has exited: the kernel signals the child when the thread that started it ends, and Go ends
// threads at will.
func (s *Server) run(cmd *exec.Cmd) error {
	started := make(chan error)
	go s.supervise(cmd, started)
	if err := <-started; err != nil {
		return fmt.Errorf("run the server: %w", err)
	}
	return nil
}

// supervise is the goroutine of run; its name is in storetest, for goleak.
func (s *Server) supervise(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	s.process = cmd.Process
	started <- err
	if err == nil {
		s.exit = cmd.Wait()
		close(s.exited)
	}
}

// release gives the data directory back once the server has exited.
func (s *Server) release(lock *os.File) {
	<-s.exited
	_ = lock.Close()
	close(s.done)
}

// Stop ends the server by a fast shutdown (open transactions are rolled back, a checkpoint is
// written) and returns when it has exited; calling it again is no error. When ctx ends, or
// after 30 seconds, it becomes an immediate shutdown, which loses nothing either but makes the
// next start replay the log, and after 5 more a kill.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.end(ctx); err != nil {
		return err
	}
	<-s.done
	return nil
}

func (s *Server) end(ctx context.Context) error {
	steps := []struct {
		ctx      context.Context
		signal   syscall.Signal
		patience time.Duration
	}{
		{ctx, syscall.SIGINT, stopPatience},
		{context.WithoutCancel(ctx), syscall.SIGQUIT, quitPatience},
		{context.WithoutCancel(ctx), syscall.SIGKILL, quitPatience},
	}
	for _, step := range steps {
		if err := s.process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop private Postgres: %w", err)
		}
		timer := time.NewTimer(step.patience)
		select {
		case <-s.exited:
			timer.Stop()
			return nil
		case <-step.ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return fmt.Errorf("stop private Postgres: process %d does not end", s.PID())
}

// RunningDSN returns the owner's URL of the server that another process runs on a data
// directory, "" for the database spm. It fails if none runs there.
func RunningDSN(dir, database string) (string, error) {
	d, err := resolveDataDir(dir)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	if pid, state := readPostmaster(d); pid == 0 || !alive(pid) || state != "ready" {
		return "", fmt.Errorf("no server runs on data directory %s", d)
	}
	text, err := os.ReadFile(d.port())
	if err != nil {
		return "", fmt.Errorf("the port: %w", err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("%s is damaged: %w", d.port(), err)
	}
	password, err := d.readPassword()
	if err != nil {
		return "", err
	}
	return dsn(port, password, database), nil
}

// Remove deletes what this package made in a data directory, the files of the caller's own that
// are named beside, and the directory unless it holds something else. One that is in use gives an
// *InUseError, and one that has never been a data directory is refused.
func Remove(ctx context.Context, dir string, beside ...string) error {
	d, err := resolveDataDir(dir)
	if err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	if _, err := os.Stat(d.lock()); err != nil {
		return fmt.Errorf("remove data directory: %s is none: %w", d, err)
	}
	lock, err := lockDir(d)
	if err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := clearStale(ctx, d); err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	if err := removeContents(d, beside); err != nil {
		return fmt.Errorf("remove data directory: %w", err)
	}
	return nil
}
