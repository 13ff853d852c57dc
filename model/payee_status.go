package model

// PayeeStatus is how a payee stands with the company on a day.
type PayeeStatus string

// The statuses, as domain.md has them.
const (
	PayeeActive      PayeeStatus = "ACTIVE" // the default
	PayeeLeavePaid   PayeeStatus = "LEAVE_PAID"
	PayeeLeaveUnpaid PayeeStatus = "LEAVE_UNPAID"
	PayeeNotice      PayeeStatus = "NOTICE"
	PayeeTerminated  PayeeStatus = "TERMINATED"
)

// PayeeStatuses are all statuses, in their order.
var PayeeStatuses = []PayeeStatus{PayeeActive, PayeeLeavePaid, PayeeLeaveUnpaid, PayeeNotice, PayeeTerminated}

// StatusRule is what days of a payee's status count for.
type StatusRule struct {
	Status   PayeeStatus `json:"status"`
	Accrues  bool        `json:"accrues"`            // sales of these days count; returns always do
	Pays     bool        `json:"pays"`               // who has the status on the payout period's last day is paid
	Prorates bool        `json:"prorates"`           // these days do not count as held for what is prorated
	Suspends bool        `json:"suspends,omitempty"` // who has the status on the pay period's last day neither draws nor pays draws back
}

// defaultStatusRule is the documented default of a status: on unpaid leave and
// once terminated nothing accrues, and the days do not count as held.
func defaultStatusRule(s PayeeStatus) StatusRule {
	away := s == PayeeLeaveUnpaid || s == PayeeTerminated
	return StatusRule{Status: s, Accrues: !away, Pays: true, Prorates: away}
}

// OfStatus gives the rule of a status: the version's own, or the default.
func (r *PlanRules) OfStatus(s PayeeStatus) StatusRule {
	for _, own := range r.StatusPolicy {
		if own.Status == s {
			return own
		}
	}
	return defaultStatusRule(s)
}

// StatusPolicyGiven lists the rules of all statuses, each filled in.
func (r *PlanRules) StatusPolicyGiven() []StatusRule {
	out := make([]StatusRule, len(PayeeStatuses))
	for i, s := range PayeeStatuses {
		out[i] = r.OfStatus(s)
	}
	return out
}

// NormalStatusPolicy gives the rules that are not the default, in the order of
// the statuses; of two for one status the first.
func (r *PlanRules) NormalStatusPolicy() []StatusRule {
	var out []StatusRule
	for _, rule := range r.StatusPolicyGiven() {
		if rule != defaultStatusRule(rule.Status) {
			out = append(out, rule)
		}
	}
	return out
}

// StatusGiven is the payee's status on the slice's days.
func (s *PayeeSlice) StatusGiven() PayeeStatus {
	if s.Status == "" {
		return PayeeActive
	}
	return s.Status
}
