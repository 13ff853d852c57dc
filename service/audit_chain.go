package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// auditFormat is of the canonical bytes below, and of what store lists of facts.
const auditFormat = 1

// digestWidth is how much of an entry's digest a link keeps, to tell which entry
// is not what it was. The link's hash is over the whole digests.
const digestWidth = 8

// canonical writes fields one after another so that no two lists of fields are
// written alike: each with its length before it, and one that is absent as such.
type canonical struct{ bytes.Buffer }

func (c *canonical) number(n int64) {
	c.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func (c *canonical) field(b []byte) {
	if b == nil {
		c.number(-1)
		return
	}
	c.number(int64(len(b)))
	c.Write(b)
}

func (c *canonical) text(s string) { c.field([]byte(s)) }

func (c *canonical) instant(at time.Time) { c.number(at.UnixMicro()) }

// digestOf is the SHA-256 of an entry's canonical bytes: all that is kept of it,
// and the digest of the facts that it names.
func digestOf(e *model.AuditEntry) [sha256.Size]byte {
	var c canonical
	c.number(auditFormat)
	c.number(e.Xid)
	c.number(e.Number)
	c.instant(e.At)
	if e.ActorID == nil {
		c.field(nil)
	} else {
		c.text(e.ActorID.Key)
	}
	for _, s := range []string{e.ActorName, e.Operation, e.Reason, string(e.Kind), string(e.ObjectID.Kind), e.ObjectID.Key} {
		c.text(s)
	}
	if e.LastID == nil {
		c.field(nil)
	} else {
		c.text(e.LastID.Key)
	}
	c.field(e.Before)
	c.field(e.After)
	c.field(e.Facts)
	// Only where somebody acted for another: what comes after tells such an entry
	// from every other, whose bytes are as they were before there were any.
	if e.OnBehalfOfID != nil || e.DelegationID != nil {
		for _, id := range []*model.ID{e.OnBehalfOfID, e.DelegationID} {
			if id == nil {
				c.field(nil)
			} else {
				c.text(id.Key)
			}
		}
	}
	return sha256.Sum256(c.Bytes())
}

// firstPrevious stands for the link before a tenant's first: so that the trail of
// one tenant is not another's.
func firstPrevious(tenant uuid.UUID) []byte {
	sum := sha256.Sum256(append([]byte("spm audit trail of "), tenant[:]...))
	return sum[:]
}

// linkOf chains a sealed batch: its hash is the SHA-256 of the hash before, the
// batch, and the digests of its entries in order.
func linkOf(tenant uuid.UUID, previous []byte, seal model.ReadPoint, entries []*model.AuditEntry) *model.AuditLink {
	if previous == nil {
		previous = firstPrevious(tenant)
	}
	link := &model.AuditLink{Sequence: seal.Sequence, Horizon: seal.Horizon, SealedAt: seal.At, Format: auditFormat, Previous: previous, Digests: []byte{}}
	var c canonical
	c.number(auditFormat)
	c.field(previous)
	c.field(tenant[:])
	c.number(seal.Sequence)
	c.number(seal.Horizon)
	c.instant(seal.At)
	c.number(int64(len(entries)))
	for _, e := range entries {
		digest := digestOf(e)
		c.Write(digest[:])
		link.Digests = append(link.Digests, digest[:digestWidth]...)
	}
	sum := sha256.Sum256(c.Bytes())
	link.Hash = sum[:]
	return link
}
