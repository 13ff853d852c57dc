package model

import (
	"errors"
	"fmt"
	"strings"
)

// ErrorCode is the closed set of codes in `extensions.code` of a top-level
// error.
type ErrorCode string

// The codes of top-level errors.
const (
	Unauthenticated     ErrorCode = "UNAUTHENTICATED"
	Forbidden           ErrorCode = "FORBIDDEN"
	BadUserInput        ErrorCode = "BAD_USER_INPUT"
	NotFound            ErrorCode = "NOT_FOUND"
	IdempotencyMismatch ErrorCode = "IDEMPOTENCY_MISMATCH"
	IdempotencyInFlight ErrorCode = "IDEMPOTENCY_IN_FLIGHT"
	RateLimited         ErrorCode = "RATE_LIMITED"
	CostExceeded        ErrorCode = "COST_EXCEEDED"
	Overloaded          ErrorCode = "OVERLOADED"
	DocumentNotTrusted  ErrorCode = "DOCUMENT_NOT_TRUSTED"
	Timeout             ErrorCode = "TIMEOUT"
	Unavailable         ErrorCode = "UNAVAILABLE"
	// PersistedQueryNotFound and PersistedQueryNotSupported are the codes of
	// Apollo's protocol of automatic persisted queries.
	PersistedQueryNotFound     ErrorCode = "PERSISTED_QUERY_NOT_FOUND"
	PersistedQueryNotSupported ErrorCode = "PERSISTED_QUERY_NOT_SUPPORTED"
	Internal                   ErrorCode = "INTERNAL"
)

// Error is a top-level error whose text may be shown to the caller.
type Error struct {
	Code    ErrorCode
	Message string
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// Errorf makes a top-level error with a code and a message for the caller.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf gives the code of the first *Error in err's chain, INTERNAL if there
// is none.
func CodeOf(err error) ErrorCode {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// UserErrorCode is the closed set of codes of a mutation's userErrors.
type UserErrorCode string

// The codes of business errors.
const (
	UserNotFound       UserErrorCode = "NOT_FOUND"
	UserRequired       UserErrorCode = "REQUIRED"
	UserInvalid        UserErrorCode = "INVALID"
	UserTaken          UserErrorCode = "TAKEN"
	UserConflict       UserErrorCode = "CONFLICT"
	UserTooMany        UserErrorCode = "TOO_MANY"
	UserTooLong        UserErrorCode = "TOO_LONG"
	UserOverlap        UserErrorCode = "OVERLAP"
	UserCycle          UserErrorCode = "CYCLE"
	UserState          UserErrorCode = "INVALID_STATE"
	UserPeriodClosed   UserErrorCode = "PERIOD_CLOSED"
	UserSamePerson     UserErrorCode = "SAME_PERSON"
	UserExpression     UserErrorCode = "EXPRESSION"
	UserNotSupported   UserErrorCode = "NOT_SUPPORTED"
	UserShares         UserErrorCode = "SHARES_NOT_WHOLE"
	UserDuplicateInput UserErrorCode = "DUPLICATE_INPUT"
	UserNotReady       UserErrorCode = "NOT_READY"
	UserPlanTest       UserErrorCode = "PLAN_TEST_FAILED"
)

// UserErrorParam is a named value that a message speaks of.
type UserErrorParam struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// UserError is one thing that the caller can mend: Path leads from `input` to
// the field concerned, list indexes included.
type UserError struct {
	Path    []string         `json:"path"`
	Code    UserErrorCode    `json:"code"`
	Message string           `json:"message"`
	Params  []UserErrorParam `json:"params"`
}

// UserErrors are the reasons why a mutation did nothing.
type UserErrors []*UserError

// Error lists the messages.
func (e UserErrors) Error() string {
	parts := make([]string, len(e))
	for i, u := range e {
		parts[i] = strings.Join(u.Path, ".") + ": " + u.Message
	}
	return strings.Join(parts, "; ")
}

// Add appends an error about the field at a dotted path, such as
// "input.shares.0.share".
func (e *UserErrors) Add(code UserErrorCode, path, format string, args ...any) {
	*e = append(*e, &UserError{Path: strings.Split(path, "."), Code: code, Message: fmt.Sprintf(format, args...), Params: []UserErrorParam{}})
}

// With adds a named value that the last error speaks of.
func (e UserErrors) With(name, value string) {
	last := e[len(e)-1]
	last.Params = append(last.Params, UserErrorParam{Name: name, Value: value})
}

// OrNil gives the errors as an error, nil if there is none.
func (e UserErrors) OrNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Refuse makes a single user error.
func Refuse(code UserErrorCode, path, format string, args ...any) UserErrors {
	var e UserErrors
	e.Add(code, path, format, args...)
	return e
}
