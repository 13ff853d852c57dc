// Package pgembed finds the Postgres server binaries of this machine (or obtains them)
// and runs a private server from them, for those who give no DATABASE_URL.
//
// # What lies in a data directory
//
//	DIR/spm.lock          held (flock) while a process of ours runs the server; its pid is inside
//	DIR/password          the owner's password, generated once, mode 0600
//	DIR/port              the port of 127.0.0.1 used last, tried first at the next start
//	DIR/postgresql.conf   written at each start; settings of Options.Settings come last
//	DIR/pg_hba.conf       written at each start
//	DIR/server.log        what the server says; server.log.old is the one before
//	DIR/postgres/         the cluster itself, mode 0700, owned by the server's user
//
// Everything but DIR/postgres belongs to whoever starts us. Started as root, the server runs
// as postgres (or nobody, or the owner of the cluster that is there already), and root writes
// nothing inside a directory which that user could fill with symbolic links.
//
// # Why a password on 127.0.0.1, and no socket
//
// A unix socket needs no port, but who may use it is decided by file permissions or by peer
// authentication, and neither fits: started as root, client and server are different users;
// a socket's path has at most 107 bytes, which a data directory given by the user can exceed;
// and "trust" gives superuser, that is code execution as the server's user, to whoever can
// reach the socket. A random password of 128 bits with SCRAM is the same for root, for an
// ordinary user and on every system, gives one plain URL that any client understands, and
// proves the server to the client as well, so that a stranger on our port learns nothing.
//
// # Nothing is left running
//
// On Linux the kernel signals the server when the thread that started it ends, so the server
// is started from a goroutine locked to its thread that lives until the server has exited.
// That also covers kill -9. Elsewhere an orphan is found and stopped by the next Start.
package pgembed
