package scalar

import (
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalBigInt writes a 64-bit integer as a JSON string.
func MarshalBigInt(n int64) graphql.Marshaler { return raw(strconv.FormatInt(n, 10)) }

// UnmarshalBigInt reads a 64-bit integer from a JSON string in its shortest
// form.
func UnmarshalBigInt(v any) (int64, error) {
	text, isText := v.(string)
	n, err := strconv.ParseInt(text, 10, 64)
	if !isText || err != nil || strconv.FormatInt(n, 10) != text {
		return 0, refuse("a BigInt is a string of an integer of at most 64 bits, such as \"42\"")
	}
	return n, nil
}
