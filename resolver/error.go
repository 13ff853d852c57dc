package resolver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/model"
)

const (
	// maxErrors and maxRequestErrors bound the errors of one response: of an
	// executed operation, and of one that was refused before.
	maxErrors        = 20
	maxRequestErrors = 10
	maxMessage       = 500
	// maxLogged bounds the log lines that one request can cause.
	maxLogged = 20
)

// The texts that hide what happened.
const (
	internalMessage = "Internal error. Give the requestId to whoever runs this server."
	timeoutMessage  = "The operation took too long and was ended."
)

// retryable are the codes after which the same request may succeed.
var retryable = map[model.ErrorCode]bool{
	model.IdempotencyInFlight: true, model.RateLimited: true, model.Overloaded: true, model.Timeout: true, model.Unavailable: true,
}

// NewErrorPresenter makes the only function that turns errors into what
// callers see. A *model.Error keeps its code and message; errors of parsing,
// validation and coercion are BAD_USER_INPUT; the end of the context is
// TIMEOUT; all else is INTERNAL, its text only in the log, as is what made the
// database UNAVAILABLE. Each error has
// `extensions { code, requestId, retryable }`.
func NewErrorPresenter(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		presented := &gqlerror.Error{}
		var located *gqlerror.Error
		if errors.As(err, &located) {
			presented.Path, presented.Locations = located.Path, located.Locations
		}
		if presented.Path == nil && graphql.GetFieldContext(ctx) != nil {
			presented.Path = graphql.GetPath(ctx)
		}
		code, message := classify(err, located)
		if (code == model.Internal || code == model.Unavailable) && !errors.Is(err, errPanic) && mayLog(ctx) {
			logger.ErrorContext(ctx, "operation failed", "requestId", RequestID(ctx), "path", presented.Path.String(), "error", err.Error())
		}
		presented.Message = shorten(message)
		presented.Extensions = map[string]any{"code": string(code), "requestId": RequestID(ctx), "retryable": retryable[code]}
		return presented
	}
}

// classify gives the code of an error and the text that a caller may see.
func classify(err error, located *gqlerror.Error) (model.ErrorCode, string) {
	var known *model.Error
	var business model.UserErrors
	switch {
	case errors.As(err, &known) && known.Code == model.Internal:
		return model.Internal, internalMessage
	case errors.As(err, &known):
		return known.Code, known.Message
	case errors.As(err, &business):
		return model.BadUserInput, business.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return model.Timeout, timeoutMessage
	case located != nil && ofRequest(located):
		return model.BadUserInput, located.Message
	default:
		return model.Internal, internalMessage
	}
}

// ofRequest tells whether the parser or the validator made the error.
func ofRequest(err *gqlerror.Error) bool {
	code := err.Extensions["code"]
	return code == errcode.ParseFailed || code == errcode.ValidationFailed
}

// shorten cuts a message, which may quote a document, at a character.
func shorten(message string) string {
	message = strings.ToValidUTF8(message, "\uFFFD")
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "..."
}

// errPanic stands for a panic, which NewRecover has logged.
var errPanic = model.Errorf(model.Internal, "panic")

// NewRecover makes the function that turns a panic into an INTERNAL error; the
// panic and its stack go to the log.
func NewRecover(logger *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, panicked any) error {
		if mayLog(ctx) {
			logger.ErrorContext(ctx, "panic", "requestId", RequestID(ctx), "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		}
		return errPanic
	}
}

// errorCap is the outermost response interceptor: it cuts long lists of errors
// and says how many were left out.
type errorCap struct{}

var (
	_ graphql.HandlerExtension    = errorCap{}
	_ graphql.ResponseInterceptor = errorCap{}
)

// ExtensionName names the extension.
func (errorCap) ExtensionName() string { return "ErrorCap" }

// Validate accepts every schema.
func (errorCap) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse keeps the first errors.
func (errorCap) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil {
		return nil
	}
	most := maxErrors
	if response.Data == nil {
		most = maxRequestErrors
	}
	if omitted := len(response.Errors) - most; omitted > 0 {
		response.Errors = response.Errors[:most]
		if response.Extensions == nil {
			response.Extensions = map[string]any{}
		}
		response.Extensions["errorsOmitted"] = omitted
	}
	return response
}
