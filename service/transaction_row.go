package service

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"spm/model"
)

// TransactionInput is one row of a batch, as texts: what does not fit rejects
// this row only.
type TransactionInput struct {
	Source         *string               `json:",omitempty"`
	ExternalID     *string               `json:",omitempty"`
	SourceRevision *string               `json:",omitempty"`
	OrderID        *string               `json:",omitempty"`
	Line           *string               `json:",omitempty"`
	Kind           *string               `json:",omitempty"`
	EventDate      *string               `json:",omitempty"`
	BookedDate     *string               `json:",omitempty"`
	InvoicedDate   *string               `json:",omitempty"`
	PaidDate       *string               `json:",omitempty"`
	GoLiveDate     *string               `json:",omitempty"`
	Amount         *string               `json:",omitempty"`
	Currency       *string               `json:",omitempty"`
	Quantity       *string               `json:",omitempty"`
	Margin         *string               `json:",omitempty"`
	Product        *string               `json:",omitempty"`
	Account        *string               `json:",omitempty"`
	Sellers        []*SellerInput        `json:",omitempty"`
	RelatesTo      *TransactionLinkInput `json:",omitempty"`
	Attributes     []*RowAttributeInput  `json:",omitempty"`
	Sequence       *string               `json:",omitempty"`
}

// SellerInput names a seller by the external id of a payee or of a position.
type SellerInput struct {
	Payee    *string `json:",omitempty"`
	Position *string `json:",omitempty"`
	Share    *string `json:",omitempty"`
	Weight   *string `json:",omitempty"`
}

// TransactionLinkInput points at another transaction of the same source.
type TransactionLinkInput struct {
	Type       model.LinkType
	ExternalID *string
}

// RowAttributeInput is a named text of a row.
type RowAttributeInput struct {
	Name  *string
	Value *string
}

// The bounds of a row's texts and lists.
const (
	maxSource  = 100
	maxSellers = 200
)

// rowReader turns a row's texts into values and notes what is wrong.
type rowReader struct {
	errs model.UserErrors
	path string // "input.transactions.7."
}

// readRow turns a row into a transaction with its content's hash. What is not
// known to the tenant (kind, product, seller) is for crediting to say.
func readRow(path string, in *TransactionInput) (*model.Transaction, model.UserErrors) {
	r := &rowReader{path: path + "."}
	t := &model.Transaction{
		Source:         r.key("source", in.Source, maxSource),
		ExternalID:     r.key("externalId", in.ExternalID, maxKey),
		SourceRevision: r.whole("sourceRevision", in.SourceRevision, 0),
		OrderID:        r.text("orderId", in.OrderID, maxKey),
		Line:           r.text("line", in.Line, maxKey),
		Kind:           r.key("kind", in.Kind, maxKey),
		EventDate:      r.neededDate("eventDate", in.EventDate),
		BookedDate:     r.date("bookedDate", in.BookedDate),
		InvoicedDate:   r.date("invoicedDate", in.InvoicedDate),
		PaidDate:       r.date("paidDate", in.PaidDate),
		GoLiveDate:     r.date("goLiveDate", in.GoLiveDate),
		Amount:         r.neededDecimal("amount", in.Amount),
		Currency:       r.currency("currency", in.Currency),
		Quantity:       r.decimal("quantity", in.Quantity),
		Margin:         r.decimal("margin", in.Margin),
		Product:        r.text("product", in.Product, maxKey),
		Account:        r.text("account", in.Account, maxKey),
		Sellers:        r.sellers(in.Sellers),
		Attributes:     r.attributes(in.Attributes),
		Sequence:       r.whole("sequence", in.Sequence, -1<<63),
	}
	if in.RelatesTo != nil {
		t.RelatesTo = &model.TransactionLink{Type: in.RelatesTo.Type, ExternalID: r.key("relatesTo.externalId", in.RelatesTo.ExternalID, maxKey)}
		if t.RelatesTo.ExternalID == t.ExternalID && t.ExternalID != "" {
			r.add(model.UserCycle, "relatesTo.externalId", "a transaction does not relate to itself")
		}
	}
	if len(r.errs) > 0 {
		return t, r.errs
	}
	t.ContentHash = revisionHash(t)
	return t, nil
}

func (r *rowReader) add(code model.UserErrorCode, field, format string, args ...any) {
	r.errs.Add(code, r.path+field, format, args...)
}

// text gives a text of at most so many characters, empty where it is absent.
func (r *rowReader) text(field string, v *string, most int) string {
	switch {
	case v == nil:
		return ""
	case strings.IndexByte(*v, 0) >= 0:
		r.add(model.UserInvalid, field, "this must be a text, as a JSON string without NUL")
	case utf8.RuneCountInString(*v) > most:
		r.add(model.UserTooLong, field, "this has at most %d characters", most)
	default:
		return *v
	}
	return ""
}

// key gives a text that is needed.
func (r *rowReader) key(field string, v *string, most int) string {
	if v == nil || *v == "" {
		r.add(model.UserRequired, field, "this is needed")
		return ""
	}
	text := r.text(field, v, most)
	if strings.TrimSpace(text) != text {
		r.add(model.UserInvalid, field, "this begins or ends with space")
	}
	return text
}

// absent tells whether an optional value is not given: null or the empty text.
func absent(v *string) bool { return v == nil || *v == "" }

func (r *rowReader) whole(field string, v *string, least int64) int64 {
	if absent(v) {
		return 0
	}
	n, err := strconv.ParseInt(*v, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != *v || n < least {
		r.add(model.UserInvalid, field, "this is a whole number of at most 64 bits%s, as a string", map[bool]string{true: " that is not negative"}[least == 0])
		return 0
	}
	return n
}

func (r *rowReader) date(field string, v *string) *model.Date {
	if absent(v) {
		return nil
	}
	d, err := model.ParseDate(*v)
	if err != nil {
		r.add(model.UserInvalid, field, "a date is written YYYY-MM-DD and must exist")
		return nil
	}
	return &d
}

func (r *rowReader) neededDate(field string, v *string) model.Date {
	if absent(v) {
		r.add(model.UserRequired, field, "this is needed")
		return 0
	}
	if d := r.date(field, v); d != nil {
		return *d
	}
	return 0
}

func (r *rowReader) decimal(field string, v *string) *decimal.Decimal {
	if absent(v) {
		return nil
	}
	d, err := model.ParseDecimal(*v)
	if err != nil {
		r.add(model.UserInvalid, field, "%s", err)
		return nil
	}
	return &d
}

func (r *rowReader) neededDecimal(field string, v *string) decimal.Decimal {
	if absent(v) {
		r.add(model.UserRequired, field, "this is needed")
	} else if d := r.decimal(field, v); d != nil {
		return *d
	}
	return decimal.Decimal{}
}

func (r *rowReader) currency(field string, v *string) model.CurrencyCode {
	if absent(v) {
		r.add(model.UserRequired, field, "this is needed")
		return ""
	}
	code, err := model.ParseCurrencyCode(*v)
	if err != nil {
		r.add(model.UserInvalid, field, "%s", err)
	}
	return code
}

func (r *rowReader) sellers(given []*SellerInput) []model.Seller {
	if len(given) > maxSellers {
		r.add(model.UserTooMany, "sellers", "at most %d sellers", maxSellers)
		return nil
	}
	var out []model.Seller
	named := map[model.Seller]bool{}
	shares, weights := 0, 0
	for i, in := range given {
		at := "sellers." + strconv.Itoa(i)
		s := model.Seller{Payee: r.text(at+".payee", in.Payee, maxKey), Position: r.text(at+".position", in.Position, maxKey)}
		switch {
		case (s.Payee == "") == (s.Position == ""):
			r.add(model.UserRequired, at, "a seller is named by either payee or position")
		case named[s]:
			r.add(model.UserDuplicateInput, at, "the seller stands twice")
		}
		named[s] = true
		if s.Share = r.part(at+".share", in.Share); s.Share != nil {
			shares++
		}
		if s.Weight = r.part(at+".weight", in.Weight); s.Weight != nil {
			weights++
		}
		out = append(out, s)
	}
	if len(r.errs) == 0 && (shares > 0 || weights > 0) && shares != len(out) && weights != len(out) || shares > 0 && weights > 0 {
		r.add(model.UserInvalid, "sellers", "give a share on every seller, or a weight on every seller, or neither")
	}
	return out
}

func (r *rowReader) part(field string, v *string) *decimal.Decimal {
	d := r.decimal(field, v)
	if d != nil && d.IsNegative() {
		r.add(model.UserInvalid, field, "a share or weight is not negative")
	}
	return d
}

func (r *rowReader) attributes(given []*RowAttributeInput) []model.Attribute {
	if len(given) > maxAttributes {
		r.add(model.UserTooMany, "attributes", "at most %d attributes", maxAttributes)
		return nil
	}
	var out []model.Attribute
	for i, in := range given {
		at := fmt.Sprintf("attributes.%d", i)
		a := model.Attribute{Name: r.key(at+".name", in.Name, 64), Value: r.text(at+".value", in.Value, 1000)}
		if slices.ContainsFunc(out, func(b model.Attribute) bool { return b.Name == a.Name }) && a.Name != "" {
			r.add(model.UserDuplicateInput, at+".name", "the attribute stands twice")
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b model.Attribute) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// revisionHash is the hash of all that a revision says but its number: two
// revisions that say the same have the same, however their numbers were
// written. The order of sellers counts, that of attributes does not.
func revisionHash(t *model.Transaction) [32]byte {
	b := make([]byte, 0, 512)
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(d *decimal.Decimal) {
		if d == nil {
			b = append(b, 0)
			return
		}
		b = append(b, 1)
		text(d.String())
	}
	for _, s := range []string{t.Source, t.ExternalID, t.OrderID, t.Line, t.Kind, string(t.Currency), t.Product, t.Account} {
		text(s)
	}
	for _, d := range []*model.Date{&t.EventDate, t.BookedDate, t.InvoicedDate, t.PaidDate, t.GoLiveDate} {
		if d == nil {
			b = append(b, 0)
			continue
		}
		b = binary.AppendVarint(append(b, 1), int64(*d))
	}
	number(&t.Amount)
	number(t.Quantity)
	number(t.Margin)
	b = binary.AppendUvarint(b, uint64(len(t.Sellers)))
	for i := range t.Sellers {
		text(t.Sellers[i].Payee)
		text(t.Sellers[i].Position)
		number(t.Sellers[i].Share)
		number(t.Sellers[i].Weight)
	}
	b = append(b, 0)
	if t.RelatesTo != nil {
		b[len(b)-1] = 1
		text(string(t.RelatesTo.Type))
		text(t.RelatesTo.ExternalID)
	}
	b = binary.AppendUvarint(b, uint64(len(t.Attributes)))
	for _, a := range t.Attributes {
		text(a.Name)
		text(a.Value)
	}
	b = binary.AppendVarint(b, t.Sequence)
	return sha256.Sum256(b)
}
