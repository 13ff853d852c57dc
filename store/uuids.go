package store

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// binaries has a connection carry uuid.UUID as its sixteen bytes, and read numbers
// (numerics). Without it pgx takes each through the text of database/sql, an array's
// one by one.
func binaries(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	ReadNumerics(types)
	types.TryWrapEncodePlanFuncs = slices.Insert(types.TryWrapEncodePlanFuncs, 0, pgtype.TryWrapEncodePlanFunc(wrapUUIDWrite))
	types.TryWrapScanPlanFuncs = slices.Insert(types.TryWrapScanPlanFuncs, 0, pgtype.TryWrapScanPlanFunc(wrapUUIDRead))
	return nil
}

// wireUUID is a uuid.UUID as pgx's codec of uuid knows it.
type wireUUID uuid.UUID

// UUIDValue writes an argument.
func (u wireUUID) UUIDValue() (pgtype.UUID, error) { return pgtype.UUID{Bytes: u, Valid: true}, nil }

// ScanUUID reads a column. The zero is what database/sql makes of null, too.
func (u *wireUUID) ScanUUID(v pgtype.UUID) error {
	*u = v.Bytes
	return nil
}

func wrapUUIDWrite(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	u, is := value.(uuid.UUID)
	if !is {
		return nil, nil, false
	}
	return new(uuidWrite), wireUUID(u), true
}

type uuidWrite struct{ next pgtype.EncodePlan }

// SetNext is called by pgx with the codec's plan.
func (p *uuidWrite) SetNext(next pgtype.EncodePlan) { p.next = next }

// Encode writes one value.
func (p *uuidWrite) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(wireUUID(value.(uuid.UUID)), buf)
}

func wrapUUIDRead(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	switch u := target.(type) {
	case *uuid.UUID:
		return new(uuidRead), (*wireUUID)(u), true
	case **uuid.UUID:
		return new(uuidOrNull), new(wireUUID), true
	}
	return nil, nil, false
}

type uuidRead struct{ next pgtype.ScanPlan }

// SetNext is called by pgx with the codec's plan.
func (p *uuidRead) SetNext(next pgtype.ScanPlan) { p.next = next }

// Scan reads one value.
func (p *uuidRead) Scan(src []byte, target any) error {
	return p.next.Scan(src, (*wireUUID)(target.(*uuid.UUID)))
}

type uuidOrNull struct{ next pgtype.ScanPlan }

// SetNext is called by pgx with the codec's plan.
func (p *uuidOrNull) SetNext(next pgtype.ScanPlan) { p.next = next }

// Scan reads one value, nil where there is none.
func (p *uuidOrNull) Scan(src []byte, target any) error {
	into := target.(**uuid.UUID)
	if *into = nil; src == nil {
		return nil
	}
	u := new(uuid.UUID)
	*into = u
	return p.next.Scan(src, (*wireUUID)(u))
}
