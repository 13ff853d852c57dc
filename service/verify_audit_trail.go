package service

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/google/uuid"

	"spm/model"
)

// The bounds of one look through a trail.
const (
	MaxAuditLinks     = 10_000
	defaultAuditLinks = 1_000
	maxAuditFaults    = 100
	auditBatch        = 100
)

// AuditHeadInput is a head that was kept outside.
type AuditHeadInput struct {
	Sequence int64
	Hash     string
}

// VerifyAuditTrailInput says which part of a trail is looked through.
type VerifyAuditTrailInput struct {
	After *int64
	Links *int
	Heads []*AuditHeadInput
}

// AuditHead gives the newest link of a tenant's trail, signed where the server has
// a key; nil before the first.
func (s *Service) AuditHead(ctx context.Context, scope model.Scope) (*model.AuditHead, error) {
	last, err := s.Store.LastAuditLink(ctx, scope, math.MaxInt64)
	if err != nil || last == nil {
		return nil, err
	}
	head := &model.AuditHead{Sequence: last.Sequence, Hash: hex.EncodeToString(last.Hash), At: last.SealedAt}
	if s.auditKey != nil {
		signature := base64.RawURLEncoding.EncodeToString(s.auditKey.SignBytes(headText(scope.Tenant, head)))
		id, keys := s.auditKey.ID(), string(s.auditKey.JWKS())
		head.Signature, head.KeyThumbprint, head.KeySet = &signature, &id, &keys
	}
	return head, nil
}

// headText is what the signature of a head is over.
func headText(tenant uuid.UUID, head *model.AuditHead) []byte {
	return fmt.Appendf(nil, "spm audit head\n%s\n%d\n%s\n", model.UUIDs(model.KindTenant, tenant), head.Sequence, head.Hash)
}

// VerifyAuditTrail computes a part of a tenant's trail anew and compares.
func (s *Service) VerifyAuditTrail(ctx context.Context, scope model.Scope, input VerifyAuditTrailInput) (*model.AuditVerification, error) {
	after, links := int64(0), defaultAuditLinks
	if input.After != nil {
		after = *input.After
	}
	if input.Links != nil {
		links = *input.Links
	}
	if links < 1 || links > MaxAuditLinks {
		return nil, model.Errorf(model.BadUserInput, "input.links is 1 to %d", MaxAuditLinks)
	}
	if after < 0 {
		return nil, model.Errorf(model.BadUserInput, "input.after is 0 or more")
	}
	if len(input.Heads) > maxAuditFaults {
		return nil, model.Errorf(model.BadUserInput, "at most %d heads", maxAuditFaults)
	}
	v := &auditVerifier{s: s, scope: scope, heads: input.Heads, out: &model.AuditVerification{Through: after, Faults: []*model.AuditFault{}}}
	if err := v.start(ctx, after); err != nil {
		return nil, err
	}
	for v.out.Links < links && !v.out.Done && len(v.out.Faults) < maxAuditFaults {
		if err := v.batch(ctx, min(auditBatch, links-v.out.Links)); err != nil {
			return nil, err
		}
	}
	return v.out, v.compareHeads(ctx)
}

const lawTrail = "the audit trail is as it was chained"

// verifyTrail looks through the whole of a tenant's trail.
func (s *Service) verifyTrail(ctx context.Context, scope model.Scope) ([]model.Violation, error) {
	var found []model.Violation
	for links, after := MaxAuditLinks, int64(0); ; {
		seen, err := s.VerifyAuditTrail(ctx, scope, VerifyAuditTrailInput{After: &after, Links: &links})
		if err != nil {
			return nil, err
		}
		for _, f := range seen.Faults {
			found = append(found, model.Violation{Law: lawTrail, Detail: fmt.Sprintf("%d: %s", f.Sequence, f.Text)})
		}
		if seen.Done || after == seen.Through {
			return found, nil
		}
		after = seen.Through
	}
}

// auditVerifier walks along the seals with the links beside them.
type auditVerifier struct {
	s        *Service
	scope    model.Scope
	heads    []*AuditHeadInput
	previous []byte
	horizon  int64
	out      *model.AuditVerification
}

func (v *auditVerifier) fault(kind model.AuditFaultKind, sequence int64, entry *model.ID, format string, args ...any) {
	if len(v.out.Faults) < maxAuditFaults {
		v.out.Faults = append(v.out.Faults, &model.AuditFault{Kind: kind, Sequence: sequence, EntryID: entry, Text: fmt.Sprintf(format, args...)})
	}
}

// start takes what comes before from its own link: a trail is looked through from
// its beginning, or on from where a look before has ended.
func (v *auditVerifier) start(ctx context.Context, after int64) error {
	if after == 0 {
		return nil
	}
	before, err := v.s.Store.LastAuditLink(ctx, v.scope, after)
	switch {
	case err != nil:
		return err
	case before == nil || before.Sequence != after:
		v.fault(model.AuditLinkLost, after, nil, "there is no link %d to go on from", after)
	}
	if before != nil {
		v.previous, v.horizon = before.Hash, before.Horizon
	}
	return nil
}

// batch looks at the next links.
func (v *auditVerifier) batch(ctx context.Context, n int) error {
	seals, err := v.s.Store.Seals(ctx, v.scope, v.out.Through, n)
	if err != nil {
		return err
	}
	links, err := v.s.Store.AuditLinks(ctx, v.scope, v.out.Through, n)
	if err != nil {
		return err
	}
	if len(seals) == 0 && len(links) == 0 {
		v.out.Done = true
		return nil
	}
	at := func(i, j int) int64 {
		next := int64(math.MaxInt64)
		if i < len(seals) {
			next = seals[i].Sequence
		}
		if j < len(links) {
			next = min(next, links[j].Sequence)
		}
		return next
	}
	for i, j := 0, 0; (i < len(seals) || j < len(links)) && v.out.Links < MaxAuditLinks; {
		sequence := at(i, j)
		if sequence != v.out.Through+1 {
			v.fault(model.AuditLinkLost, v.out.Through+1, nil, "the batches after %d up to %d are gone", v.out.Through, sequence-1)
		}
		var seal *model.ReadPoint
		var link *model.AuditLink
		if i < len(seals) && seals[i].Sequence == sequence {
			seal, i = &seals[i], i+1
		}
		if j < len(links) && links[j].Sequence == sequence {
			link, j = links[j], j+1
		}
		if link == nil && j == len(links) && len(links) < n {
			v.out.Done = true // sealed, and not chained yet
			return nil
		}
		if err := v.compare(ctx, sequence, seal, link); err != nil {
			return err
		}
		v.out.Through = sequence
		v.out.Links++
		if i == len(seals) && len(seals) == n || j == len(links) && len(links) == n {
			return nil // the rest of the other list is read again
		}
	}
	v.out.Done = len(seals) < n && len(links) < n
	return nil
}

// compare computes one link anew.
func (v *auditVerifier) compare(ctx context.Context, sequence int64, seal *model.ReadPoint, link *model.AuditLink) error {
	switch {
	case link == nil:
		v.fault(model.AuditLinkLost, sequence, nil, "the sealed batch %d has no link, though later ones have", sequence)
		v.horizon, v.previous = seal.Horizon, nil
		return nil
	case seal == nil:
		v.fault(model.AuditLinkLost, sequence, nil, "the link %d has no sealed batch", sequence)
		seal = &model.ReadPoint{Sequence: link.Sequence, Horizon: link.Horizon, At: link.SealedAt}
	}
	entries, err := v.s.Store.AuditSegment(ctx, v.scope, v.horizon, seal.Horizon)
	if err != nil {
		return err
	}
	v.out.Entries += len(entries)
	anew := linkOf(v.scope.Tenant, v.previous, *seal, entries)
	if !bytes.Equal(anew.Hash, link.Hash) || !bytes.Equal(anew.Digests, link.Digests) || !bytes.Equal(anew.Previous, link.Previous) || link.Format != auditFormat || link.Horizon != seal.Horizon || !link.SealedAt.Equal(seal.At) {
		v.explain(sequence, entries, anew, link)
	}
	v.horizon, v.previous = seal.Horizon, link.Hash
	return nil
}

// explain tells what of a link is not as it was: by its entries' digests where
// they differ, otherwise the link itself.
func (v *auditVerifier) explain(sequence int64, entries []*model.AuditEntry, anew, link *model.AuditLink) {
	was, is := len(link.Digests)/digestWidth, len(entries)
	switch {
	case is < was:
		v.fault(model.AuditEntriesLost, sequence, v.firstOther(entries, anew, link), "%d entries were chained, %d are there", was, is)
	case is > was:
		v.fault(model.AuditEntriesAdded, sequence, v.firstOther(entries, anew, link), "%d entries were chained, %d are there", was, is)
	case !bytes.Equal(anew.Digests, link.Digests):
		for i, e := range entries {
			if at := i * digestWidth; !bytes.Equal(anew.Digests[at:at+digestWidth], link.Digests[at:at+digestWidth]) {
				v.fault(model.AuditEntryChanged, sequence, &e.ID, "entry %d of %d, of %s by %s at %s, or a fact that it names, is not what was chained", i+1, is, e.Operation, e.ActorName, e.At.Format("2006-01-02T15:04:05.000000Z07:00"))
			}
		}
	default:
		v.fault(model.AuditLinkBroken, sequence, nil, "the link does not follow from the batch and the link before it")
	}
}

// firstOther is the first entry that is not as chained, where there is one.
func (v *auditVerifier) firstOther(entries []*model.AuditEntry, anew, link *model.AuditLink) *model.ID {
	for i, e := range entries {
		at := i * digestWidth
		if at+digestWidth > len(link.Digests) || !bytes.Equal(anew.Digests[at:at+digestWidth], link.Digests[at:at+digestWidth]) {
			return &e.ID
		}
	}
	return nil
}

// compareHeads holds the heads that were kept outside against the links.
func (v *auditVerifier) compareHeads(ctx context.Context) error {
	for _, head := range v.heads {
		link, err := v.s.Store.LastAuditLink(ctx, v.scope, head.Sequence)
		if err != nil {
			return err
		}
		if link == nil || link.Sequence != head.Sequence || hex.EncodeToString(link.Hash) != head.Hash {
			v.fault(model.AuditHeadMismatch, head.Sequence, nil, "the head of %d that was kept is not of this trail: its end was cut off, or it was chained anew", head.Sequence)
		}
	}
	return nil
}
