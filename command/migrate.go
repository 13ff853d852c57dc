package command

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"spm/migrations"
)

// prepareMigration declares the flags of a command that does something with
// the owner's database.
func prepareMigration(flags *flag.FlagSet, create bool, do func(ctx context.Context, e *Env, owner string) error) runner {
	dataDir := flags.String("data-dir", "", dataDirUsage)
	return func(ctx context.Context, e *Env) error {
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		db, err := e.anyDatabase(ctx, dir, create)
		if err != nil {
			return err
		}
		defer db.close()
		return do(ctx, e, db.owner)
	}
}

func prepareMigrateUp(flags *flag.FlagSet) runner {
	return prepareMigration(flags, true, func(ctx context.Context, e *Env, owner string) error {
		applied, err := migrations.Up(ctx, owner)
		return e.tellMigrations("applied", applied, err)
	})
}

func prepareMigrateDown(flags *flag.FlagSet) runner {
	return prepareMigration(flags, false, func(ctx context.Context, e *Env, owner string) error {
		removed, err := migrations.Down(ctx, owner)
		return e.tellMigrations("took back", removed, err)
	})
}

func (e *Env) tellMigrations(verb string, names []string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("migrate: %w", err)
	case len(names) == 0:
		fmt.Fprintln(e.Stdout, "nothing to do")
	default:
		fmt.Fprintln(e.Stdout, verb, strings.Join(names, ", "))
	}
	return nil
}

func prepareMigrateStatus(flags *flag.FlagSet) runner {
	return prepareMigration(flags, false, func(ctx context.Context, e *Env, owner string) error {
		names, applied, err := migrations.Status(ctx, owner)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		for i, name := range names {
			state := "pending"
			if applied[i] {
				state = "applied"
			}
			fmt.Fprintln(e.Stdout, name, state)
		}
		return nil
	})
}

func prepareMigrateURL(flags *flag.FlagSet) runner {
	return prepareMigration(flags, false, func(ctx context.Context, e *Env, owner string) error {
		url, err := migrations.ServeURL(ctx, owner)
		if err != nil {
			return err
		}
		fmt.Fprintln(e.Stdout, url)
		return nil
	})
}
