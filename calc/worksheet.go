package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// worksheet works out one earning, or what it came to by an earlier day.
type worksheet struct {
	*calculation
	course      *course
	span        *stretch         // at hand
	awayIn      *stretch         // the window of away
	awayBy      model.Continuity // its rule
	away        []origin         // where running totals may go on from
	until       model.Date       // the day after the last that counts
	from        model.Date       // the first day of the payout period that ends with it
	fresh       model.Date       // lines of credits before it are summed up instead of shown
	pay         model.CurrencyCode
	trace       tracer
	exact       model.Numbers               // of the lines so far
	rateTier    *tier                       // whose rate is at hand
	rateNow     number                      // as a number
	carries     []decimal.Decimal           // exact: of the sums of earlier lines
	running     number                      // the group's total before the line at hand
	totals      map[string]decimal.Decimal  // running totals of orders, events or periods
	counted     map[saleKey]decimal.Decimal // running totals of events that pay money
	orders      map[orderKey]*orderRun      // what the lines of orders come to, by adjustment
	rates       map[saleKey]*found          // by which sales of the group were paid, for their returns
	ladders     map[saleKey]*ladder         // the tiers that sales with a running total of their own went over
	replays     bool                        // it only works out how sales were paid, not returns of earlier ones
	looks       *lookup                     // what the stage at hand is looked up by, where that is not its measure
	final       *group                      // the last group with days or facts; nil: there is none
	credits     int                         // that counted
	active      bool                        // a day was held, or a credit counts, on the fresh days
	moved       bool                        // one of them adds something to its measure
	ignored     bool                        // a reversal was left out
	capSteps    map[stepKey]capStep         // what caps over the component have met
	cameTo      map[stepKey]decimal.Decimal // what windows came to after each adjustment, where a bound is of each payout period; nil: none is
	prior       *worksheet                  // by the end of the last payout period before this one without a problem, where one is
	back        bool                        // a line shown is of a fact before the payout period
	left        bool                        // a sale was left out, because the payee was not eligible on its day
	acting      *group                      // the last group of the window at hand of which some days count
	eligible    bool                        // there is such a group
	gated       bool                        // a gate has stopped everything
	cut         decimal.Decimal             // what caps have taken
	forfeits    string                      // why what a window has come to is lost; "" where none is
	dependency  *fault                      // of another component that an expression has met
	provisional bool
}

// sheet begins a worksheet.
func (c *calculation) sheet(co *course, until model.Date) *worksheet {
	w := c.sheetOf(co)
	if w.until = until; co.byPeriod() {
		w.cameTo = map[stepKey]decimal.Decimal{}
	}
	w.trace.Format = TraceFormat
	w.trace.node(NodeEarning, -1, w.trace.label(co.last(c.period.Days.To).component.Name), decimal.Zero)
	return w
}

// sheetOf is a worksheet without a trace.
func (c *calculation) sheetOf(co *course) *worksheet {
	w := c.of.scratch.sheet()
	w.calculation, w.course, w.fresh, w.from, w.pay = c, co, model.MinDate, c.period.Days.From, c.payCurrency(co)
	return w
}
