package calc

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

func decPtr(text string) *decimal.Decimal {
	d := dec(text)
	return &d
}

func day(text string) model.Date {
	d, err := model.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func dayPtr(text string) *model.Date {
	d := day(text)
	return &d
}

// idOf gives a stable id of a name, so that tests can speak in names.
func idOf(kind model.Kind, name string) model.ID {
	return model.UUIDs(kind, uuid.NewSHA1(uuid.Nil, []byte(string(kind)+"/"+name)))
}

func idPtr(kind model.Kind, name string) *model.ID {
	id := idOf(kind, name)
	return &id
}

func attributes(pairs ...string) []model.Attribute {
	var out []model.Attribute
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, model.Attribute{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// testProducts is a tree that changed on 2026-07-01: GTX Pro moved from
// Hardware to Legacy.
func testProducts() []model.Product {
	before := model.Interval{From: model.MinDate, To: day("2026-07-01")}
	after := model.Interval{From: day("2026-07-01"), To: model.MaxDate}
	node := func(name string, aliases ...string) model.Product {
		return model.Product{ID: idOf(model.KindProduct, name), ExternalID: name, Name: "The " + name, Aliases: aliases,
			Slices: []model.TreeSlice{{Days: model.Always}}}
	}
	pro := node("GTX Pro", "GTXPro", "gtx-pro")
	pro.Slices = []model.TreeSlice{
		{Days: after, ParentID: idPtr(model.KindProduct, "Legacy"), Attributes: attributes("family", "old")},
		{Days: before, ParentID: idPtr(model.KindProduct, "Hardware"), Attributes: attributes("family", "gtx")},
	}
	hardware := node("Hardware")
	hardware.Slices[0].ParentID = idPtr(model.KindProduct, "All")
	return []model.Product{pro, node("Legacy"), hardware, node("All")}
}

func testRows(t testing.TB) (*TransactionRow, *CreditRow) {
	t.Helper()
	products, err := NewProductCatalogue(testProducts())
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := NewAccountCatalogue([]model.Account{{ID: idOf(model.KindAccount, "ACME"), ExternalID: "ACME", Name: "Acme Ltd",
		Slices: []model.TreeSlice{{Days: model.Always, Attributes: attributes("tier", "gold")}}}})
	if err != nil {
		t.Fatal(err)
	}
	hierarchy, err := NewHierarchy(
		[]model.Title{{ID: idOf(model.KindTitle, "AE"), ExternalID: "AE"}},
		[]model.Position{{ID: idOf(model.KindPosition, "P1"), ExternalID: "P1", Slices: []model.PositionSlice{
			{Days: model.Always, TitleID: idPtr(model.KindTitle, "AE"), Attributes: attributes("region", "North")}}}},
		[]model.Payee{{ID: idOf(model.KindPayee, "ann"), ExternalID: "ann", Slices: []model.PayeeSlice{
			{Days: model.Always, Attributes: attributes("grade", "7")}}}},
		nil)
	if err != nil {
		t.Fatal(err)
	}
	transaction := &model.Transaction{
		Source: "crm", ExternalID: "T-1", OrderID: "O-1", Line: "2", Kind: "BOOKING", EventDate: day("2026-03-31"),
		BookedDate: dayPtr("2026-04-02"), Amount: dec("1250.50"), Currency: "USD", Quantity: decPtr("3"),
		Product: "GTXPro", Account: "Acme Ltd", Attributes: attributes("segment", "Enterprise", "points", "12.5", "day", "2026-02-28", "bad", "x1"),
	}
	row := &TransactionRow{Transaction: transaction, Date: transaction.EventDate, Products: products, Accounts: accounts}
	credit := &model.Credit{PositionID: idOf(model.KindPosition, "P1"), PayeeID: idPtr(model.KindPayee, "ann"), Kind: model.CreditDirect,
		Share: dec("0.5"), Amount: dec("625.25"), Currency: "USD", Quantity: decPtr("1.5"), Date: day("2026-08-01"), Level: 0}
	return row, &CreditRow{TransactionRow: *row, Credit: credit, CreditType: "REVENUE", Hierarchy: hierarchy}
}
