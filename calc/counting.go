package calc

import (
	"slices"

	"spm/model"
)

// keeps tells why a fact does not count for a measure with a component's
// condition; "" where it counts.
func (c *calculation) keeps(m *measure, of *condition, f *CreditFact) (model.WhyNotCode, *fault) {
	switch {
	case f.Activity != m.activity:
		return model.WhyNotMeasured, nil
	case len(m.CreditTypeIDs) > 0 && !slices.Contains(m.CreditTypeIDs, f.Credit.CreditTypeID):
		return model.WhyNotCreditType, nil
	case len(m.CreditKinds) > 0 && !slices.Contains(m.CreditKinds, f.Credit.Kind):
		return model.WhyNotCreditKind, nil
	}
	if holds, fault := c.fulfils(m.condition, f); !holds {
		return model.WhyNotMeasureCondition, fault
	}
	if holds, fault := c.fulfils(of, f); !holds {
		return model.WhyNotComponentCondition, fault
	}
	return "", nil
}

// fulfils tells whether a condition holds for a fact; not where it cannot be
// evaluated.
func (c *calculation) fulfils(cond *condition, f *CreditFact) (bool, *fault) {
	if cond.expression == nil {
		return true, nil
	}
	holds, err := cond.expression.Bool(c.rowOf(f, &f.Credit))
	if err != nil {
		return false, c.faultAt(f, err)
	}
	return holds, nil
}
