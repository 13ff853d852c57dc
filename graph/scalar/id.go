package scalar

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

// The longest texts that an ID and a Cursor may have, in bytes.
const (
	MaxIDLength     = 200
	MaxCursorLength = 8192
)

// MarshalID writes the id's text; the zero ID is written as null.
func MarshalID(id model.ID) graphql.Marshaler {
	if id.IsZero() {
		return graphql.Null
	}
	return raw(id.String())
}

// UnmarshalID accepts any string of at most 200 bytes, and an integer, as
// GraphQL asks of ID. What is not an id of ours becomes the zero ID, whose kind
// is empty and whose key finds nothing, so that a query answers null and a
// mutation NOT_FOUND.
func UnmarshalID(v any) (model.ID, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case int, int32, int64:
		return model.ID{}, nil
	case json.Number:
		if _, err := v.Int64(); err != nil {
			return model.ID{}, refuse("ID must be a string")
		}
		return model.ID{}, nil
	default:
		return model.ID{}, refuse("ID must be a string")
	}
	if len(text) > MaxIDLength {
		return model.ID{}, refuse("ID must be at most %d bytes long", MaxIDLength)
	}
	id, err := model.ParseID(text)
	if err != nil {
		return model.ID{}, nil //nolint:nilerr // what cannot be an id is like one of nothing
	}
	return id, nil
}

// MarshalCursor writes the cursor's text.
func MarshalCursor(c model.Cursor) graphql.Marshaler { return MarshalString(string(c)) }

// UnmarshalCursor accepts 1 to 2048 printable ASCII characters; whether the
// cursor belongs to the list is told by who reads the list.
func UnmarshalCursor(v any) (model.Cursor, error) {
	text, ok := v.(string)
	if !ok {
		return "", refuse("Cursor must be a JSON string")
	}
	if text == "" || len(text) > MaxCursorLength {
		return "", refuse("Cursor must be one that this list has given")
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= utf8.RuneSelf-1 {
			return "", refuse("Cursor must be one that this list has given")
		}
	}
	return model.Cursor(text), nil
}
