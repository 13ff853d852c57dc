package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// stream follows a subscription over server-sent events. Where the connection
// is cut it goes on after the last event, so that nothing is lost and nothing
// comes twice.
type stream struct {
	http     *http.Client
	url      string
	body     []byte // the document with its variables
	last     string // id of the last event: the sequence to go on after
	patience time.Duration
}

// errOver is a stream that the server has ended: reconnecting would not help.
var errOver = errors.New("the server has ended the subscription")

// each hands the responses to handle until that says that it is done, and
// reconnects as long as ctx allows.
func (s *stream) each(ctx context.Context, handle func(response []byte) (done bool, err error)) error {
	for {
		done, err := s.connect(ctx, handle)
		var cut *cutError
		if done || !errors.As(err, &cut) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.patience):
		}
	}
}

// cutError is a connection that ended before its subscription did.
type cutError struct{ error }

func (s *stream) connect(ctx context.Context, handle func([]byte) (bool, error)) (done bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(s.body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	if s.last != "" {
		req.Header.Set("Last-Event-ID", s.last)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return false, &cutError{err}
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		return false, &cutError{errors.New(res.Status)}
	case res.StatusCode != http.StatusOK:
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return false, fmt.Errorf("subscribing: %s: %s", res.Status, text)
	}
	return s.read(res.Body, handle)
}

// read takes the stream apart: lines of "field: value", and an empty line after
// each event.
func (s *stream) read(body io.Reader, handle func([]byte) (bool, error)) (done bool, err error) {
	var event, id string
	var data []byte
	for lines := bufio.NewReader(body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false, &cutError{err}
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case name == "event":
			event = value
		case name == "id":
			id = value
		case name == "data":
			data = append(data, value...)
		case name == "retry":
			if wait, err := time.ParseDuration(value + "ms"); err == nil {
				s.patience = wait
			}
		case name == "" && value == "" && event == "complete":
			return false, errOver
		case name == "" && value == "" && event == "next":
			if err := refused(data); err != nil {
				return false, err
			}
			if done, err := handle(data); done || err != nil {
				return done, err
			}
			event, data, s.last = "", nil, id // only now: it is dealt with
		}
	}
}

// refused gives the errors of a response, such as that the token has expired.
func refused(response []byte) error {
	var answer struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(response, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("%s: %s", answer.Errors[0].Extensions.Code, answer.Errors[0].Message)
	}
	return nil
}
