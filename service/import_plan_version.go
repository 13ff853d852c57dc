package service

import (
	"context"
	"errors"
	"slices"

	"spm/model"
	"spm/service/plantext"
	"spm/store"
)

// ImportPlanVersionInput is a plan version as text.
type ImportPlanVersionInput struct {
	Text             string
	PlanID           *model.ID // instead of the plan that the text names
	IfVersion        *int      // where a draft is rewritten
	ClientMutationID *string
}

// ImportPlanVersionPayload is what importing did.
type ImportPlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
	Written       bool
}

// ImportPlanVersion writes the draft that a text says, and the plan where there
// is none of its key. The version is that of the text's number or, where it has
// none, the latest of its first day that is a draft or says the same; there is a
// new one where there is none. What says the same already is not written again; a
// draft that says something else is rewritten at IfVersion; any other state is
// INVALID_STATE. Rate tables are never written: where the text shows them they
// must say the same as the tenant's, INVALID otherwise.
func (s *Service) ImportPlanVersion(ctx context.Context, input ImportPlanVersionInput) (*ImportPlanVersionPayload, error) {
	text, wrong := plantext.Parse(input.Text)
	return mutate(ctx, s, "importPlanVersion", input, func(tx *store.Tx, p *ImportPlanVersionPayload) error {
		if len(wrong) > 0 {
			return wrong
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		find, err := idsOfKeys(ctx, tx, text.References())
		if err != nil {
			return err
		}
		said, errs := text.Version(find)
		if len(errs) > 0 {
			return errs
		}
		plan, err := importedPlan(ctx, tx, input.PlanID, text, said)
		if err != nil {
			return err
		}
		versions, err := tx.PlanVersionsOf(ctx, tx.Scope(), plan.ID)
		if err != nil {
			return err
		}
		version, err := importedVersion(ctx, tx, text, plan, said)
		if err != nil {
			return err
		}
		return p.write(ctx, tx, input, version, standing(versions, version, said.Number == nil))
	})
}

// located gives errors of a plan version as errors of its text.
func located(text *plantext.Text, err error) error {
	if errs, is := errors.AsType[model.UserErrors](err); is {
		text.Locate(errs)
	}
	return err
}

// importedPlan gives the plan that is asked for, or that the text names, which is
// made where there is none. A text does not rename a plan.
func importedPlan(ctx context.Context, tx *store.Tx, asked *model.ID, text *plantext.Text, said *plantext.Version) (*model.Plan, error) {
	var errs model.UserErrors
	if asked != nil {
		found, err := tx.PlansByID(ctx, tx.Scope(), ids(asked))
		if err != nil {
			return nil, err
		}
		return needed(&errs, "input.planId", asked, found), errs.OrNil()
	}
	found, err := tx.PlansByKey(ctx, tx.Scope(), []string{said.Plan})
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		if found[0].Name != said.Name {
			errs.Add(model.UserInvalid, "input.name", "the plan %s is called %s, and a version's text does not rename it", said.Plan, found[0].Name)
		}
		return found[0], located(text, errs.OrNil())
	}
	id, err := newID(model.KindPlan)
	if err != nil {
		return nil, err
	}
	plan := &model.Plan{ID: id, ExternalID: said.Plan, Name: said.Name}
	checkText(&errs, "input.plan", plan.ExternalID, maxKey)
	checkText(&errs, "input.name", plan.Name, maxName)
	if err := errs.OrNil(); err != nil {
		return nil, located(text, err)
	}
	_, err = tx.SavePlan(ctx, plan)
	return plan, err
}

// importedVersion makes the draft that the text says, checked as one that is
// given in fields.
func importedVersion(ctx context.Context, tx *store.Tx, text *plantext.Text, plan *model.Plan, said *plantext.Version) (*model.PlanVersion, error) {
	var errs model.UserErrors
	v := &model.PlanVersion{
		PlanID: plan.ID, Number: or(said.Number, 1), State: model.VersionDraft, Days: checkDays(&errs, "input.endDate", &said.StartDate, said.EndDate),
		AuthorID: actorOf(tx), AuthorFor: behalfOf(tx),
	}
	said.Fill(v)
	for i := range v.Components {
		c := &v.Components[i]
		if c.Ramp = c.Ramp.Normal(); c.Window == c.Payout {
			c.Window = ""
		}
		for j := range c.Adjustments {
			settlePer(c, &c.Adjustments[j])
		}
	}
	if v.Number < 1 || v.Number > maxVersions {
		errs.Add(model.UserInvalid, "input.number", "a number is 1 to %d", maxVersions)
	}
	if err := checkShown(ctx, tx, &errs, v, said.RateTables); err != nil {
		return nil, err
	}
	return v, located(text, checkContent(ctx, tx, &errs, v))
}

// checkShown refuses rate tables that say something else than the tenant's on the
// version's first day: a reviewer would have read other rates than are paid.
func checkShown(ctx context.Context, tx *store.Tx, errs *model.UserErrors, v *model.PlanVersion, shown []plantext.RateTable) error {
	tables, err := tx.RateTablesByID(ctx, tx.Scope(), v.RateTableIDs())
	if err != nil {
		return err
	}
	used := (&keyring{tables: tables}).tablesOn(v.RateTableIDs(), v.Days.From)
	for i := range shown {
		at := slices.IndexFunc(used, func(t plantext.RateTable) bool { return t.Key == shown[i].Key })
		switch {
		case at < 0:
			errs.Add(model.UserInvalid, indexed("input.rateTables", i), "no component looks up a rate table %s that says something on %s", shown[i].Key, v.Days.From)
		case !plantext.Same(&used[at], &shown[i]):
			errs.Add(model.UserInvalid, indexed("input.rateTables", i), "the rate table %s says something else on %s: importing a plan sets no rate table", shown[i].Key, v.Days.From)
		}
	}
	return nil
}

// standing gives the version that the imported one is to be, nil where it is a
// new one, whose number it then sets.
func standing(versions []*model.PlanVersion, imported *model.PlanVersion, unnumbered bool) *model.PlanVersion {
	if !unnumbered {
		at := slices.IndexFunc(versions, func(v *model.PlanVersion) bool { return v.Number == imported.Number })
		if at < 0 {
			return nil
		}
		return versions[at]
	}
	for _, v := range slices.Backward(versions) {
		if v.Days.From == imported.Days.From && (v.State == model.VersionDraft || saysTheSame(v, imported)) {
			return v
		}
	}
	if len(versions) > 0 {
		imported.Number = versions[len(versions)-1].Number + 1
	}
	return nil
}

func saysTheSame(a, b *model.PlanVersion) bool {
	return a.Days == b.Days && a.Currency == b.Currency && a.CalendarID == b.CalendarID && a.ContentHash == b.ContentHash
}

// write saves the imported version as a new one, or in place of the draft that
// stands there.
func (p *ImportPlanVersionPayload) write(ctx context.Context, tx *store.Tx, input ImportPlanVersionInput, v, stands *model.PlanVersion) error {
	if stands == nil {
		id, err := newID(model.KindPlanVersion)
		if err != nil {
			return err
		}
		v.ID = id
	} else {
		p.PlanVersionID = &stands.ID
		switch {
		case saysTheSame(stands, v):
			return nil
		case stands.State != model.VersionDraft:
			errs := model.Refuse(model.UserState, "input.text.number", "version %d of the plan is %s and says something else: give the text another number, or none", stands.Number, stands.State)
			errs.With("state", string(stands.State))
			return errs
		case input.IfVersion == nil:
			return model.Refuse(model.UserRequired, "input.ifVersion", "there is a draft %d that says something else: give the version of it that you read, to rewrite it", stands.Number)
		case *input.IfVersion != stands.Version:
			return model.Refuse(model.UserConflict, "input.ifVersion", "somebody else has changed it: read it again and repeat the change on its current version")
		}
		v.ID, v.Number, v.Version = stands.ID, stands.Number, stands.Version
	}
	p.PlanVersionID, p.Written = &v.ID, true
	_, err := tx.SavePlanVersion(ctx, v)
	return err
}
