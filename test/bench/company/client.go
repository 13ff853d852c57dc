// Package company makes the company of ../shared/bench through the graph, and
// calculates its year, for all that measures the product on that data.
package company

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client asks a server as the two users who make a company: Admin writes it,
// Finance approves and publishes its plans. Both are tokens.
type Client struct {
	URL     string
	Admin   string
	Finance string
}

// Do sends a document and decodes the answer's data into out, which may be
// nil. What a mutation refuses is an error too.
func (c Client) Do(ctx context.Context, token, document string, variables map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("%s: not JSON: %.200s", res.Status, raw)
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("%.80s: %s", document, answer.Errors[0].Message)
	}
	if err := refused(answer.Data); err != nil {
		return fmt.Errorf("%.80s: %w", document, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, out)
}

// refused gives the first user error of the mutations that were answered.
func refused(data json.RawMessage) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	for name, raw := range fields {
		var payload struct {
			UserErrors []struct {
				Path    []string
				Message string
			}
		}
		if json.Unmarshal(raw, &payload) == nil && len(payload.UserErrors) > 0 {
			return fmt.Errorf("%s refuses %v: %s", name, payload.UserErrors[0].Path, payload.UserErrors[0].Message)
		}
	}
	return nil
}

// made is the object that a creating mutation gives, under the alias it.
type made struct {
	Made struct{ It struct{ ID string } }
}

// create runs a creating mutation and gives the id of the field entity of its
// payload.
func (c Client) create(ctx context.Context, mutation, inputType, entity string, input map[string]any) (string, error) {
	var answer made
	document := fmt.Sprintf("mutation($i: %s!) { made: %s(input: $i) { it: %s { id } userErrors { path message } } }", inputType, mutation, entity)
	err := c.Do(ctx, c.Admin, document, map[string]any{"i": input}, &answer)
	return answer.Made.It.ID, err
}
