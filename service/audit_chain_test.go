package service

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// FuzzAuditBytes: two entries have one digest only where they are one, however
// their texts run into one another, and absent is not empty.
func FuzzAuditBytes(f *testing.F) {
	f.Add("a", "b", "", []byte("{}"), []byte(nil), "ab", "", "", []byte(nil), []byte("{}"))
	f.Add("ann", "createTeam", "because", []byte(`{"a": 1}`), []byte(`{"a": 2}`), "anncreateTeam", "", "because", []byte(`{"a": 1}`), []byte(`{"a": 2}`))
	f.Fuzz(func(t *testing.T, name, operation, reason string, before, after []byte, name2, operation2, reason2 string, before2, after2 []byte) {
		entry := func(name, operation, reason string, before, after []byte) *model.AuditEntry {
			return &model.AuditEntry{ActorName: name, Operation: operation, Reason: reason, Before: before, After: after}
		}
		one, other := entry(name, operation, reason, before, after), entry(name2, operation2, reason2, before2, after2)
		same := name == name2 && operation == operation2 && reason == reason2 && string(before) == string(before2) && string(after) == string(after2) &&
			(before == nil) == (before2 == nil) && (after == nil) == (after2 == nil)
		if (digestOf(one) == digestOf(other)) != same {
			t.Errorf("%v and %v: same %v", one, other, same)
		}
	})
}

// TestLinksHangTogether: a link is of its tenant, of all of its batch, and of the
// link before.
func TestLinksHangTogether(t *testing.T) {
	t.Parallel()
	tenant, at := uuid.New(), time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	seal := model.ReadPoint{Sequence: 1, Horizon: 10, At: at}
	entries := []*model.AuditEntry{{Number: 1, ActorName: "ann"}, {Number: 2, ActorName: "ben"}}
	link := linkOf(tenant, nil, seal, entries)
	if len(link.Digests) != 2*digestWidth {
		t.Fatalf("%d bytes of digests of two entries", len(link.Digests))
	}
	if string(linkOf(tenant, nil, seal, entries).Hash) != string(link.Hash) {
		t.Error("the same batch gives another hash")
	}
	later := seal
	later.At = at.Add(time.Microsecond)
	swapped := []*model.AuditEntry{entries[1], entries[0]}
	for about, other := range map[string]*model.AuditLink{
		"another tenant": linkOf(uuid.New(), nil, seal, entries), "another link before": linkOf(tenant, link.Hash, seal, entries),
		"another instant": linkOf(tenant, nil, later, entries), "another order": linkOf(tenant, nil, seal, swapped), "fewer": linkOf(tenant, nil, seal, entries[:1]),
		"another sequence": linkOf(tenant, nil, model.ReadPoint{Sequence: 2, Horizon: 10, At: at}, entries), "another horizon": linkOf(tenant, nil, model.ReadPoint{Sequence: 1, Horizon: 11, At: at}, entries),
	} {
		if string(other.Hash) == string(link.Hash) {
			t.Errorf("%s gives the same hash", about)
		}
	}
}
