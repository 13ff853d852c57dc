package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// client speaks GraphQL over HTTP, as any program outside would.
type client struct {
	url   string
	token func(subject string) (string, error)
}

// maxTries bounds how often a request is sent that the server says may be
// sent again. Every mutation carries an idempotency key, so that is safe.
const maxTries = 5

// refusal is what a mutation's userErrors said.
type refusal struct {
	messages []string
	conflict bool // what was read is not what is there
}

func (r *refusal) Error() string { return strings.Join(r.messages, "; ") }

// do sends a document as a user and decodes the data into out, if not nil. An
// idempotency key is sent where it is not empty. What a mutation refuses is
// an error.
func (c *client) do(ctx context.Context, as, key, document string, variables map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		data, retryable, err := c.send(ctx, as, key, body)
		if err == nil {
			return decode(data, out)
		}
		if !retryable || try == maxTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 100 * time.Millisecond):
		}
	}
}

func (c *client) send(ctx context.Context, as, key string, body []byte) (data json.RawMessage, retryable bool, err error) {
	token, err := c.token(as)
	if err != nil {
		return nil, false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, false, err
	}
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Message    string `json:"message"`
			Path       []any  `json:"path"`
			Extensions struct {
				Code      string `json:"code"`
				Retryable bool   `json:"retryable"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, false, fmt.Errorf("the server answered %s: %.200s", res.Status, raw)
	}
	if len(answer.Errors) > 0 {
		one := answer.Errors[0]
		return nil, one.Extensions.Retryable, fmt.Errorf("%s at %v: %s", one.Extensions.Code, one.Path, one.Message)
	}
	return answer.Data, false, nil
}

// decode looks for userErrors in each root field, then decodes.
func decode(data json.RawMessage, out any) error {
	var roots map[string]json.RawMessage
	if err := json.Unmarshal(data, &roots); err != nil {
		return err
	}
	var refused refusal
	for name, root := range roots {
		var payload struct {
			UserErrors []struct {
				Path    []string `json:"path"`
				Code    string   `json:"code"`
				Message string   `json:"message"`
			} `json:"userErrors"`
		}
		if json.Unmarshal(root, &payload) != nil { // a list or a scalar
			continue
		}
		for _, one := range payload.UserErrors {
			refused.conflict = refused.conflict || one.Code == "CONFLICT"
			refused.messages = append(refused.messages, fmt.Sprintf("%s %s: %s %s", name, strings.Join(one.Path, "."), one.Code, one.Message))
		}
	}
	if len(refused.messages) > 0 {
		return &refused
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// pageInfo is where a page ends.
type pageInfo struct {
	HasNextPage bool    `json:"hasNextPage"`
	EndCursor   *string `json:"endCursor"`
}

// pages reads a list from page to page: the document has $after and is given
// each page's data by next, which tells where the page ends.
func (c *client) pages(ctx context.Context, as, document string, variables map[string]any, next func(data json.RawMessage) (pageInfo, error)) error {
	vars := map[string]any{}
	maps.Copy(vars, variables)
	for {
		var data json.RawMessage
		if err := c.do(ctx, as, "", document, vars, &data); err != nil {
			return err
		}
		info, err := next(data)
		if err != nil {
			return err
		}
		if !info.HasNextPage {
			return nil
		}
		if info.EndCursor == nil {
			return errors.New("a page goes on but does not say where")
		}
		vars["after"] = *info.EndCursor
	}
}

// ids reads the ids of all objects of a root list by their keys.
func (c *client) ids(ctx context.Context, list, key string) (map[string]string, error) {
	found := map[string]string{}
	document := fmt.Sprintf("query($after: Cursor) { list: %s(first: 250, after: $after) { nodes { id key: %s } pageInfo { hasNextPage endCursor } } }", list, key)
	err := c.pages(ctx, admin, document, nil, func(data json.RawMessage) (pageInfo, error) {
		var page struct {
			List struct {
				Nodes []struct {
					ID  string `json:"id"`
					Key string `json:"key"`
				} `json:"nodes"`
				PageInfo pageInfo `json:"pageInfo"`
			} `json:"list"`
		}
		err := json.Unmarshal(data, &page)
		for _, node := range page.List.Nodes {
			found[node.Key] = node.ID
		}
		return page.List.PageInfo, err
	})
	return found, err
}
