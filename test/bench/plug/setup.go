package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/bench/company"
)

// setup builds the product and loads the data set, unless it is there from
// before. At its end everything is credited and calculated once, and no server
// runs.
func (p plug) setup(ctx context.Context, source string) error {
	if err := p.stop(); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.file("spm"), ".")
	build.Dir, build.Stdout, build.Stderr = source, os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the product: %w", err)
	}
	mark, err := p.fingerprint()
	if err != nil {
		return err
	}
	if before, err := os.ReadFile(p.file("loaded")); err == nil && string(before) == mark {
		_, err := p.product(ctx, []string{"DATABASE_URL=" + p.database}, "migrate", "up")
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "plug: the data set is loaded already")
		return p.sign(ctx)
	}
	if err := p.clear(ctx); err != nil {
		return err
	}
	if err := p.load(ctx); err != nil {
		return errors.Join(err, p.stop())
	}
	if err := p.stop(); err != nil {
		return err
	}
	if err := p.owner(ctx, func(conn *pgx.Conn) error { return execute(ctx, conn, "VACUUM ANALYZE", "CHECKPOINT") }); err != nil {
		return err
	}
	return os.WriteFile(p.file("loaded"), []byte(mark), 0o600)
}

// fingerprint tells one data set from another.
func (p plug) fingerprint() (string, error) {
	hash := sha256.New()
	for _, name := range []string{"plan.csv", "component.csv", "tier.csv", "rep.csv", "quota.csv", "txn.csv"} {
		file, err := os.Open(filepath.Join(p.data, name))
		if err != nil {
			return "", err
		}
		_, err = io.Copy(hash, file)
		_ = file.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// owner lends a connection of the tables' owner.
func (p plug) owner(ctx context.Context, use func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, p.database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	return use(conn)
}

func execute(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%.60s: %w", strings.TrimSpace(statement), err)
		}
	}
	return nil
}

// clear takes away what an earlier set-up has made. It touches nothing but the
// database that the harness has made for itself.
func (p plug) clear(ctx context.Context) error {
	_ = os.Remove(p.file("loaded"))
	return p.owner(ctx, func(conn *pgx.Conn) error {
		var ours bool
		if err := conn.QueryRow(ctx, "SELECT to_regclass('spm.txn') IS NOT NULL").Scan(&ours); err != nil {
			return err
		}
		if !ours {
			return errors.New("this is no database of the harness, or its data is not loaded: ./data.sh loads it")
		}
		return execute(ctx, conn, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC")
	})
}

// load makes the tenant, and its company through the graph.
func (p plug) load(ctx context.Context) error {
	env := []string{"DATABASE_URL=" + p.database}
	if _, err := p.product(ctx, env, "migrate", "up"); err != nil {
		return err
	}
	_, err := p.product(ctx, env, "tenant", "create", "--key", tenantKey, "--name", "Bench", "--currency", company.Currency,
		"--subject", adminSubject, "--roles", "TENANT_ADMIN,COMP_ADMIN", "--data-dir", p.dir)
	if err != nil {
		return err
	}
	if err := p.start(ctx); err != nil {
		return err
	}
	if err := p.sign(ctx); err != nil {
		return err
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	sales, err := company.Read(p.data, "txn.csv")
	if err != nil {
		return err
	}
	var made *company.Made
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"the company", func() (err error) { made, err = company.Make(ctx, c, p.data); return err }},
		{"its sales, which are credited at once", func() error { return company.Record(ctx, c, sales) }},
		{"its plan assignments", func() error { return made.Assign(ctx, c) }},
		{"the first calculation, by itself", func() error { return p.settle(ctx) }},
	} {
		begin := time.Now()
		if err := step.do(); err != nil {
			return fmt.Errorf("load %s: %w", step.name, err)
		}
		fmt.Fprintf(os.Stderr, "plug: %s: %.1f s\n", step.name, time.Since(begin).Seconds())
	}
	return nil
}

// sign makes the tokens, and the second user where it is not there.
func (p plug) sign(ctx context.Context) error {
	served, err := p.product(ctx, []string{"DATABASE_URL=" + p.database}, "migrate", "url")
	if err != nil {
		return err
	}
	keep := func(subject string) error {
		token, err := p.token(ctx, served, subject)
		if err != nil {
			return err
		}
		return os.WriteFile(p.file(subject+".token"), []byte(token), 0o600)
	}
	if err := keep(adminSubject); err != nil || p.pid() == 0 {
		return err
	}
	if err := os.WriteFile(p.file("finance.token"), nil, 0o600); err != nil {
		return err
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	err = c.Do(ctx, c.Admin, `mutation($i: CreateUserInput!) { createUser(input: $i) { userErrors { path message } } }`, map[string]any{"i": map[string]any{
		"issuer": "spm-local", "subject": financeUser, "name": "Finance", "roles": []string{"FINANCE"},
	}}, nil)
	if err != nil {
		return err
	}
	return keep(financeUser)
}

// settle waits until everything is sealed, credited and calculated.
func (p plug) settle(ctx context.Context) error {
	return p.owner(ctx, func(conn *pgx.Conn) error {
		for {
			var busy bool
			err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM unsealed) OR EXISTS (SELECT FROM work) OR EXISTS (SELECT FROM dirty)
				OR EXISTS (SELECT FROM recredit) OR EXISTS (SELECT FROM calculation_run WHERE status IN ('QUEUED', 'RUNNING'))`).Scan(&busy)
			if err != nil || !busy {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
}

// reset forgets all results, as if nothing had ever been calculated, and
// starts the server anew.
func (p plug) reset(ctx context.Context) error {
	if err := p.stop(); err != nil {
		return err
	}
	err := p.owner(ctx, func(conn *pgx.Conn) error {
		return execute(ctx, conn, "TRUNCATE result, problem, published, earning_total", "CHECKPOINT")
	})
	if err != nil {
		return err
	}
	return p.start(ctx)
}
