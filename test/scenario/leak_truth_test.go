package scenario

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
	"spm/test/harness"
)

// noun says in SQL, beside the product's own predicates, where a kind's rows r
// are, which of them the payees $2, positions $3 and the user $4 may see, and
// which numbers stand in them.
type noun struct {
	kind                    model.Kind
	from, key, own, numbers string
	now                     string // what makes a row in force
}

const (
	ownTitles   = `(SELECT unnest(p.title_ids) FROM position p WHERE p.id = ANY($3) AND p.tx_to = ` + forever + `)`
	ownPlans    = `(SELECT a.plan_id FROM plan_assignment a WHERE a.payee_id = ANY($2) OR a.position_id = ANY($3) OR a.title_id IN ` + ownTitles + `)`
	ownMeasures = `(SELECT unnest(w.measure_ids) FROM plan_version w WHERE w.state IN ('PUBLISHED', 'RETIRED') AND w.plan_id IN ` + ownPlans + `
		UNION SELECT q.measure_id FROM quota q WHERE q.position_id = ANY($3) OR q.title_id IN ` + ownTitles + `
		UNION SELECT v.measure_id FROM measure_value v WHERE v.position_id IS NULL OR v.position_id = ANY($3))`
	inForce   = "r.tx_to = " + forever
	published = `%[1]s r JOIN published v ON v.tenant_id = r.tenant_id AND v.run_id = r.run_id AND v.payee_id = r.payee_id AND v.period_id = r.period_id`
)

func nouns() []noun {
	byID := func(kind model.Kind, table, own, numbers string) noun {
		return noun{kind, table + " r", "ARRAY[r.id]", own, numbers, inForce}
	}
	numbered := func(kind model.Kind, table, own, numbers string) noun {
		return noun{kind, table + " r", "r.id", own, numbers, inForce}
	}
	all := []noun{
		byID(model.KindPayee, "payee", "r.id = ANY($2)", ""),
		byID(model.KindPosition, "position", "r.id = ANY($3)", ""),
		byID(model.KindPositionAssignment, "position_assignment", "r.payee_id = ANY($2) OR r.position_id = ANY($3)", ""),
		byID(model.KindUser, "app_user", "r.id = $4", ""),
		byID(model.KindQuota, "quota", "r.position_id = ANY($3) OR r.title_id IN "+ownTitles, "ARRAY[r.amount]"),
		byID(model.KindMeasureValue, "measure_value", "r.position_id IS NULL OR r.position_id = ANY($3)", "ARRAY[r.value]"),
		numbered(model.KindActivity, "activity", "r.position_id = ANY($3)", "ARRAY[r.quantity]"),
		byID(model.KindPlanAssignment, "plan_assignment", "r.payee_id = ANY($2) OR r.position_id = ANY($3) OR r.title_id IN "+ownTitles, "ARRAY[r.target_amount]"),
		byID(model.KindParameterValue, "parameter_value", "r.plan_id IN "+ownPlans+` AND (num_nonnulls(r.payee_id, r.position_id, r.title_id) = 0
			OR r.payee_id = ANY($2) OR r.position_id = ANY($3) OR r.title_id IN `+ownTitles+")", "ARRAY[r.value]"),
		{model.KindTeam, `(SELECT t.tenant_id, t.id, t.tx_to, m.position_id, (t.members -> (m.n - 1)::int ->> 'weight')::numeric AS weight
			FROM team t, unnest(t.member_ids) WITH ORDINALITY m(position_id, n)) r`, "ARRAY[r.id]", "r.position_id = ANY($3)", "ARRAY[r.weight]", inForce},
		byID(model.KindPlan, "plan", "r.id IN "+ownPlans, ""),
		byID(model.KindPlanVersion, "plan_version", "r.state IN ('PUBLISHED', 'RETIRED') AND r.plan_id IN "+ownPlans, ""),
		byID(model.KindMeasure, "measure", "r.id IN "+ownMeasures, ""),
		byID(model.KindRateTable, "rate_table", "false", ""),
		byID(model.KindCreditingRule, "crediting_rule", "false", ""),
		byID(model.KindDelegation, "delegation", "$4 IN (r.giver_id, r.receiver_id)", ""),
		byID(model.KindAPIKey, "api_key", "false", ""),
		byID(model.KindClientApplication, "client_application", "false", ""),
		byID(model.KindTrustedDocument, "trusted_document", "false", ""),
		byID(model.KindIssuer, "issuer", "false", ""),
		numbered(model.KindTransaction, "transaction", "EXISTS (SELECT FROM credit c WHERE c.tenant_id = r.tenant_id AND c.transaction_id = r.id AND c.payee_id = ANY($2))", "ARRAY[r.amount, r.quantity, r.margin]"),
		numbered(model.KindCredit, "credit", "r.payee_id = ANY($2)", "ARRAY[r.amount, r.quantity, r.margin]"),
		numbered(model.KindCreditingException, "crediting_exception", "false", ""),
		{model.KindCalculationRun, "calculation_run r", "ARRAY[r.id]", "false", "", "true"},
		{model.KindEarning, fmt.Sprintf(published, "result"), "ARRAY[r.payee_id, r.position_id, r.period_id, r.component_id]", "r.payee_id = ANY($2)",
			"ARRAY[r.amount, r.measure, r.quota, r.attainment, round(r.attainment, 10)] || r.trace_amount || r.trace_value || r.trace_paid", "v.tx_to = " + forever},
		byID(model.KindPayAdjustment, "pay_adjustment", "r.payee_id = ANY($2)", "ARRAY[r.amount]"),
		byID(model.KindOpeningEntry, "opening_entry", "r.payee_id = ANY($2)", "ARRAY[r.amount]"),
		{model.KindAuditEntry, "change r", "ARRAY[(lpad(to_hex(r.xid), 16, '0') || lpad(to_hex(r.id), 16, '0'))::uuid]", "false", "", "true"},
		{model.KindPayment, "payment r", "ARRAY[r.id]", "r.payee_id = ANY($2)", "ARRAY[r.amount]", "true"},
		{model.KindStatement, `ledger r JOIN struck v ON v.tenant_id = r.tenant_id AND v.run_id = r.run_id AND v.payee_id = r.payee_id AND v.period_id = r.period_id`,
			"ARRAY[r.payee_id, r.period_id]", "r.payee_id = ANY($2)", "r.amount || r.pay_amount", "v.tx_to = " + forever},
		{model.KindProblem, fmt.Sprintf(published, "problem"), "ARRAY[r.payee_id, r.position_id, r.period_id, r.component_id]", "r.payee_id = ANY($2)", "", "v.tx_to = " + forever},
		{model.KindStatement, fmt.Sprintf(published, "result"), "ARRAY[r.payee_id, r.period_id]", "r.payee_id = ANY($2)", "", "v.tx_to = " + forever},
	}
	for kind, table := range map[model.Kind]string{
		model.KindTitle: "title", model.KindFiscalCalendar: "fiscal_calendar", model.KindPeriod: "period", model.KindTenant: "tenant",
		model.KindTransactionKind: "transaction_kind", model.KindCreditType: "credit_type", model.KindProduct: "product", model.KindAccount: "account", model.KindFXRate: "fx_rate",
		model.KindEarningCode: "earning_code",
	} {
		all = append(all, byID(kind, table, "true", ""))
	}
	return all
}

// truth is what somebody may see, and what there is beside it.
type truth struct {
	own, foreign map[string]bool // ids, keys of ids, amounts and names, as text
	ids          []model.ID      // foreign ones
	mine         []model.ID
	count        map[model.Kind]int // how many rows of each kind one sees now
}

// truthOf asks the database's owner. ever lets rows of the past pass too.
func truthOf(h *harness.Harness, w whose, ever bool) truth {
	t := truth{own: map[string]bool{}, foreign: map[string]bool{}, count: map[model.Kind]int{}}
	h.Owner(func(conn *pgx.Conn) {
		var payees, positions []uuid.UUID
		var user uuid.UUID
		ask(h, conn, `SELECT coalesce((SELECT array_agg(id) FROM payee WHERE tenant_id = $1 AND external_id = ANY($2)), '{}'),
			coalesce((SELECT array_agg(id) FROM position WHERE tenant_id = $1 AND external_id = ANY($3)), '{}'),
			(SELECT DISTINCT u.id FROM app_user u JOIN payee p ON p.id = u.payee_id WHERE u.tenant_id = $1 AND p.external_id = $4 AND ($5::text[] IS NULL OR u.roles = $5))`,
			[]any{h.Tenant, w.payees, w.positions, w.self, w.roles}, func(rows pgx.Rows) error { return rows.Scan(&payees, &positions, &user) })
		for _, n := range nouns() {
			numbers := n.numbers
			if numbers == "" {
				numbers = "'{}'::numeric[]"
			}
			key := n.key + ", 0::bigint"
			if n.key == "r.id" {
				key = "'{}'::uuid[], r.id"
			}
			sql := fmt.Sprintf(`SELECT %s, ARRAY(SELECT trim_scale(abs(x))::text FROM unnest(%s) x WHERE x IS NOT NULL), %s, coalesce(r.tenant_id = $1 AND (%s), false) AND cardinality($2::uuid[]) + cardinality($3::uuid[]) + length($4::text) >= 0 FROM %s`,
				key, numbers, n.now, strings.ReplaceAll(n.own, "$4", "$4::uuid"), n.from)
			sql = strings.Replace(sql, "length($4::text)", "length($4::uuid::text)", 1)
			ask(h, conn, sql, []any{h.Tenant, payees, positions, user}, func(rows pgx.Rows) error { return t.take(rows, n, ever) })
		}
		names := `SELECT external_id, tenant_id = $1 AND id = ANY($2::uuid[]) AND tx_to = ` + forever + ` FROM %s WHERE tenant_id = $1`
		name := func(rows pgx.Rows) error {
			var text string
			var mine bool
			err := rows.Scan(&text, &mine)
			t.note(text, mine)
			return err
		}
		ask(h, conn, fmt.Sprintf(names, "payee"), []any{h.Tenant, payees}, name)
		ask(h, conn, fmt.Sprintf(names, "position"), []any{h.Tenant, positions}, name)
		ask(h, conn, `SELECT t.external_id, EXISTS (SELECT FROM credit c WHERE c.tenant_id = $1 AND c.transaction_id = t.id AND c.payee_id = ANY($2))
			FROM transaction t WHERE t.tenant_id = $1`, []any{h.Tenant, payees}, name)
		for _, table := range []string{"pay_adjustment", "opening_entry"} {
			ask(h, conn, `SELECT external_id, payee_id = ANY($2) FROM `+table+` WHERE tenant_id = $1`, []any{h.Tenant, payees}, name)
		}
		ask(h, conn, `SELECT external_id, position_id = ANY($2) FROM activity WHERE tenant_id = $1`, []any{h.Tenant, positions}, name)
		// Who gives, or is given, knows whom by their id.
		ask(h, conn, `SELECT x FROM delegation d, unnest(ARRAY[d.giver_id, d.receiver_id]) x WHERE $1::uuid IN (d.giver_id, d.receiver_id)`, []any{user}, func(rows pgx.Rows) error {
			var known uuid.UUID
			err := rows.Scan(&known)
			t.own[known.String()], t.own[model.UUIDs(model.KindUser, known).String()] = true, true
			return err
		})
	})
	t.settle()
	return t
}

// settle takes what somebody may see from what is foreign: a version that is
// not in force is of an id that may be, and a result of theirs that is no more
// published names them.
func (t *truth) settle() {
	for text := range t.own {
		delete(t.foreign, text)
	}
	t.ids = slices.DeleteFunc(t.ids, func(id model.ID) bool {
		return t.own[id.String()] || len(id.Key) > 16 && t.own[id.UUID().String()]
	})
}

func ask(h *harness.Harness, conn *pgx.Conn, sql string, args []any, each func(pgx.Rows) error) {
	rows, err := conn.Query(h.Context(), sql, args...)
	if err == nil {
		for rows.Next() && err == nil {
			err = each(rows)
		}
		rows.Close()
	}
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		h.Fatalf("%s: %v", sql, err)
	}
}

func (t *truth) take(rows pgx.Rows, n noun, ever bool) error {
	var keys []uuid.UUID
	var number int64
	var numbers []string
	var now, mine bool
	if err := rows.Scan(&keys, &number, &numbers, &now, &mine); err != nil {
		return err
	}
	id := model.UUIDs(n.kind, keys...)
	raw := ""
	if number != 0 {
		id, raw = model.IntID(n.kind, number), ""
	} else if len(keys) == 1 {
		raw = keys[0].String()
	}
	mine = mine && (now || ever)
	if fresh := !t.own[id.String()] && !t.foreign[id.String()] || mine && !t.own[id.String()]; fresh {
		if mine {
			t.mine = append(t.mine, id)
			if now {
				t.count[n.kind]++
			}
		} else {
			t.ids = append(t.ids, id)
		}
	}
	t.note(id.String(), mine)
	if raw != "" {
		t.note(raw, mine)
	}
	for _, amount := range numbers {
		if len(strings.Trim(strings.ReplaceAll(amount, ".", ""), "0")) >= 4 {
			t.note(amount, mine)
		}
	}
	return nil
}

func (t *truth) note(text string, mine bool) {
	if mine {
		t.own[text] = true
	} else {
		t.foreign[text] = true
	}
}

var (
	idText     = regexp.MustCompile(`\b[a-z]+_[0-9a-hjkmnp-tv-z]{13,}\b`)
	numberText = regexp.MustCompile(`([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?`) // documents set commas between thousands
	wordText   = regexp.MustCompile(`[\pL\pN]+`)
)

// leaks gives what of a JSON value is somebody else's, each with its place.
func (t *truth) leaks(place string, v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			if text, is := item.(string); is && (k == "cursor" || strings.HasSuffix(k, "Cursor")) {
				raw, _ := base64.RawURLEncoding.DecodeString(text)
				var opened any
				if json.Unmarshal(raw, &opened) == nil {
					out = append(out, t.leaks(place+"."+k, opened)...)
				}
				continue
			}
			out = append(out, t.leaks(place+"."+k, item)...)
		}
	case []any:
		for _, item := range v {
			out = append(out, t.leaks(place, item)...)
		}
	case string:
		words := append(idText.FindAllString(v, -1), v)
		for _, n := range numberText.FindAllString(v, -1) {
			words = append(words, bare(strings.ReplaceAll(n, ",", "")))
		}
		if strings.HasPrefix(place, "errors") || strings.HasSuffix(place, ".message") || strings.HasSuffix(place, ".detail") {
			words = append(words, wordText.FindAllString(v, -1)...)
		}
		for _, word := range words {
			known := t.own[word] || !idText.MatchString(word) || place == "errors.path"
			if t.foreign[word] || !known && word != v {
				out = append(out, place+" = "+word)
			}
		}
	case float64:
		if n := bare(fmt.Sprint(v)); t.foreign[n] {
			out = append(out, place+" = "+n)
		}
	}
	return out
}

func bare(text string) string {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return text
	}
	return d.Abs().String()
}
