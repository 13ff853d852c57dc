package service

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"spm/model"
	"spm/service/document"
)

// documentRows bounds each list of a statement's document, and its ledger's
// entries together.
const documentRows = 2000

// StatementDocument writes a statement as a page or PDF; nil where it has no
// ledger, or the scope does not reach all of it.
func (s *Service) StatementDocument(ctx context.Context, scope model.Scope, statement *model.Statement, format model.StatementFormat) (*model.StatementDocument, error) {
	if statement.Balance == nil || !statement.Complete {
		return nil, nil
	}
	d, err := s.draft(ctx, scope, statement)
	if err != nil {
		return nil, err
	}
	view := d.view()
	name := fileName("statement-" + d.period.Name + "-" + d.payee.ExternalID)
	if format == model.FormatPDF {
		pdf, err := document.PDF(view)
		return &model.StatementDocument{
			MediaType: "application/pdf", FileName: name + ".pdf", Encoding: model.EncodingBase64, Content: base64.StdEncoding.EncodeToString(pdf),
		}, err
	}
	page, err := document.Page(view)
	return &model.StatementDocument{MediaType: "text/html; charset=utf-8", FileName: name + ".html", Encoding: model.EncodingText, Content: page}, err
}

// fileName keeps of a name what every file system takes.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-", r)) {
			return r
		}
		return '-'
	}, name)
	return safe[:min(len(safe), 120)]
}

// draft is what a statement's document is made of.
type draft struct {
	statement  *model.Statement
	ledger     *model.Balance
	company    *model.Tenant
	payee      *model.Payee
	period     *model.Period
	run        *model.CalculationRun
	sections   []*model.StatementSection
	earnings   []*model.Earning
	payments   []*model.Payment
	answer     *model.StatementAnswer
	periods    map[model.ID]*model.Period // that entries and holds come from
	components map[model.ID]string        // their names
	plans      map[model.ID]*model.Plan
	corrected  map[model.ID][]*model.Correction // what is adjusted of closed periods
	currencies []model.CurrencyCode             // in which it has amounts
}

// draft reads what a document shows. What belongs to the payee is read as far as
// the scope reaches; words that explain it (names of periods, plans, components)
// as they are.
func (s *Service) draft(ctx context.Context, scope model.Scope, statement *model.Statement) (*draft, error) {
	d := &draft{statement: statement, ledger: statement.Balance, components: map[model.ID]string{}}
	of, in, run := ids(&statement.PayeeID), ids(&statement.PeriodID), ids(&statement.Balance.RunID)
	all := model.Unbounded(scope.Tenant, scope.Read)
	payees, err := s.Store.PayeesByID(ctx, scope, of)
	if err != nil {
		return nil, err
	}
	periods, err := s.Store.PeriodsByID(ctx, all, in)
	if err != nil {
		return nil, err
	}
	runs, err := s.Store.RunsByID(ctx, all, run)
	if err != nil {
		return nil, err
	}
	d.payee, d.period, d.run = payees[statement.PayeeID], periods[statement.PeriodID], runs[statement.Balance.RunID]
	if d.payee == nil || d.period == nil || d.run == nil {
		return nil, fmt.Errorf("statement %s: its payee, period or run is not to be found", statement.ID)
	}
	if d.company, err = s.Store.TenantOf(ctx, all); err != nil {
		return nil, err
	}
	if d.sections, err = s.Sections(ctx, scope, d.ledger); err != nil {
		return nil, err
	}
	if d.earnings, err = s.Store.Earnings(ctx, scope, statement.Where); err != nil {
		return nil, err
	}
	if d.payments, err = s.Store.PaymentsOf(ctx, scope, of, in); err != nil {
		return nil, err
	}
	if d.answer, err = s.StatementAnswer(ctx, scope, statement); err != nil {
		return nil, err
	}
	if d.answer != nil {
		d.answer.Current = d.answer.RunID == d.ledger.RunID
	}
	if d.corrected, err = s.corrected(ctx, scope, d.ledger); err != nil {
		return nil, err
	}
	d.currencies = d.currenciesOf()
	return d, s.name(ctx, all, d)
}

// name finds the words for what the document's rows come from.
func (s *Service) name(ctx context.Context, all model.Scope, d *draft) error {
	var periods, plans, versions []model.ID
	for i := range d.ledger.Entries {
		if e := &d.ledger.Entries[i]; e.OriginID != nil {
			periods = append(periods, *e.OriginID)
		}
	}
	for _, holds := range [][]model.Hold{d.ledger.Before.Holds, d.ledger.After.Holds} {
		for i := range holds {
			if !holds[i].ComponentID.IsZero() {
				periods, versions = append(periods, holds[i].OriginID), append(versions, holds[i].VersionID)
			}
		}
	}
	for _, e := range d.earnings {
		periods, plans = append(periods, e.PeriodID), append(plans, e.PlanID)
		d.components[e.ComponentID] = e.ComponentName
	}
	var err error
	if d.periods, err = s.Store.PeriodsByID(ctx, all, unique(periods)); err != nil {
		return err
	}
	if d.plans, err = s.Store.PlansByID(ctx, all, unique(plans)); err != nil {
		return err
	}
	versions = unique(versions)
	found, err := s.Store.PlanVersionsByID(ctx, all, versions)
	for _, id := range versions {
		v := found[id]
		if v == nil {
			continue
		}
		for i := range v.Components {
			id := model.ComponentID(v.PlanID, v.Components[i].Key)
			if d.components[id] == "" {
				d.components[id] = v.Components[i].Name
			}
		}
	}
	return err
}

func unique(all []model.ID) []model.ID {
	seen := map[model.ID]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(id model.ID) bool {
		was := seen[id]
		seen[id] = true
		return was
	})
}

// currenciesOf lists the currencies of the document's amounts in their order, the
// one that the payee is paid in where there is none.
func (d *draft) currenciesOf() []model.CurrencyCode {
	var out []model.CurrencyCode
	add := func(c model.CurrencyCode) {
		if c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for i := range d.ledger.Entries {
		add(d.ledger.Entries[i].Amount.Currency)
	}
	for _, b := range []*model.Brought{&d.ledger.Before, &d.ledger.After} {
		for _, t := range Standing(b) {
			add(t.Amount.Currency)
		}
	}
	for _, e := range d.earnings {
		add(e.Amount.Currency)
	}
	if len(out) == 0 {
		for _, slice := range d.payee.Slices {
			if slice.Days.From < d.period.Days.To || len(out) == 0 {
				out = []model.CurrencyCode{slice.Currency}
			}
		}
	}
	slices.Sort(out)
	return out
}

// amount writes an amount as the document's columns have it: with its currency
// where there are several.
func (d *draft) amount(m model.Money) string {
	if len(d.currencies) > 1 {
		return document.Money(m)
	}
	return document.Amount(m)
}

// figures is a column of amounts.
func (d *draft) figures(name string) document.Column {
	if len(d.currencies) == 1 {
		name += ", " + string(d.currencies[0])
	}
	return document.Column{Name: name, Number: true}
}

// componentName gives the name of a component, its key where that is not known.
func (d *draft) componentName(id *model.ID, key string) string {
	if id == nil {
		return key
	}
	return cmp.Or(d.components[*id], key)
}

// periodOf names the period that something comes from, where it is not the
// statement's own.
func (d *draft) periodOf(id *model.ID) string {
	if id == nil || *id == d.statement.PeriodID || d.periods[*id] == nil {
		return ""
	}
	return d.periods[*id].Name
}
