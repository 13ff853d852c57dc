package resolver

import (
	"context"
	"testing"
)

func TestSendQueue(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	q := newSendQueue(10, 3)
	put := func(text string) error { return q.put(ctx, outgoing{text: []byte(text)}) }
	for _, text := range []string{"longer than all of it", "next"} {
		waits := make(chan error, 1)
		go func() { waits <- put(text) }()
		if err := await(t, "put", waits); err != nil {
			t.Fatal(err)
		}
		item, more := q.take()
		if string(item.text) != text || !more {
			t.Errorf("took %s %v", item.text, more)
		}
		full := make(chan error, 1)
		go func() { full <- put("12345678") }()
		q.left(item) // room
		if err := await(t, "put", full); err != nil {
			t.Fatal(err)
		}
		item, _ = q.take()
		q.left(item)
	}
	for range 3 {
		if err := put("1"); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := put("1"); err != context.Canceled {
		t.Errorf("full by messages: %v", err)
	}
	if err := q.awaitRoom(ctx); err != context.Canceled {
		t.Errorf("full by messages: %v", err)
	}
	waits := make(chan error, 1)
	go func() { waits <- q.put(t.Context(), outgoing{text: []byte("1")}) }()
	q.close(false)
	if err := await(t, "put", waits); err != errQueueClosed {
		t.Errorf("closed: %v", err)
	}
	for range 3 { // what waits is still taken
		if _, more := q.take(); !more {
			t.Error("it lost a message")
		}
	}
	if _, more := q.take(); more {
		t.Error("it has made a message")
	}
	q = newSendQueue(10, 3)
	if err := q.put(t.Context(), outgoing{text: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	q.close(true)
	if _, more := q.take(); more {
		t.Error("it was to drop what waits")
	}
}
