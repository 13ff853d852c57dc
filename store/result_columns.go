package store

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"spm/model"
)

// resultColumn is a column of results as it is written: an array of what many
// results have in it, and what becomes of an element.
type resultColumn struct {
	name   string
	array  string // the type of the argument
	cast   string // what an element becomes
	gather func([]model.Result) any
}

func resultsIn[E any](name, array, cast string, of func(*model.Result) E) resultColumn {
	return resultColumn{name, array, cast, func(results []model.Result) any {
		out := make([]E, len(results))
		for i := range results {
			out[i] = of(&results[i])
		}
		return out
	}}
}

func resultID(name string, of func(*model.Result) model.ID) resultColumn {
	return resultsIn(name, "uuid[]", "", func(r *model.Result) uuid.UUID { return of(r).UUID() })
}

func resultText(name, cast string, of func(*model.Result) string) resultColumn {
	return resultsIn(name, "text[]", cast, of)
}

// resultColumns are the columns of a result after tenant and run. Lists and
// numbers are texts: both ends read them faster than what pgx makes of them.
var resultColumns = []resultColumn{
	resultID("payee_id", func(r *model.Result) model.ID { return r.PayeeID }),
	resultID("period_id", func(r *model.Result) model.ID { return r.PeriodID }),
	resultID("position_id", func(r *model.Result) model.ID { return r.PositionID }),
	resultID("component_id", func(r *model.Result) model.ID { return r.ComponentID }),
	resultID("plan_id", func(r *model.Result) model.ID { return r.PlanID }),
	resultID("plan_version_id", func(r *model.Result) model.ID { return r.PlanVersionID }),
	resultText("component_key", "", func(r *model.Result) string { return r.ComponentKey }),
	resultText("component_name", "", func(r *model.Result) string { return r.ComponentName }),
	resultText("earning_code", "", func(r *model.Result) string { return r.EarningCode }),
	resultText("currency", "", func(r *model.Result) string { return string(r.Amount.Currency) }),
	resultText("amount", "::numeric", func(r *model.Result) string { return r.Amount.Amount.String() }),
	resultText("measure", "::numeric", func(r *model.Result) string { return r.Measure.String() }),
	resultsIn("quota", "text[]", "::numeric", func(r *model.Result) *string { return decimalText(r.Quota) }),
	resultsIn("attainment", "text[]", "::numeric", func(r *model.Result) *string { return decimalText(r.Attainment) }),
	resultText("why", "", func(r *model.Result) string { return string(r.Why) }),
	resultsIn("provisional", "boolean[]", "", func(r *model.Result) bool { return r.Provisional }),
	resultsIn("trace_format", "smallint[]", "", func(r *model.Result) int16 { return r.Trace.Format }),
	resultText("trace_kind", "::smallint[]", func(r *model.Result) string { return integers(r.Trace.Kinds) }),
	resultText("trace_parent", "::int[]", func(r *model.Result) string { return integers(r.Trace.Parents) }),
	resultText("trace_term", "::int[]", func(r *model.Result) string { return integers(r.Trace.Terms) }),
	resultText("trace_amount", "::numeric[]", func(r *model.Result) string { return decimals(r.Trace.Amounts) }),
	resultText("trace_value", "::numeric[]", func(r *model.Result) string { return decimals(r.Trace.Values) }),
	resultText("trace_credit", "::bigint[]", func(r *model.Result) string { return integers(r.Trace.Credits) }),
	resultText("trace_paid", "::numeric[]", func(r *model.Result) string { return decimals(r.Trace.Paid) }),
	resultText("term_label", "::text[]", func(r *model.Result) string { return texts(r.Trace.TermLabel).String }),
	resultText("term_rate", "::numeric[]", func(r *model.Result) string { return optionalDecimals(r.Trace.TermRate) }),
	resultText("term_from", "::numeric[]", func(r *model.Result) string { return optionalDecimals(r.Trace.TermFrom) }),
	resultText("term_to", "::numeric[]", func(r *model.Result) string { return optionalDecimals(r.Trace.TermTo) }),
	resultText("term_fx", "::numeric[]", func(r *model.Result) string { return optionalDecimals(r.Trace.TermFX) }),
	resultText("term_step", "::text[]", func(r *model.Result) string { return texts(r.Trace.TermStep).String }),
	resultText("line_credit", "::bigint[]", func(r *model.Result) string { return integers(r.LineCredits) }),
	resultsIn("attains", "uuid[]", "", func(r *model.Result) pgtype.UUID { return optionalUUID(uuidPtr(r.Attains)) }),
	resultsIn("next_from", "text[]", "::numeric", func(r *model.Result) *string { return decimalText(nextOf(r.Next).Threshold) }),
	resultsIn("next_rate", "text[]", "::numeric", func(r *model.Result) *string { return decimalText(nextOf(r.Next).Rate) }),
	resultsIn("next_needed", "text[]", "::numeric", func(r *model.Result) *string { return decimalText(nextOf(r.Next).Needed) }),
	resultsIn("goes_back", "boolean[]", "", func(r *model.Result) bool { return r.GoesBack }),
}

// insertResults takes tenant, run and an array for each of resultColumns.
var insertResults = func() string {
	var names, arrays, aliases, values []string
	for i, column := range resultColumns {
		names, arrays = append(names, column.name), append(arrays, fmt.Sprintf("$%d::%s", i+3, column.array))
		aliases, values = append(aliases, fmt.Sprintf("c%d", i)), append(values, fmt.Sprintf("r.c%d%s", i, column.cast))
	}
	return "INSERT INTO result (tenant_id, run_id, " + strings.Join(names, ", ") + ") SELECT $1, $2, " + strings.Join(values, ", ") +
		" FROM unnest(" + strings.Join(arrays, ", ") + ") r(" + strings.Join(aliases, ", ") + ") ON CONFLICT DO NOTHING"
}()
