package resolver

import (
	"context"
	"errors"
	"sync"
)

var errQueueClosed = errors.New("the socket is closing")

// outgoing is one message on its way, of an operation or of nobody.
type outgoing struct {
	text []byte
	of   *socketOperation
}

// sendQueue holds what waits to be written to one socket, within bounds. Many
// put, one takes.
type sendQueue struct {
	maxBytes, maxMessages int
	// ready has a token when there may be something to take.
	ready chan struct{}

	mu     sync.Mutex
	items  []outgoing
	bytes  int // with what is being written
	count  int
	closed bool
	room   chan struct{} // closed when something leaves; nil while nobody waits
}

func newSendQueue(maxBytes, maxMessages int) *sendQueue {
	return &sendQueue{maxBytes: maxBytes, maxMessages: maxMessages, ready: make(chan struct{}, 1)}
}

// put adds a message, waiting for room until the context ends.
func (q *sendQueue) put(ctx context.Context, item outgoing) error {
	return q.whenRoom(ctx, len(item.text), func() {
		q.items = append(q.items, item)
		q.bytes += len(item.text)
		q.count++
		q.signal()
	})
}

// awaitRoom waits until a message could be put.
func (q *sendQueue) awaitRoom(ctx context.Context) error {
	return q.whenRoom(ctx, 1, func() {})
}

func (q *sendQueue) whenRoom(ctx context.Context, bytes int, act func()) error {
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return errQueueClosed
		}
		if q.count == 0 || q.count < q.maxMessages && q.bytes+bytes <= q.maxBytes {
			act()
			q.mu.Unlock()
			return nil
		}
		if q.room == nil {
			q.room = make(chan struct{})
		}
		room := q.room
		q.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take gives the next message, waiting for one; false once the queue is closed
// and empty. The message counts until left is called.
func (q *sendQueue) take() (outgoing, bool) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			item := q.items[0]
			q.items[0] = outgoing{}
			q.items = q.items[1:]
			q.mu.Unlock()
			return item, true
		}
		q.items = nil
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return outgoing{}, false
		}
		<-q.ready
	}
}

// left says that a message that was taken is written.
func (q *sendQueue) left(item outgoing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= len(item.text)
	q.count--
	q.wake()
}

// close refuses further messages; with abandon, those that wait are dropped.
func (q *sendQueue) close(abandon bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	if abandon {
		q.items = nil
	}
	q.signal()
	q.wake()
}

func (q *sendQueue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *sendQueue) wake() {
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
}
