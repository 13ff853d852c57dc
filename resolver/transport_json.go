package resolver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds how deep the objects and arrays of a request nest.
const maxJSONDepth = 64

var (
	errNotJSON   = errors.New("must be one JSON object with nothing after it")
	errNotUTF8   = errors.New("must be valid UTF-8")
	errSurrogate = errors.New("must not contain an escaped surrogate without its partner")
	errTwice     = errors.New("must not name a member of an object twice")
	errDepth     = errors.New("is nested too deep")
	errMany      = errors.New("has too many members and items")
)

// decodeObject reads one JSON object, strictly.
func decodeObject(text []byte) (map[string]any, error) {
	value, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	members, isObject := value.(map[string]any)
	if !isObject {
		return nil, errNotJSON
	}
	return members, nil
}

// decodeJSON reads one JSON value and refuses what encoding/json lets pass or
// mends in silence: invalid UTF-8, lone surrogates, members named twice and
// text after the value. Numbers stay json.Number.
func decodeJSON(text []byte) (any, error) {
	switch {
	case !utf8.Valid(text):
		return nil, errNotUTF8
	case !json.Valid(text):
		return nil, errNotJSON
	case loneSurrogate(text):
		return nil, errSurrogate
	}
	if countValues(text) > maxJSONValues {
		return nil, errMany
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decodeValue(decoder, maxJSONDepth)
}

// countValues counts what a valid JSON text separates by commas or opens, outside
// of its strings: no less than its members and items.
func countValues(text []byte) (n int) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	return n
}

func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, errNotJSON
	}
	opening, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == 0:
		return nil, errDepth
	case opening == '{':
		return decodeMembers(decoder, depth-1)
	default:
		return decodeItems(decoder, depth-1)
	}
}

func decodeMembers(decoder *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, errNotJSON
		}
		if _, twice := members[name]; twice {
			return nil, errTwice
		}
		if members[name], err = decodeValue(decoder, depth); err != nil {
			return nil, err
		}
	}
	return members, closing(decoder)
}

func decodeItems(decoder *json.Decoder, depth int) (any, error) {
	items := []any{}
	for decoder.More() {
		item, err := decodeValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, closing(decoder)
}

func closing(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return errNotJSON
	}
	return nil
}

// loneSurrogate tells whether a text with JSON's escapes holds a \u escape of
// half a surrogate pair. Decoders put U+FFFD in its place, so that two texts
// would become one.
func loneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++ // the escaped character, which may be a backslash
		if i >= len(text) || text[i] != 'u' {
			continue
		}
		first, fits := hex4(text[i+1:])
		if !fits || !utf16.IsSurrogate(first) {
			continue
		}
		if i+6 >= len(text) || text[i+5] != '\\' || text[i+6] != 'u' {
			return true
		}
		second, fits := hex4(text[i+7:])
		if !fits || utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		i += 10
	}
	return false
}

// hex4 reads four hexadecimal digits.
func hex4(text []byte) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range text[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
