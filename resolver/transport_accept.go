package resolver

import (
	"strconv"
	"strings"
)

// The media types of GraphQL over HTTP.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// negotiate picks the media type of the answer by the Accept header. Without
// one, and where both are as welcome by wildcard, it is application/json; of
// two that are named with the same weight, the first.
func negotiate(accept []string) (mediaType string, acceptable bool) {
	header := strings.TrimSpace(strings.Join(accept, ","))
	if header == "" {
		return mediaJSON, true
	}
	asJSON, asGraphQL := preference{}, preference{}
	for order, entry := range strings.Split(header, ",") {
		name, options, _ := strings.Cut(entry, ";")
		weight, valid := weightOf(options)
		if !valid {
			continue
		}
		switch name := strings.ToLower(strings.TrimSpace(name)); name {
		case mediaJSON:
			asJSON.offer(preference{2, weight, order})
		case mediaGraphQL:
			asGraphQL.offer(preference{2, weight, order})
		case "application/*", "*/*":
			specificity := 0
			if name != "*/*" {
				specificity = 1
			}
			// At equal weight a wildcard means application/json.
			asJSON.offer(preference{specificity, weight, order})
			asGraphQL.offer(preference{specificity, weight, order + len(header)})
		}
	}
	switch {
	case asJSON.weight == 0 && asGraphQL.weight == 0:
		return mediaJSON, false
	case asGraphQL.betterThan(asJSON):
		return mediaGraphQL, true
	default:
		return mediaJSON, true
	}
}

// preference is how welcome a media type is: the most specific entry that
// matches decides its weight, in thousandths.
type preference struct{ specificity, weight, order int }

func (p *preference) offer(o preference) {
	if *p == (preference{}) || o.specificity > p.specificity {
		*p = o
	}
}

func (p preference) betterThan(o preference) bool {
	if p.weight != o.weight {
		return p.weight > o.weight
	}
	if p.specificity != o.specificity {
		return p.specificity > o.specificity
	}
	return p.order < o.order
}

// weightOf reads the q parameter in thousandths, 1000 if there is none.
func weightOf(options string) (weight int, valid bool) {
	for option := range strings.SplitSeq(options, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0, false
		}
		return int(q * 1000), true
	}
	return 1000, true
}
