//go:build unix

package command_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestVerifyTells: exit 0 where the laws hold, 1 with the law's name where one
// is broken.
func TestVerifyTells(t *testing.T) {
	t.Parallel()
	who := self(t)
	owner, serve := served(t, who)
	env := []string{"DATABASE_URL=" + owner, "SERVE_DATABASE_URL=" + serve}
	who.must(t, env, "tenant", "create", "--key=acme", "--name=Acme", "--subject=ann")
	if got := who.must(t, env, "verify"); !strings.Contains(got, "laws hold") {
		t.Errorf("verify printed %q", got)
	}
	conn, err := pgx.Connect(t.Context(), owner)
	must(t, err)
	_, err = conn.Exec(t.Context(), "SET session_replication_role = replica; UPDATE app_user SET tx_to = 0")
	must(t, err)
	must(t, conn.Close(t.Context()))
	stdout, _, code := who.run(t, env, "verify")
	if code != 1 || !strings.Contains(stdout, "versions of a app_user follow one another: ") {
		t.Errorf("verify of a broken law: exit %d, %q", code, stdout)
	}
}
