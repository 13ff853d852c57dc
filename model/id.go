package model

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"
)

// Kind names the noun that an ID points at; it is the ID's prefix.
type Kind string

// The kinds of noun that have a global id.
const (
	KindTenant             Kind = "tenant"
	KindUser               Kind = "user"
	KindAPIKey             Kind = "apikey"
	KindDelegation         Kind = "delegation"
	KindIssuer             Kind = "issuer"
	KindTitle              Kind = "title"
	KindPosition           Kind = "position"
	KindPayee              Kind = "payee"
	KindPositionAssignment Kind = "seat"
	KindTeam               Kind = "team"
	KindFiscalCalendar     Kind = "calendar"
	KindPeriod             Kind = "period"
	KindFXRate             Kind = "fxrate"
	KindProduct            Kind = "product"
	KindAccount            Kind = "account"
	KindTransactionKind    Kind = "txnkind"
	KindTransaction        Kind = "txn"
	KindCreditType         Kind = "credittype"
	KindCreditingRule      Kind = "rule"
	KindCredit             Kind = "credit"
	KindCreditingException Kind = "exception"
	KindMeasure            Kind = "measure"
	KindMeasureValue       Kind = "measurevalue"
	KindActivity           Kind = "activity"
	KindQuota              Kind = "quota"
	KindRateTable          Kind = "ratetable"
	KindPlan               Kind = "plan"
	KindPlanVersion        Kind = "planversion"
	KindComponent          Kind = "component"
	KindPlanAssignment     Kind = "planassignment"
	KindParameterValue     Kind = "parametervalue"
	KindCalculationRun     Kind = "run"
	KindEarning            Kind = "earning"
	KindStatement          Kind = "statement"
	KindProblem            Kind = "problem"
	KindEarningCode        Kind = "earningcode"
	KindPayAdjustment      Kind = "adjustment"
	KindOpeningEntry       Kind = "opening"
	KindHoldRelease        Kind = "release"
	KindStatementAnswer    Kind = "answer"
	KindPeriodStep         Kind = "periodstep"
	KindPayment            Kind = "payment"
	KindAuditEntry         Kind = "audit"
	KindClientApplication  Kind = "application"
	KindTrustedDocument    Kind = "document"
)

// widths says how many bytes stand behind a kind's prefix where it is not one
// UUID (16).
var widths = map[Kind]int{
	KindTransaction:        8,
	KindCredit:             8,
	KindCreditingException: 8,
	KindActivity:           8,
	KindEarning:            64, // payee, position, period, component
	KindStatement:          32, // payee, period
	KindProblem:            64,
}

var kinds = func() map[Kind]int {
	all := map[Kind]int{}
	for _, k := range []Kind{
		KindTenant, KindUser, KindAPIKey, KindDelegation, KindIssuer, KindTitle, KindPosition, KindPayee, KindPositionAssignment, KindTeam, KindFiscalCalendar,
		KindPeriod, KindFXRate, KindProduct, KindAccount, KindTransactionKind, KindTransaction, KindCreditType,
		KindCreditingRule, KindCredit, KindCreditingException, KindMeasure, KindMeasureValue, KindQuota, KindRateTable,
		KindPlan, KindPlanVersion, KindComponent, KindPlanAssignment, KindParameterValue, KindCalculationRun, KindEarning, KindStatement, KindProblem,
		KindEarningCode, KindPayAdjustment, KindOpeningEntry, KindHoldRelease, KindStatementAnswer, KindPeriodStep, KindPayment, KindAuditEntry,
		KindClientApplication, KindTrustedDocument,
	} {
		all[k] = 16
	}
	maps.Copy(all, widths)
	return all
}()

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ID is a global object identifier: a kind and the raw bytes of its key (one
// UUID, several, or a big-endian int64). It is comparable; its text is opaque
// by contract.
type ID struct {
	Kind Kind
	Key  string
}

// UUIDs makes an ID whose key is the given UUIDs in order.
func UUIDs(kind Kind, ids ...uuid.UUID) ID {
	key := make([]byte, 0, 16*len(ids))
	for _, id := range ids {
		key = append(key, id[:]...)
	}
	return ID{Kind: kind, Key: string(key)}
}

// IntID makes an ID whose key is one int64.
func IntID(kind Kind, n int64) ID {
	return ID{Kind: kind, Key: string(binary.BigEndian.AppendUint64(nil, uint64(n)))}
}

// UUID gives the first UUID of the key, or the nil UUID where there is none.
func (id ID) UUID() uuid.UUID { return id.UUIDAt(0) }

// UUIDAt gives the i-th UUID of the key, or the nil UUID where there is none.
func (id ID) UUIDAt(i int) uuid.UUID {
	var out uuid.UUID
	if len(id.Key) >= 16*(i+1) {
		copy(out[:], id.Key[16*i:])
	}
	return out
}

// Int gives the int64 of the key, or 0 where it holds none.
func (id ID) Int() int64 {
	if len(id.Key) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64([]byte(id.Key)))
}

// IsZero tells whether the ID was never set.
func (id ID) IsZero() bool { return id == ID{} }

// String writes the kind, an underscore and the key in base32.
func (id ID) String() string {
	return string(id.Kind) + "_" + idEncoding.EncodeToString([]byte(id.Key))
}

// ParseID reads what String wrote. Any other text is an error; a well-formed
// id of something that does not exist is not.
func ParseID(text string) (ID, error) {
	prefix, rest, found := strings.Cut(text, "_")
	width, known := kinds[Kind(prefix)]
	if !found || !known || len(rest) != idEncoding.EncodedLen(width) {
		return ID{}, fmt.Errorf("not an id")
	}
	key, err := idEncoding.DecodeString(rest)
	if err != nil || idEncoding.EncodeToString(key) != rest {
		return ID{}, fmt.Errorf("not an id")
	}
	return ID{Kind: Kind(prefix), Key: string(key)}, nil
}

// MarshalText writes what String writes.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseID reads.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
