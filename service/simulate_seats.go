package service

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// assignPosition gives a position as assignPosition does.
func (w *whatIf) assignPosition(path string, input *AssignPositionInput) error {
	id, err := newID(model.KindPositionAssignment)
	if err != nil {
		return err
	}
	before := len(w.errs)
	seat := model.PositionAssignment{
		ID: id, ExternalID: or(input.ExternalID, id.String()), PayeeID: input.PayeeID, PositionID: input.PositionID,
		Days: checkDays(&w.errs, path+".endDate", &input.StartDate, input.EndDate),
	}
	payee := needed(&w.errs, path+".payeeId", &input.PayeeID, byID(w.book.Payees, func(p *model.Payee) model.ID { return p.ID }))
	position := needed(&w.errs, path+".positionId", &input.PositionID, byID(w.book.Positions, func(p *model.Position) model.ID { return p.ID }))
	if len(w.errs) > before {
		return nil
	}
	if checkOverlap(&w.errs, path+".startDate", &seat, w.book.Seats); len(w.errs) > before {
		return nil
	}
	w.book.Seats = append(slices.Clone(w.book.Seats), seat)
	w.seats = append(w.seats, ofSeat(seat.Days, payee, position))
	return nil
}

// endSeat ends who holds a position as endPositionAssignment does.
func (w *whatIf) endSeat(path string, given *SimulatedEndInput) {
	found := needed(&w.errs, path+".id", &given.ID, byID(w.book.Seats, func(a *model.PositionAssignment) model.ID { return a.ID }))
	if found == nil {
		return
	}
	seat := *found
	seat.Days.To = model.MaxDate
	if given.EndDate != nil {
		seat.Days.To = min(given.EndDate.AddDays(1), model.MaxDate)
	}
	others := slices.DeleteFunc(slices.Clone(w.book.Seats), func(a model.PositionAssignment) bool { return a.ID == seat.ID })
	if !seat.Days.Empty() {
		before := len(w.errs)
		if checkOverlap(&w.errs, path+".endDate", &seat, others); len(w.errs) > before {
			return
		}
		others = append(others, seat)
	}
	w.book.Seats = others
	payees, positions := byID(w.book.Payees, func(p *model.Payee) model.ID { return p.ID }), byID(w.book.Positions, func(p *model.Position) model.ID { return p.ID })
	w.seats = append(w.seats, ofSeat(endedDays(found.Days, seat.Days), payees[seat.PayeeID], positions[seat.PositionID]))
}

// creditSeats lays over the facts what transactions are credited as otherwise by the
// seats as they are now.
func (w *whatIf) creditSeats(ctx context.Context) error {
	if len(w.seats) == 0 {
		return nil
	}
	if w.facts.amounts == nil {
		w.facts.amounts = map[model.ID]*decimal.Decimal{}
	}
	done := map[model.ID]bool{}
	for after := int64(0); ; {
		ids, err := w.s.Store.Selected(ctx, w.whole(), w.seats, after, recreditChunk)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := w.creditSome(ctx, ids, done); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// creditSome credits transactions, and with them those that reverse them, but what is
// done already.
func (w *whatIf) creditSome(ctx context.Context, numbers []int64, done map[model.ID]bool) error {
	wanted := make([]model.ID, len(numbers))
	for i, n := range numbers {
		wanted[i] = model.IntID(model.KindTransaction, n)
	}
	found, err := w.s.Store.TransactionsByID(ctx, w.whole(), wanted)
	if err != nil {
		return err
	}
	var held []*model.Transaction
	for _, id := range wanted {
		if found[id] != nil && !done[id] {
			held = append(held, found[id])
		}
	}
	work := w.work()
	if err := work.load(ctx, held); err != nil {
		return err
	}
	work.targets = slices.DeleteFunc(work.targets, func(t *model.Transaction) bool { return done[t.ID] })
	of := make(map[model.ID]*model.Transaction, len(work.targets))
	for _, t := range work.targets {
		done[t.ID], of[t.ID] = true, t
	}
	changes, err := work.compare(ctx, nil, w.s.Now().UTC())
	if err != nil {
		return err
	}
	for _, id := range changes.closedCredits {
		w.facts.amounts[model.IntID(model.KindCredit, id)] = nil
	}
	for _, c := range changes.credits {
		t := of[c.TransactionID]
		w.add(c, t, work.original(t))
	}
	return nil
}

// simulateParameter sets a parameter's value as setParameterValues does.
func simulateParameter(book *calc.Book, errs *model.UserErrors, path string, given *ParameterValueInput) error {
	refs := &parameterRefs{
		plans: byID(book.Plans, func(p *model.Plan) model.ID { return p.ID }), titles: byID(book.Titles, func(t *model.Title) model.ID { return t.ID }),
		positions: byID(book.Positions, func(p *model.Position) model.ID { return p.ID }), payees: byID(book.Payees, func(p *model.Payee) model.ID { return p.ID }),
		declared: map[model.ID]map[string]bool{}, slots: map[parameterSlot][]*model.ParameterValue{},
	}
	var versions []*model.PlanVersion
	for i := range book.Versions {
		if book.Versions[i].PlanID == given.PlanID {
			versions = append(versions, &book.Versions[i])
		}
	}
	refs.declared[given.PlanID] = declaredKeys(versions)
	slot := slotOf(&model.ParameterValue{PlanID: given.PlanID, Key: given.Key, TitleID: given.TitleID, PositionID: given.PositionID, PayeeID: given.PayeeID})
	var others []model.ParameterValue
	for i := range book.Parameters {
		if own := book.Parameters[i]; slotOf(&own) == slot {
			refs.slots[slot] = append(refs.slots[slot], &own)
		} else {
			others = append(others, own)
		}
	}
	before := len(*errs)
	refs.check(errs, path, given, &SetParameterValuesPayload{})
	if len(*errs) > before {
		return nil
	}
	if refs.fit(errs); len(*errs) > before {
		return nil
	}
	for _, value := range refs.slots[slot] {
		if value.ID.IsZero() {
			var err error
			if value.ID, err = newID(model.KindParameterValue); err != nil {
				return err
			}
		}
		others = append(others, *value)
	}
	book.Parameters = others
	return nil
}
