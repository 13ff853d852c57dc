package service

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

func beginAs(t *testing.T, b *Budget, user uuid.UUID) (ctx context.Context, end func()) {
	t.Helper()
	who := &auth.Principal{Tenant: uuid.UUID{1}, User: model.UUIDs(model.KindUser, user)}
	ctx, _, end = b.Begin(auth.WithSession(t.Context(), &auth.Session{Principal: who}))
	return ctx, end
}

// TestOneEventAtATime: a caller's subscriptions wait for each other, not for those
// of others, and a caller who has gone is forgotten.
func TestOneEventAtATime(t *testing.T) {
	b := &Budget{shares: newShares()}
	ann, endAnn := beginAs(t, b, uuid.UUID{1})
	again, endAgain := beginAs(t, b, uuid.UUID{1})
	ben, endBen := beginAs(t, b, uuid.UUID{2})
	done, err := Render(ann)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Render(ben)
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(again)
	leave()
	if _, err := Render(gone); err == nil {
		t.Error("the second event of one caller does not wait")
	}
	waited := make(chan func())
	go func() {
		next, _ := Render(again)
		waited <- next
	}()
	done()
	(<-waited)()
	other()
	for _, end := range []func(){endAnn, endAgain, endBen, endBen} {
		end()
	}
	if n := len(b.shares.of); n != 0 {
		t.Errorf("%d callers are remembered", n)
	}
}

// TestOneCalculationAtATime: what a calculation asks for in its turn is a part of
// it, and another of the caller's waits.
func TestOneCalculationAtATime(t *testing.T) {
	s := &Service{Budget: &Budget{shares: newShares()}}
	ann, end := beginAs(t, s.Budget, uuid.UUID{1})
	defer end()
	_, err := Calculating(ann, s, func(ctx context.Context) (int, error) {
		if n, err := Calculating(ctx, s, func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("a part of it: %d %v", n, err)
		}
		gone, leave := context.WithCancel(ann)
		leave()
		if _, err := Calculating(gone, s, func(context.Context) (int, error) { return 0, nil }); err == nil {
			t.Error("another does not wait")
		}
		return 0, nil
	})
	if err != nil {
		t.Error(err)
	}
	if n, err := Calculating(t.Context(), s, func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
		t.Errorf("the product itself: %d %v", n, err)
	}
}
