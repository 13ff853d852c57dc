package calc

import (
	"math/big"

	"spm/model"
)

// eligibilities are what the generator takes as eligibility.
var eligibilities = []struct {
	text string
	is   func(status model.PayeeStatus, grade string) bool
}{
	{"payeeStatus != 'NOTICE'", func(status model.PayeeStatus, _ string) bool { return status != model.PayeeNotice }},
	{"payeeAttr('grade') != 'junior'", func(_ model.PayeeStatus, grade string) bool { return grade != "junior" }},
	{"title == 'rep' && payeeStatus in ['ACTIVE', 'LEAVE_PAID']", func(status model.PayeeStatus, _ string) bool {
		return status == model.PayeeActive || status == model.PayeeLeavePaid
	}},
}

// refDay is what a day counts for.
type refDay struct{ seated, accrues, held bool }

// on tells what a day counts for: by the seat, the eligibilities, and the
// payee's status.
func (x *reference) on(day model.Date) refDay {
	if len(x.s.Seats) > 0 && (day < x.s.Seats[x.seat].From || day >= x.s.Seats[x.seat].To) {
		return refDay{}
	}
	if x.outside(day) {
		return refDay{}
	}
	status, grade := x.statusOn(day)
	for _, text := range []string{x.s.Rules.Eligibility, x.component().Eligible} {
		for _, e := range eligibilities {
			if e.text == text && !e.is(status, grade) {
				x.hit("not eligible")
				return refDay{seated: true}
			}
		}
	}
	for _, rule := range x.s.Rules.StatusPolicy {
		if rule.Status == status {
			return refDay{seated: true, accrues: rule.Accrues, held: !rule.Prorates}
		}
	}
	if status == model.PayeeLeaveUnpaid || status == model.PayeeTerminated {
		return refDay{seated: true}
	}
	return refDay{seated: true, accrues: true, held: true}
}

// outside tells whether the component does not stand on a day.
func (x *reference) outside(day model.Date) bool {
	c := x.component()
	out := c.Starts != nil && day < *c.Starts || c.Ends != nil && day > *c.Ends
	if out {
		x.hit("outside its dates")
	}
	return out
}

func (x *reference) statusOn(day model.Date) (model.PayeeStatus, string) {
	status, grade := model.PayeeActive, ""
	if x.payee() != "ana" {
		return status, grade
	}
	for _, s := range x.s.Statuses { // ascending by day
		if s.From <= day {
			status, grade = s.Status, s.Grade
		}
	}
	return status, grade
}

// days counts the days of a span that are so.
func (x *reference) days(from, to model.Date, is func(refDay) bool) int {
	n := 0
	for day := from; day < to; day++ {
		if is(x.on(day)) {
			n++
		}
	}
	return n
}

func refHeld(d refDay) bool { return d.held }

func refCounts(d refDay) bool { return d.held || d.accrues }

// someBefore tells whether a day of the window before another counts for more
// than late reversals.
func (x *reference) someBefore(w *refSpan, day model.Date) bool {
	return x.days(w.from, min(w.to, day), refCounts) > 0
}

// barred tells whether nothing of the window counts so far.
func (x *reference) barred(w *refSpan) bool {
	return len(w.postings) == 0 && !x.someBefore(w, w.until)
}

// withheld takes off what is earned by whom the version does not pay.
func (x *reference) withheld(o refOutcome, period [2]model.Date) refOutcome {
	status, _ := x.statusOn(period[1] - 1)
	pays := true
	for _, rule := range x.s.Rules.StatusPolicy {
		pays = pays && (rule.Status != status || rule.Pays)
	}
	if pays && x.unpaid(period) {
		x.hit("unpaid of an open window that is trued up")
		pays = false
	}
	if pays || len(o.problems) > 0 || o.amount == nil || o.amount.Sign() <= 0 {
		return o
	}
	x.hit("withheld")
	if o.lines != nil {
		if o.lines[0] == nil {
			o.lines[0] = new(big.Rat)
		}
		o.lines[0] = refLess(o.lines[0], o.amount)
	}
	o.amount = new(big.Rat)
	return o
}
