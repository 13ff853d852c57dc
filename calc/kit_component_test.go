package calc

import (
	"cmp"
	"slices"
	"strings"

	"spm/model"
)

// component makes a component of a scene's.
func (s *scene) component(c sceneComponent) model.Component {
	out := model.Component{
		Key: cmp.Or(c.Key, "commission"), Name: cmp.Or(c.Key, "commission"), MeasureID: keyed(model.KindMeasure, cmp.Or(c.Measure, "revenue")),
		Condition: c.Condition, Eligibility: c.Eligible, StartDate: c.Starts, EndDate: c.Ends, Ramp: c.Ramp, Payout: cmp.Or(c.Payout, s.Payout, model.PeriodQuarter), EarningCode: "COMM", Restart: c.Restart, Adjustments: c.Adjustments,
	}
	out.Event, out.RateMoment, out.Accumulate, out.Window, out.Settlement, out.Formula = c.Event, c.Moment, c.Accumulate, c.Window, c.Settlement, c.Formula
	out.Target, out.TargetShare, out.AttainmentCap = optional(c.Target), optional(c.TargetShare), optional(c.AttainmentCap)
	for _, g := range c.Goals {
		goal := model.Goal{Key: g.Key, MeasureID: keyed(model.KindMeasure, g.Measure), Weight: dec(g.Weight)}
		if g.Table != "" {
			id := keyed(model.KindRateTable, g.Table)
			goal.RateTableID = &id
		}
		out.Goals = append(out.Goals, goal)
	}
	if c.LookedUpBy != "" {
		id := keyed(model.KindMeasure, c.LookedUpBy)
		out.LookedUpByID = &id
	}
	if c.Measure == "none" {
		out.MeasureID = model.ID{}
	}
	out.Basis, out.Compress, out.Fund, out.Weight = c.Basis, c.Compress, c.Fund, c.Weight
	for _, source := range c.Sources {
		plan, key, _ := strings.Cut(source, "/")
		id := keyed(model.KindPlan, plan)
		out.Sources = append(out.Sources, model.EarningSource{PlanID: &id, ComponentKey: key})
	}
	for i, rate := range c.ByLevel {
		if rate != "" {
			out.Levels = append(out.Levels, model.OverrideLevel{Level: i + 1, Rate: dec(rate)})
		}
	}
	if c.Team != "" {
		id := keyed(model.KindTeam, c.Team)
		out.TeamID = &id
	}
	switch {
	case c.Fund != "":
		out.RateKind = model.RatePool
	case len(c.ByLevel) > 0:
		out.RateKind = model.RateOverride
	case c.Formula != "":
		out.RateKind = model.RateFormula
	case len(c.Goals) > 0:
		out.RateKind = model.RateObjectives
	case c.Table != "":
		id := keyed(model.KindRateTable, c.Table)
		out.RateKind, out.RateTableID = cmp.Or(c.Kind, model.RateTiered), &id
		if out.RateKind == model.RateTiered {
			out.TierMode = cmp.Or(c.Mode, model.TierMarginal)
		}
	case len(c.Bonus) > 0:
		out.RateKind, out.BonusLevels = model.RateBonus, cmp.Or(c.Levels, model.BonusHighest)
		for _, level := range c.Bonus {
			out.Bonus = append(out.Bonus, model.BonusLevel{At: dec(level[0]), Amount: dec(level[1])})
		}
	default:
		out.RateKind, out.Rate = cmp.Or(c.Kind, model.RateOnValue), optional(c.Rate)
	}
	return out
}

// teams adds the teams, and who reports to whom: positions that nobody holds
// too.
func (s *scene) teams(b *Book) {
	title := keyed(model.KindTitle, "rep")
	at := func(name string) *model.Position {
		i := slices.IndexFunc(b.Positions, func(p model.Position) bool { return p.ExternalID == name })
		if i < 0 {
			i = len(b.Positions)
			b.Positions = append(b.Positions, model.Position{ID: keyed(model.KindPosition, name), ExternalID: name, Slices: []model.PositionSlice{{Days: model.Always, TitleID: &title}}})
		}
		return &b.Positions[i]
	}
	begun := map[string]bool{}
	for _, u := range s.Under {
		parent := at(u.Parent).ID
		p := at(u.Position)
		if !begun[u.Position] {
			begun[u.Position], p.Slices = true, nil
		}
		p.Slices = append(p.Slices, model.PositionSlice{Days: span(u.From, u.To), TitleID: &title, ParentID: &parent})
	}
	for _, m := range s.Teams {
		id := keyed(model.KindTeam, m.Team)
		i := slices.IndexFunc(b.Teams, func(t model.Team) bool { return t.ID == id })
		if i < 0 {
			i = len(b.Teams)
			b.Teams = append(b.Teams, model.Team{ID: id, ExternalID: m.Team})
		}
		b.Teams[i].Members = append(b.Teams[i].Members, model.TeamMember{PositionID: at(m.Position).ID, Days: span(m.From, m.To), Weight: dec(cmp.Or(m.Weight, "1"))})
	}
}

// sceneProduct says where a product stood.
type sceneProduct struct {
	ID     string      `json:"id"`
	Parent string      `json:"parent,omitempty"`
	From   *model.Date `json:"from,omitempty"`
	To     *model.Date `json:"to,omitempty"`
}

func (s *scene) products(b *Book) {
	for _, p := range s.Products {
		id := keyed(model.KindProduct, p.ID)
		i := slices.IndexFunc(b.Products, func(known model.Product) bool { return known.ID == id })
		if i < 0 {
			i = len(b.Products)
			b.Products = append(b.Products, model.Product{ID: id, ExternalID: p.ID, Name: p.ID})
		}
		slice := model.TreeSlice{Days: span(p.From, p.To)}
		if p.Parent != "" {
			parent := keyed(model.KindProduct, p.Parent)
			slice.ParentID = &parent
		}
		b.Products[i].Slices = append(b.Products[i].Slices, slice)
	}
}
