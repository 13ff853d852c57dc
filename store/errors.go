package store

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"spm/model"
)

// taken says which input a unique index speaks of.
var taken = map[string]string{
	"tenant_list_key_key":             "input.key",
	"app_user_subject":                "input.subject",
	"issuer_list_pkey":                "input.audience",
	"transaction_kind_key":            "input.key",
	"credit_type_key":                 "input.key",
	"measure_key":                     "input.key",
	"rate_table_key":                  "input.key",
	"crediting_rule_key":              "input.key",
	"measure_value_position":          "input.values",
	"measure_value_company":           "input.values",
	"quota_position":                  "input.positionId",
	"quota_title":                     "input.titleId",
	"parameter_value_start":           "input.values",
	"fx_rate_date":                    "input.rates",
	"period_number":                   "input.fiscalYear",
	"client_application_name":         "input.name",
	"plan_version_number":             "input.number",
	"title_external_id":               "input.externalId",
	"position_external_id":            "input.externalId",
	"payee_external_id":               "input.externalId",
	"position_assignment_external_id": "input.externalId",
	"team_external_id":                "input.externalId",
	"fiscal_calendar_external_id":     "input.externalId",
	"product_external_id":             "input.externalId",
	"account_external_id":             "input.externalId",
	"plan_external_id":                "input.externalId",
	"plan_assignment_external_id":     "input.externalId",
}

// ErrUnanswered says that the database did not answer a COMMIT: whether what was
// written is there is not known.
var ErrUnanswered = errors.New("the answer to COMMIT was lost")

// away tells whether an error says that the database, or the connection to it, is
// gone, and not that a statement failed.
func away(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "08") || slices.Contains([]string{"57P01", "57P02", "57P03"}, pg.Code)
	}
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	_, broken := errors.AsType[net.Error](err)
	return refused || broken || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// unavailable gives the error of a connection the code by which callers try again;
// others pass.
func unavailable(err error) error {
	switch {
	case errors.Is(err, ErrUnanswered):
		return errors.Join(model.Errorf(model.Unavailable, "The database did not say whether this was done: send it again with the same idempotency key, which finds out."), err)
	case away(err):
		return errors.Join(model.Errorf(model.Unavailable, "The database does not answer: try again."), err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && slices.Contains([]string{"53100", "53200"}, pg.Code) {
		return errors.Join(model.Errorf(model.Unavailable, "The database has no room for this: nothing was done. Try again later."), err)
	}
	return err
}

// translate turns a database error that the caller can do something about
// into the model's; others pass.
func translate(err error) error {
	var pg *pgconn.PgError
	if err == nil || errors.Is(err, ErrUnanswered) || !errors.As(err, &pg) || away(err) {
		return unavailable(err)
	}
	switch pg.Code {
	case "23505":
		if noun, is := strings.CutSuffix(pg.ConstraintName, "_pkey"); is && slices.Contains(versioned, noun) {
			return conflict() // a change of version 0, of what has a first version already
		}
		if path, known := taken[pg.ConstraintName]; known {
			return model.Refuse(model.UserTaken, path, "this is taken already")
		}
	case "23514":
		if pg.ConstraintName == "plan_version_persons" {
			return model.Refuse(model.UserSamePerson, "input.id", "who wrote a plan version cannot approve it")
		}
	case "57014":
		return errors.Join(context.DeadlineExceeded, err)
	case "53300", "55P03":
		return errors.Join(model.Errorf(model.Overloaded, "the server is busy: try again"), err)
	}
	return unavailable(err)
}

// badCast turns a cursor whose keys do not fit their types into the caller's
// error.
func badCast(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22") {
		return model.Errorf(model.BadUserInput, "not a cursor of this list")
	}
	return err
}
