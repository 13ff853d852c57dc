package resolver

import (
	"context"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// whyNot answers a question within what the caller may see.
func (r *Resolver) whyNot(ctx context.Context, input service.WhyNotInput) (*model.WhyNot, error) {
	earnings, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	credits, err := scope(ctx, auth.CreditRead)
	if err != nil {
		return nil, err
	}
	activities, err := scope(ctx, auth.TransactionRead)
	if err != nil {
		return nil, err
	}
	p := auth.SessionOf(ctx).Principal
	may := service.WhyNotScope{
		Earnings: earnings, Credits: credits, Activities: activities, Own: p.Payee, Rules: p.Can(auth.CreditingRead), Exceptions: p.Can(auth.ExceptionRead),
	}
	if p.Can(auth.PlanRead) {
		plans, err := scope(ctx, auth.PlanRead)
		if err != nil {
			return nil, err
		}
		may.Plans = &plans
	}
	return service.Calculating(ctx, r.Service, func(ctx context.Context) (*model.WhyNot, error) { return r.Service.WhyNot(ctx, may, input) })
}

// whyNotLines gives the lines of an earning that a payment is about.
func (r *Resolver) whyNotLines(ctx context.Context, obj *model.WhyNotPayment) ([]*model.EarningLine, error) {
	earning, err := one(ctx, from(ctx).earnings, &obj.EarningID)
	if err != nil || earning == nil || len(obj.Lines) == 0 {
		return []*model.EarningLine{}, err
	}
	trace, err := one(ctx, from(ctx).traces, &obj.EarningID)
	if err != nil || trace == nil {
		return []*model.EarningLine{}, err
	}
	all := service.Lines(earning, trace)
	out := make([]*model.EarningLine, 0, len(obj.Lines))
	for _, number := range obj.Lines {
		if number <= len(all) {
			out = append(out, all[number-1])
		}
	}
	return out, nil
}

// subject finds what a reason is about; nil where it is nothing, or not the
// caller's to see.
func (r *Resolver) subject(ctx context.Context, id *model.ID) (model.Node, error) {
	if id == nil {
		return nil, nil
	}
	return r.node(ctx, *id)
}
