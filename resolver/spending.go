package resolver

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/service"
	"spm/store"
)

// Budget is who keeps what callers may spend; *service.Budget does.
type Budget interface {
	// Take takes points from the caller's budget; the receipt is nil where the caller
	// has none.
	Take(ctx context.Context, points int) (*service.Receipt, error)
	// Settle gives back what was taken and not used; below 0 more was used.
	Settle(receipt *service.Receipt, points int)
	// Worth is what it costs in points to be worked for so long.
	Worth(worked time.Duration) int
	// Begin says that the caller works within its share from here on, and gives
	// the work of the operation, nil for a stranger's, until end is called.
	Begin(ctx context.Context) (working context.Context, work *store.Work, end func())
}

// spending takes what an operation may cost from its caller's budget before it is
// executed, gives back what it did not use, and says both in extensions.cost. A
// subscription takes what it asks for once, and each of its events what it holds: an
// event is never refused, or what changed would be lost.
type spending struct {
	budget Budget
	rules  *costRules
}

var (
	_ graphql.HandlerExtension        = (*spending)(nil)
	_ graphql.OperationContextMutator = (*spending)(nil)
	_ graphql.OperationInterceptor    = (*spending)(nil)
	_ graphql.ResponseInterceptor     = (*spending)(nil)
)

// ExtensionName names the extension.
func (*spending) ExtensionName() string { return "Spending" }

// Validate takes the schema that answers are measured by.
func (s *spending) Validate(schema graphql.ExecutableSchema) error {
	s.rules = newCostRules(schema.Schema())
	return nil
}

// spent is what is known of an operation's cost.
type spent struct {
	asked   int
	bill    *bill
	receipt *service.Receipt
	refused bool
	work    *store.Work
}

const spentStats = "Spent"

func spentBy(ctx context.Context) *spent {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	s, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(spentStats).(*spent)
	return s
}

// MutateOperationContext takes the cost, or refuses the operation with RATE_LIMITED.
func (s *spending) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	of, _ := operation.Stats.GetExtension(spentStats).(*spent)
	if of == nil || s.budget == nil {
		return nil
	}
	of.asked = max(of.asked, leastCost)
	receipt, err := s.budget.Take(ctx, of.asked)
	if err != nil {
		return gqlerror.Wrap(err)
	}
	of.receipt = receipt
	if receipt != nil && receipt.Refused {
		of.refused = true
		return gqlerror.Wrap(service.ErrBudget(receipt))
	}
	return nil
}

// InterceptOperation lets an operation work within its caller's share, until it has
// given its last response.
func (s *spending) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	of := spentBy(ctx)
	if of == nil || s.budget == nil {
		return next(ctx)
	}
	working, work, end := s.budget.Begin(ctx)
	of.work = work
	context.AfterFunc(ctx, end)
	respond := next(working)
	stream := graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		if response == nil || !stream {
			end()
		}
		return response
	}
}

// costExtension is the member of an answer's extensions.
const costExtension = "cost"

// InterceptResponse counts what an answer holds.
func (s *spending) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	of := spentBy(ctx)
	if response == nil || of == nil || s.budget == nil {
		return response
	}
	operation := graphql.GetOperationContext(ctx).Operation
	stream := operation.Operation == ast.Subscription
	report := &costReport{Asked: of.asked}
	if len(response.Data) > 0 {
		if of.bill == nil {
			of.bill = newBill(s.rules, operation)
		}
		report.Actual = of.bill.sum(response.Data)
	}
	if of.receipt != nil && !of.refused && (!stream || response.Data == nil) {
		report.Actual = max(report.Actual, leastCost)
	}
	if of.work != nil {
		report.Actual = max(report.Actual, s.budget.Worth(of.work.Take()))
	}
	unused := of.asked - report.Actual
	if stream && response.Data != nil {
		unused = -report.Actual
	}
	if of.receipt != nil {
		if !of.refused {
			s.budget.Settle(of.receipt, unused)
			of.receipt.Return(unused)
		}
		report.take(of.receipt)
	}
	if stream && response.Data != nil {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions[costExtension] = report
	return response
}

// costReport is what an answer says of its cost: points, and seconds until the
// caller's budget is full again.
type costReport struct {
	Asked  int  `json:"asked"`
	Actual int  `json:"actual"`
	Left   *int `json:"left,omitempty"`
	Reset  *int `json:"reset,omitempty"`

	receipt *service.Receipt
}

func (r *costReport) take(receipt *service.Receipt) {
	left, reset := receipt.Left(), service.Seconds(receipt.Full())
	r.Left, r.Reset, r.receipt = &left, &reset, receipt
}

// costHeaders says the same in the headers of an answer, in the form of the IETF's
// draft on rate limits.
func costHeaders(header http.Header, response *graphql.Response) {
	report, is := response.Extensions[costExtension].(*costReport)
	if !is || report.receipt == nil {
		return
	}
	header.Set("RateLimit-Policy", fmt.Sprintf(`"caller";q=%d;w=60, "tenant";q=%d;w=60`, report.receipt.Allowance(), report.receipt.TenantAllowance()))
	header.Set("RateLimit", fmt.Sprintf(`"caller";r=%d;t=%d`, *report.Left, *report.Reset))
	if report.receipt.Refused {
		header.Set("Retry-After", strconv.Itoa(max(1, service.Seconds(report.receipt.Wait()))))
	}
}
