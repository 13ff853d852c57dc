package model

// last gives the inclusive last day of an interval, nil where it has no end.
func last(days Interval) *Date {
	if days.To == MaxDate {
		return nil
	}
	d := days.Last()
	return &d
}

// StartDate is the first day; EndDate is the last, inclusive, nil where there
// is no end.
func (s *PositionSlice) StartDate() Date      { return s.Days.From }
func (s *PositionSlice) EndDate() *Date       { return last(s.Days) }
func (s *PayeeSlice) StartDate() Date         { return s.Days.From }
func (s *PayeeSlice) EndDate() *Date          { return last(s.Days) }
func (s *TreeSlice) StartDate() Date          { return s.Days.From }
func (s *TreeSlice) EndDate() *Date           { return last(s.Days) }
func (a *PositionAssignment) StartDate() Date { return a.Days.From }
func (a *PositionAssignment) EndDate() *Date  { return last(a.Days) }
func (m *TeamMember) StartDate() Date         { return m.Days.From }
func (m *TeamMember) EndDate() *Date          { return last(m.Days) }
func (r *CreditingRule) StartDate() Date      { return r.Days.From }
func (r *CreditingRule) EndDate() *Date       { return last(r.Days) }
func (v *RateTableVersion) StartDate() Date   { return v.Days.From }
func (v *RateTableVersion) EndDate() *Date    { return last(v.Days) }
func (v *PlanVersion) StartDate() Date        { return v.Days.From }
func (v *PlanVersion) EndDate() *Date         { return last(v.Days) }
func (a *PlanAssignment) StartDate() Date     { return a.Days.From }
func (a *PlanAssignment) EndDate() *Date      { return last(a.Days) }
func (v *ParameterValue) StartDate() Date     { return v.Days.From }
func (v *ParameterValue) EndDate() *Date      { return last(v.Days) }

// On gives what the position was on a day, nil where it was nothing.
func (p *Position) On(day Date) *PositionSlice {
	for i := range p.Slices {
		if p.Slices[i].Days.Contains(day) {
			return &p.Slices[i]
		}
	}
	return nil
}

// TitleSpans lists the titles that the position had, with the days.
func (p *Position) TitleSpans() []TitleSpan {
	var out []TitleSpan
	for _, s := range p.Slices {
		if s.TitleID != nil {
			out = append(out, TitleSpan{Title: *s.TitleID, Days: s.Days})
		}
	}
	return out
}

// On gives what the payee was on a day, nil where it was nothing.
func (p *Payee) On(day Date) *PayeeSlice {
	for i := range p.Slices {
		if p.Slices[i].Days.Contains(day) {
			return &p.Slices[i]
		}
	}
	return nil
}

// On gives where the product stood on a day, nil where nothing is known of it.
func (p *Product) On(day Date) *TreeSlice { return treeOn(p.Slices, day) }

// On gives where the account stood on a day, nil where nothing is known of it.
func (a *Account) On(day Date) *TreeSlice { return treeOn(a.Slices, day) }

func treeOn(slices []TreeSlice, day Date) *TreeSlice {
	for i := range slices {
		if slices[i].Days.Contains(day) {
			return &slices[i]
		}
	}
	return nil
}
