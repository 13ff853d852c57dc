package pgembed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What every server that Start makes has.
const (
	Owner    = "spm_owner" // the superuser that owns everything
	Database = "spm"       // made at the first start
)

// startPatience bounds a start whose context has no deadline; the slowest that can be part of
// it are a download and replaying the log after a crash.
const startPatience = 10 * time.Minute

// Options says which server to run. The zero value is the durable server in DefaultDataDir.
type Options struct {
	// DataDir is the directory for everything that lasts. Default: DefaultDataDir.
	DataDir string
	// Find narrows the search for binaries. The major version is that of existing data.
	Find FindOptions
	// Settings go into postgresql.conf over the defaults, e.g. "max_connections": "50".
	Settings map[string]string
	// Throwaway turns off what protects data from a crash of the machine: for tests only.
	Throwaway bool
}

// Start runs the private Postgres of a data directory, which it makes if need be, and returns
// when the server takes connections. ctx bounds the start only; the server runs until Stop or
// the end of this process, whichever comes first. A directory that another process serves
// gives an *InUseError; a machine without the binaries a *NotFoundError.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("private Postgres: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (_ *Server, err error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startPatience)
		defer cancel()
	}
	if opts.DataDir == "" {
		if opts.DataDir, err = DefaultDataDir(); err != nil {
			return nil, err
		}
	}
	d, err := makeDataDir(opts.DataDir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	lock, err := lockDir(d)
	if err != nil {
		return nil, err
	}
	l := &launcher{dir: d, opts: opts, lock: lock}
	s, err := l.start(ctx)
	if err != nil && !l.running {
		_ = lock.Close()
	}
	return s, err
}

// launcher holds what the steps of one start share.
type launcher struct {
	dir      dataDir
	opts     Options
	lock     *os.File
	running  bool // a server process runs and will release the lock when it ends
	bins     Binaries
	acct     account
	password string
}

func (l *launcher) start(ctx context.Context) (*Server, error) {
	var err error
	if l.acct, err = serverAccount(l.dir); err != nil {
		return nil, err
	}
	major, err := l.dir.major(l.acct)
	if err != nil {
		return nil, err
	}
	if major != 0 {
		l.opts.Find.Major = major
	}
	if l.bins, err = Find(ctx, l.opts.Find); err != nil {
		return nil, err
	}
	if err := checkAccess(ctx, l.dir, l.bins, l.acct); err != nil {
		return nil, err
	}
	if err := clearStale(ctx, l.dir); err != nil {
		return nil, err
	}
	if l.password, err = l.dir.ensurePassword(major); err != nil {
		return nil, err
	}
	if major == 0 {
		if err := initCluster(ctx, l.dir, l.bins, l.acct, l.password, l.opts); err != nil {
			return nil, err
		}
	}
	return l.serve(ctx)
}

// errPortTaken tells that somebody took the port between our looking and the server's binding.
var errPortTaken = errors.New("the port is taken")

// serve runs the server on the port used last, or on a free one.
func (l *launcher) serve(ctx context.Context) (*Server, error) {
	text, _ := os.ReadFile(l.dir.port())
	remembered, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	for attempt := 0; ; attempt++ {
		port, err := freePort(remembered)
		if err != nil {
			return nil, err
		}
		remembered = 0
		s, err := l.serveOn(ctx, port)
		if errors.Is(err, errPortTaken) && attempt < 5 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

func (l *launcher) serveOn(ctx context.Context, port int) (*Server, error) {
	if err := writeConfig(l.dir, l.opts, port); err != nil {
		return nil, err
	}
	if err := writeFile(l.dir.port(), strconv.Itoa(port)+"\n", 0o644); err != nil {
		return nil, fmt.Errorf("remember the port: %w", err)
	}
	log, from, err := openLog(l.dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	// SIGINT is a fast shutdown, which needs no recovery at the next start; SIGQUIT is an
	// immediate one, right for data that nobody wants back.
	deathSignal := syscall.SIGINT
	if l.opts.Throwaway {
		deathSignal = syscall.SIGQUIT
	}
	cmd := exec.Command(l.bins.Path("postgres"), "-D", l.dir.cluster(), "-c", "config_file="+l.dir.config())
	cmd.Dir, cmd.Env, cmd.SysProcAttr = string(l.dir), l.bins.env(), l.acct.attr(deathSignal)
	cmd.Stdout, cmd.Stderr = log, log
	s := &Server{dir: l.dir, bins: l.bins, port: port, password: l.password, exited: make(chan struct{}), done: make(chan struct{})}
	if err := s.run(cmd); err != nil {
		return nil, err
	}
	err = s.ready(ctx)
	if err == nil {
		l.running = true
		go s.release(l.lock)
		return s, nil
	}
	_ = s.end(context.WithoutCancel(ctx))
	said := logSince(l.dir, from)
	if strings.Contains(said, "could not create any TCP/IP sockets") {
		return nil, errPortTaken
	}
	return nil, fmt.Errorf("%w\nthe end of %s:\n%s", err, l.dir.log(), tail(said, 20))
}

// freePort returns the wanted port of 127.0.0.1 if it is free, else one that is.
func freePort(wanted int) (int, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(wanted)))
	if err != nil && wanted != 0 {
		return freePort(0)
	}
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// ready waits until the server takes our connections, and makes the database.
func (s *Server) ready(ctx context.Context) error {
	var conn *pgx.Conn
	var last error
	deadline, _ := ctx.Deadline() // start made sure that there is one
	poll(ctx, time.Until(deadline), func() bool {
		select {
		case <-s.exited:
			last = fmt.Errorf("the server ended: %w", s.exit)
			return true
		default:
		}
		if _, state := readPostmaster(s.dir); state != "ready" {
			last = fmt.Errorf("the server is %q", state)
			return false
		}
		conn, last = pgx.Connect(ctx, s.DSN("postgres"))
		var refused *pgconn.PgError
		return last == nil || errors.As(last, &refused) && strings.HasPrefix(refused.Code, "28")
	})
	if last != nil {
		return fmt.Errorf("not ready: %w", last)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", Database).Scan(&exists)
	if err == nil && !exists {
		_, err = conn.Exec(ctx, "CREATE DATABASE "+Database)
	}
	if err != nil {
		return fmt.Errorf("make database %s: %w", Database, err)
	}
	return nil
}
