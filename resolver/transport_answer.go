package resolver

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/model"
)

// answer writes the one response of a request.
type answer struct {
	w         http.ResponseWriter
	mediaType string
	present   graphql.ErrorPresenterFunc
}

// statuses gives the status of a request error whose answer is
// application/graphql-response+json.
var statuses = map[model.ErrorCode]int{
	model.Unauthenticated:            http.StatusUnauthorized,
	model.Forbidden:                  http.StatusForbidden,
	model.BadUserInput:               http.StatusBadRequest,
	model.NotFound:                   http.StatusNotFound,
	model.IdempotencyMismatch:        http.StatusUnprocessableEntity,
	model.IdempotencyInFlight:        http.StatusConflict,
	model.RateLimited:                http.StatusTooManyRequests,
	model.CostExceeded:               http.StatusBadRequest,
	model.Overloaded:                 http.StatusServiceUnavailable,
	model.Unavailable:                http.StatusServiceUnavailable,
	model.DocumentNotTrusted:         http.StatusBadRequest,
	model.PersistedQueryNotFound:     http.StatusNotFound,
	model.PersistedQueryNotSupported: http.StatusBadRequest,
	model.Timeout:                    http.StatusGatewayTimeout,
	model.Internal:                   http.StatusInternalServerError,
}

// fail writes a request error; status 0 takes that of the error's code.
func (a answer) fail(ctx context.Context, status int, err error) {
	response := &graphql.Response{Errors: gqlerror.List{a.present(ctx, err)}}
	if a.mediaType == "" {
		a.mediaType = mediaJSON
	}
	if status == 0 {
		status = a.status(response)
	}
	a.write(status, response)
}

// send writes the response of an operation, or the errors that kept it from
// being executed, which then have no `data`.
func (a answer) send(ctx context.Context, response *graphql.Response) {
	a.write(a.status(response), presentAll(ctx, a.present, response))
}

// refuse writes an error after which the caller may try again.
func (a answer) refuse(ctx context.Context, err error) {
	a.w.Header().Set("Retry-After", "5")
	a.fail(ctx, 0, err)
}

func (a answer) mutationByGET(ctx context.Context) {
	a.w.Header().Set("Allow", http.MethodPost)
	a.fail(ctx, http.StatusMethodNotAllowed, model.Errorf(model.BadUserInput, "A mutation is sent by POST."))
}

// presentAll presents the errors of a response that have not been yet.
func presentAll(ctx context.Context, present graphql.ErrorPresenterFunc, response *graphql.Response) *graphql.Response {
	for i, err := range response.Errors {
		if _, presented := err.Extensions["requestId"]; !presented {
			response.Errors[i] = present(ctx, err)
		}
	}
	return response
}

// status follows GraphQL over HTTP: whatever was executed is 200. Of what was
// not, application/json is 200 as well, save for the codes that proxies and
// clients act upon by their status.
func (a answer) status(response *graphql.Response) int {
	if response.Data != nil || len(response.Errors) == 0 {
		return http.StatusOK
	}
	text, _ := response.Errors[0].Extensions["code"].(string)
	code := model.ErrorCode(text)
	if a.mediaType == mediaJSON && code != model.RateLimited && code != model.Overloaded && code != model.Unavailable {
		return http.StatusOK
	}
	if status, known := statuses[code]; known {
		return status
	}
	return http.StatusInternalServerError
}

// write writes a response with its headers.
func (a answer) write(status int, response *graphql.Response) {
	pieces := envelope(response)
	length := 0
	for _, piece := range pieces {
		length += len(piece)
	}
	header := a.w.Header()
	secure(header)
	costHeaders(header, response)
	header.Add("Vary", "Accept")
	header.Set("Content-Type", a.mediaType+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(length))
	a.w.WriteHeader(status)
	for _, piece := range pieces {
		if _, err := a.w.Write(piece); err != nil {
			return
		}
	}
}

// envelope puts the envelope round data that is JSON already, instead of having
// encoding/json read it through once more. Errors come first, as the
// specification advises.
func envelope(response *graphql.Response) [][]byte {
	pieces := [][]byte{[]byte("{")}
	add := func(name string, text []byte) {
		if len(pieces) > 1 {
			pieces = append(pieces, []byte(","))
		}
		pieces = append(pieces, []byte(`"`+name+`":`), text)
	}
	if len(response.Errors) > 0 {
		add("errors", encodeErrors(response.Errors))
	}
	if response.Data != nil {
		add("data", response.Data)
	}
	if len(response.Extensions) > 0 {
		if text, err := json.Marshal(response.Extensions); err == nil {
			add("extensions", text)
		}
	}
	return append(pieces, []byte("}"))
}

// encodeResponse is envelope in one piece, a copy of the response's own text.
func encodeResponse(response *graphql.Response) []byte {
	return bytes.Join(envelope(response), nil)
}

func encodeErrors(errs gqlerror.List) []byte {
	text, err := json.Marshal(errs)
	if err != nil { // The presenter makes plain errors; this is for those of others.
		text = []byte(`[{"message":"Internal error.","extensions":{"code":"INTERNAL"}}]`)
	}
	return text
}

// secure sets the headers that every answer has: it is of the type that it
// says, and nobody may keep it.
func secure(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
}
