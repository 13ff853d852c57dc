package model

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// AuditKind says what was done to an object.
type AuditKind string

// The kinds of changes.
const (
	AuditCreate  AuditKind = "CREATE"
	AuditUpdate  AuditKind = "UPDATE"
	AuditDelete  AuditKind = "DELETE"
	AuditAppend  AuditKind = "APPEND"  // facts recorded together, from ObjectID to LastID
	AuditPublish AuditKind = "PUBLISH" // a run's results became visible
)

// AuditEntry is one change: who, what, when, why, before and after. It is
// written in the transaction of the change, and never changed.
type AuditEntry struct {
	ID        ID
	Xid       int64
	Number    int64 // within the database, ascending within a transaction
	Sequence  int64 // of the seal that made it visible
	At        time.Time
	ActorID   *ID // the user; nil where the server itself did it
	ActorName string
	// OnBehalfOfID is whom the actor acted for, by the delegation; both are nil
	// of what somebody did for oneself.
	OnBehalfOfID *ID
	DelegationID *ID
	Operation    string
	Reason       string
	Kind         AuditKind
	ObjectID     ID
	LastID       *ID
	Before       json.RawMessage // the row as it was, nil where there was none
	After        json.RawMessage // the row as it is since, nil where there is none
	Facts        []byte          // SHA-256 of the facts that it names; nil where it names none
}

// AuditEntryID makes the id of an entry: of its transaction, and its number.
func AuditEntryID(xid, number int64) ID {
	return ID{Kind: KindAuditEntry, Key: string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(xid)), uint64(number)))}
}

// AuditKey takes the id of an entry apart; zeros of any other id.
func (id ID) AuditKey() (xid, number int64) {
	if id.Kind != KindAuditEntry || len(id.Key) != 16 {
		return 0, 0
	}
	return int64(binary.BigEndian.Uint64([]byte(id.Key[:8]))), int64(binary.BigEndian.Uint64([]byte(id.Key[8:])))
}

// unaudited are columns that say when a row is in force, not what it says.
var unaudited = map[string]bool{"tenant_id": true, "version": true, "tx_from": true, "tx_to": true}

// Fields lists the values that are not as they were, by name. Hashes, of secrets
// and of contents, are left out.
func (e *AuditEntry) Fields() []*AuditField {
	var before, after map[string]json.RawMessage
	for raw, into := range map[*json.RawMessage]*map[string]json.RawMessage{&e.Before: &before, &e.After: &after} {
		if *raw != nil {
			_ = json.Unmarshal(*raw, into) // what the database wrote
		}
	}
	out := []*AuditField{}
	for _, name := range slices.Sorted(maps.Keys(union(before, after))) {
		was, is := before[name], after[name]
		if unaudited[name] || strings.HasSuffix(name, "_hash") || string(was) == string(is) {
			continue
		}
		out = append(out, &AuditField{Name: name, Before: textOf(was), After: textOf(is)})
	}
	return out
}

func union(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(b)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, a)
	return all
}

func textOf(value json.RawMessage) *string {
	if value == nil {
		return nil
	}
	text := string(value)
	return &text
}

// AuditField is a named value before and after a change, as JSON text.
type AuditField struct {
	Name   string
	Before *string
	After  *string
}

// AuditEntryWhere filters the audit trail.
type AuditEntryWhere struct {
	And, Or      []*AuditEntryWhere
	Not          *AuditEntryWhere
	ObjectID     *IDFilter
	ActorID      *IDFilter
	OnBehalfOfID *IDFilter
	DelegationID *IDFilter
	Operations   []string
	Kinds        []AuditKind
	At           *DateTimeFilter
}

// AuditLink chains the entries of one seal to those before.
type AuditLink struct {
	Sequence int64
	Horizon  int64
	SealedAt time.Time
	Format   int16
	Digests  []byte // the first 8 bytes of each entry's digest
	Previous []byte // the hash of the link before; 32 bytes
	Hash     []byte // 32 bytes
}

// AuditHead is the last link of a tenant's trail, signed.
type AuditHead struct {
	Sequence      int64
	Hash          string // in hex
	At            time.Time
	Signature     *string // Ed25519 over its canonical text, in base64url; nil where the server has no key
	KeyThumbprint *string
	KeySet        *string
}

// AuditFaultKind says what is wrong with an audit trail.
type AuditFaultKind string

// The faults of a trail.
const (
	AuditEntryChanged AuditFaultKind = "ENTRY_CHANGED" // an entry, or a fact that it names, is not what it was
	AuditEntriesLost  AuditFaultKind = "ENTRIES_LOST"  // there are fewer entries than were chained
	AuditEntriesAdded AuditFaultKind = "ENTRIES_ADDED"
	AuditLinkBroken   AuditFaultKind = "LINK_BROKEN"   // a link does not follow from what it chains
	AuditLinkLost     AuditFaultKind = "LINK_LOST"     // a sealed batch has no link, or a link no batch
	AuditHeadMismatch AuditFaultKind = "HEAD_MISMATCH" // the head that was kept outside is not of this trail
)

// AuditFault is one fault, and where it is.
type AuditFault struct {
	Kind     AuditFaultKind
	Sequence int64
	EntryID  *ID // the entry, where it can be told
	Text     string
}

// AuditVerification is what looking through a part of the trail has found.
type AuditVerification struct {
	Links   int
	Entries int
	Through int64 // the last sequence looked at
	Done    bool  // nothing is left after Through
	Faults  []*AuditFault
}

// Intact tells whether no fault was found.
func (v *AuditVerification) Intact() bool { return len(v.Faults) == 0 }
