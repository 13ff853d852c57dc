package scenario

import (
	"fmt"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const setQuotas = `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { written quotas { id amount version } userErrors { path code message } sequence } }`

func TestQuotas(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr := f.measure("ARR")
	q1, q2 := f.periods["2026-Q1"], f.periods["2026-Q2"]
	quota := func(field, holder, period, amount string) vars {
		return vars{field: holder, "measureId": arr, "periodId": period, "amount": amount}
	}
	all := []vars{
		quota("positionId", f.seatA, q1, "90000"), quota("positionId", f.seatB, q1, "80000"), quota("positionId", f.seatE, q1, "70000"),
		quota("titleId", f.ae, q2, "60000.50"), quota("titleId", f.lead, q2, "50000"), quota("positionId", f.seatM, q1, "400000"),
	}
	set := f.do(setQuotas, vars{"q": all}).At("setQuotas")
	ids := harness.Texts(set.List("quotas"), "id")
	harness.Same(t, "amounts", harness.Texts(set.List("quotas"), "amount"), "90000", "80000", "70000", "60000.5", "50000", "400000")
	f.pages(f.admin, "quotas", "id", ids...)

	t.Run("what is so already is not written again", func(t *testing.T) {
		all[1]["amount"] = "81000"
		again := f.do(setQuotas, vars{"q": all}).At("setQuotas")
		if again.At("written").V != 1.0 {
			t.Errorf("wrote %v", again.At("written").V)
		}
		harness.Same(t, "ids", harness.Texts(again.List("quotas"), "id"), ids...)
		if v := again.List("quotas")[1]; v.At("version").V != 2.0 || v.String("amount") != "81000" {
			t.Errorf("Bob's is %v", v.V)
		}
		if n := f.do(setQuotas, vars{"q": all}).At("setQuotas", "written").V; n != 0.0 {
			t.Errorf("wrote %v", n)
		}
	})
	t.Run("one that is wrong stops all", func(t *testing.T) {
		bad := []vars{
			quota("positionId", f.seatA, q1, "1"), quota("positionId", f.seatA, q1, "2"), quota("positionId", f.ae, q1, "3"),
			quota("titleId", f.ae, arr, "-4"), {"measureId": q1, "periodId": q1, "amount": "5"},
			{"positionId": f.seatB, "titleId": f.ae, "measureId": arr, "periodId": q1, "amount": "6"},
			{"positionId": f.seatB, "measureId": arr, "periodId": q1, "amount": "7", "ifVersion": 1},
		}
		errs, payload := f.refused(f.admin, setQuotas, vars{"q": bad})
		harness.Same(t, "errors", errs, "input.quotas.1 DUPLICATE_INPUT", "input.quotas.2.positionId NOT_FOUND", "input.quotas.3.periodId NOT_FOUND",
			"input.quotas.3.amount INVALID", "input.quotas.4.positionId REQUIRED", "input.quotas.4.measureId NOT_FOUND",
			"input.quotas.5.titleId INVALID", "input.quotas.6 DUPLICATE_INPUT", "input.quotas.6.ifVersion CONFLICT")
		if got := fmt.Sprint(payload["quotas"]); got != fmt.Sprintf("[map[amount:81000 id:%s version:2]]", ids[1]) {
			t.Errorf("the conflict shows %s", got)
		}
		errs, _ = f.refused(f.admin, setQuotas, vars{"q": []vars{}})
		harness.Same(t, "none", errs, "input.quotas REQUIRED")
		many := make([]vars, 251)
		for i := range many {
			many[i] = all[0]
		}
		errs, _ = f.refused(f.admin, setQuotas, vars{"q": many})
		harness.Same(t, "too many", errs, "input.quotas TOO_MANY")
	})
	t.Run("a filter keeps what it says", func(t *testing.T) {
		found := f.do(`query($p: ID!, $s: ID!) { quotas(where: {periodId: {eq: $p}, positionId: {in: [$s]}}) {
			nodes { amount position { externalId } title { id } measure { key } period { name } } } }`, vars{"p": q1, "s": f.seatA})
		if got := fmt.Sprint(found.At("quotas", "nodes").V); got != "[map[amount:90000 measure:map[key:ARR] period:map[name:2026-Q1] position:map[externalId:ann] title:<nil>]]" {
			t.Errorf("found %s", got)
		}
	})
	t.Run("whom they concern sees them, nobody else", func(t *testing.T) {
		for _, c := range []struct {
			name  string
			token string
			want  []string
		}{
			{"Ann", f.Token(&f.ann, model.RoleRep), []string{ids[0], ids[3]}},
			{"Eve", f.Token(&f.eve, model.RoleRep), []string{ids[2], ids[4]}},
			{"Mia", f.Token(&f.mia, model.RoleManager), []string{ids[0], ids[1], ids[3], ids[4], ids[5]}},
			{"Mia as a rep", f.Token(&f.mia, model.RoleRep), []string{ids[4], ids[5]}},
			{"a stranger to all", f.Token(nil, model.RoleRep), nil},
			{"sales operations", f.Token(nil, model.RoleSalesOps), ids},
		} {
			f.pages(c.token, "quotas", "id", c.want...)
			var measures []string
			if len(c.want) > 0 {
				measures = []string{"ARR"}
			}
			harness.Same(t, c.name+"'s measures", harness.Texts(f.Do(c.token, `{ measures { nodes { key } } }`, nil).List("measures", "nodes"), "key"), measures...)
			seen := f.Do(c.token, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": ids}).List("nodes")
			n := 0
			for _, v := range seen {
				if v.V != nil {
					n++
				}
			}
			if n != len(c.want) {
				t.Errorf("%s sees %d nodes", c.name, n)
			}
		}
		f.forbidden(f.Token(&f.ann, model.RoleRep), setQuotas, vars{"q": all})
		f.forbidden(f.Token(nil, model.RoleAuditor), setQuotas, vars{"q": all})
	})
	t.Run("a removed one is gone", func(t *testing.T) {
		const remove = `mutation($id: ID!, $v: Int!) { removeQuota(input: {id: $id, ifVersion: $v}) { quota { version } userErrors { path code } } }`
		errs, payload := f.refused(f.admin, remove, vars{"id": ids[1], "v": 1})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if fmt.Sprint(payload["quota"]) != "map[version:2]" {
			t.Errorf("the conflict shows %v", payload["quota"])
		}
		f.do(remove, vars{"id": ids[1], "v": 2})
		errs, _ = f.refused(f.admin, remove, vars{"id": ids[1], "v": 2})
		harness.Same(t, "gone", errs, "input.id NOT_FOUND")
		back := f.do(setQuotas, vars{"q": all[1:2]}).At("setQuotas")
		if back.String("quotas", 0, "id") == ids[1] {
			t.Error("a removed quota's id came back")
		}
	})
}
