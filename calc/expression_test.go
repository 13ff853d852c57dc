package calc

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"spm/model"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	row, credit := testRows(t)
	for text, want := range map[string]bool{
		"":                                      true,
		" \n ":                                  true,
		"true":                                  true,
		"not true":                              false,
		"!(1 > 2)":                              true,
		`kind == "BOOKING"`:                     true,
		`"BOOKING" == kind`:                     true,
		`kind != "BOOKING"`:                     false,
		`kind == source`:                        false,
		`kind in ["RENEWAL", "BOOKING"]`:        true,
		`kind in []`:                            false,
		`kind not in ["RENEWAL", "BOOKING"]`:    false,
		`kind in ["RENEWAL", attr("segment")]`:  false,
		`amount in [1, 1250.5]`:                 true,
		`eventDate in [date("2026-03-31")]`:     true,
		"amount == 1250.5":                      true,
		"amount == 1_250.500":                   true,
		"amount > 1250.49 and amount < 1250.51": true,
		"amount >= 1250.5 && amount <= 1250.5":  true,
		"amount < 0 || quantity > 2.99":         true,
		"0.1 + 0.2 == 0.3":                      true,
		"0.1 * 3 != 0.3":                        false,
		"-amount < 0":                           true,
		"+amount > 0":                           true,
		"1 - -1 == 2":                           true,
		"100000000000000000000.1 > 100000000000000000000.05": true,
		"9007199254740993.0 == 9007199254740992.0":           false,
		`number("9007199254740993") == 9007199254740993`:     true,
		"margin != nil and margin > 5":                       false,
		"margin == nil":                                      true,
		"nil != quantity":                                    true,
		"quantity != nil and quantity == 3":                  true,
		"paidDate == nil or paidDate > eventDate":            true,
		"bookedDate > eventDate":                             true,
		`eventDate < date("2026-04-01")`:                     true,
		`attr("segment") == "Enterprise"`:                    true,
		`attr("nothing") == ""`:                              true,
		`attr(lower("SEGMENT")) == "Enterprise"`:             true,
		`number(attr("points")) * 2 == 25`:                   true,
		`lower(attr("segment")) startsWith "enter"`:          true,
		`attr("segment") contains "price"`:                   false,
		`attr("segment") not contains "price"`:               true,
		`attr("segment") endsWith upper("e")`:                false,
		`trim("  a ") == "a"`:                                true,
		`externalId == "T-1" and orderId == "O-1" and line == "2" and source == "crm" and currency == "USD"`: true,
		`product == "GTX Pro"`:           true,
		`account == "ACME"`:              true,
		`accountAttr("tier") == "gold"`:  true,
		`productAttr("family") == "gtx"`: true,
		`productIn("GTX Pro") and productIn("Hardware") and productIn("All")`: true,
		`productIn("Legacy")`:                                            false,
		`accountIn("ACME")`:                                              true,
		`amount > 1000 ? kind == "BOOKING" : false`:                      true,
		`(amount > 2000 ? eventDate : bookedDate) == date("2026-04-02")`: true,
		`(amount > 2000 ? "a" : "b") == "b"`:                             true,
		"(1 < 2) == true":                                                true,
		"false and 1 / quantity > margin":                                false,
		"kind == \"BOOKING\" // a comment":                               true,
	} {
		e, err := Compile(TransactionEnv, text, ResultBool)
		if err != nil {
			t.Errorf("%s: %s", text, err)
			continue
		}
		if got, err := e.Bool(row); err != nil || got != want {
			t.Errorf("%s: got %t, %v", text, got, err)
		}
		if e.Text() != text {
			t.Errorf("the text of %q is %q", text, e.Text())
		}
	}
	for text, want := range map[string]bool{
		`creditType == "REVENUE" and creditKind == "DIRECT" and share == 0.5 and level == 0`: true,
		`creditDate == date("2026-08-01")`:                                                   true,
		`position == "P1" and title == "AE" and payee == "ann"`:                              true,
		`payeeAttr("grade") == "7" and positionAttr("region") == "North"`:                    true,
		`payeeAttr("none") == "" and positionAttr("none") == ""`:                             true,
		"amount == 625.25 and quantity == 1.5":                                               true,
		`productIn("Legacy") and not productIn("Hardware")`:                                  true, // as of the credit's date
		`productAttr("family") == "old"`:                                                     true,
		"margin == nil and paidDate == nil and bookedDate != nil":                            true,
	} {
		e, err := Compile(CreditEnv, text, ResultBool)
		if err != nil {
			t.Errorf("%s: %s", text, err)
			continue
		}
		if got, err := e.Bool(credit); err != nil || got != want {
			t.Errorf("%s: got %t, %v", text, got, err)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	row, credit := testRows(t)
	for text, want := range map[string]string{
		"0.1": "0.1",
		".5":  "0.5",
		"0.30000000000000000000000000000000000001": "0.30000000000000000000000000000000000001",
		"amount":                         "1250.5",
		"amount * 0.07":                  "87.535",
		"2 + 3 * 4":                      "14",
		"(2 + 3) * -4":                   "-20",
		"1 / 3":                          "0.3333333333333333",
		"2 / 3":                          "0.6666666666666667",
		"-2 / 3":                         "-0.6666666666666667",
		"div(5, 10, 0)":                  "0",
		"div(15, 10, 0)":                 "2",
		"div(-15, 10, 0)":                "-2",
		"div(25, 10, 0)":                 "2",
		"div(-26, 10, 0)":                "-3",
		"div(1, 8, 2)":                   "0.12",
		"div(0.0001, 30000, 16)":         "0.0000000033333333",
		"round(2.5, 0)":                  "3",
		"round(-2.5, 0)":                 "-3",
		"round(amount / 7, 2)":           "178.64",
		"min(3, 1, 2)":                   "1",
		"max(3, amount, 2)":              "1250.5",
		"abs(-amount)":                   "1250.5",
		`number("-12.50")`:               "-12.5",
		`number(attr("points"))`:         "12.5",
		"quantity != nil ? quantity : 0": "3",
		"margin != nil ? margin : -1":    "-1",
	} {
		e, err := Compile(TransactionEnv, text, ResultNumber)
		if err != nil {
			t.Errorf("%s: %s", text, err)
			continue
		}
		if got, err := e.Decimal(row); err != nil || !got.Equal(dec(want)) {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
	e, err := Compile(CreditEnv, "amount * share + level", ResultNumber)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Decimal(credit); err != nil || got.String() != "312.625" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestErrorsPointAtTheCharacter(t *testing.T) {
	t.Parallel()
	_, err := Compile(TransactionEnv, "kind == \"ä\"\n  and amout > 1", ResultBool)
	var e *ExpressionError
	if !errors.As(err, &e) || e.Offset != 18 || e.Line != 2 || e.Column != 7 {
		t.Fatalf("%+v", err)
	}
	if got := e.Error(); got != "unknown name amout (line 2, column 7)" {
		t.Error(got)
	}
	if _, err := Compile("OTHER", "true", ResultBool); err == nil {
		t.Error("an unknown environment compiled")
	}
	if _, err := Compile(TransactionEnv, "", ResultNumber); err == nil {
		t.Error("an empty value compiled")
	}
	if _, err := Compile(TransactionEnv, "true", ResultNumber); err == nil {
		t.Error("a condition compiled as a value")
	}
}

func TestEvaluationErrors(t *testing.T) {
	t.Parallel()
	row, credit := testRows(t)
	for text, want := range map[string]string{
		"margin > 5":                    "margin is nil",
		"margin == 5":                   "margin is nil",
		"margin + 1 > 0":                "margin is nil",
		"5 != margin":                   "margin is nil",
		"paidDate < eventDate":          "paidDate is nil",
		"not (paidDate == eventDate)":   "paidDate is nil",
		"margin in [1]":                 "margin is nil",
		"1 in [margin]":                 "margin is nil",
		"(margin > 1 ? 1 : 2) == 1":     "margin is nil",
		"1 / (quantity - 3) > 1":        "division by zero",
		`number(attr("bad")) > 1`:       `"x1" is not a number`,
		`number(attr("none")) > 1`:      `"" is not a number`,
		`date(attr("bad")) > eventDate`: `"x1" is not a date`,
		`productIn("Nope")`:             `no product has the external id "Nope"`,
		`accountIn("Nope")`:             `no account has the external id "Nope"`,
		`date(attr(date("2026-01-01") < date(attr("bad")) ? "a" : "b")) > eventDate`: `"x1" is not a date`,
		`attr(date(attr("bad")) > eventDate ? "a" : "b") == "x"`:                     `"x1" is not a date`,
		`productIn(date(attr("bad")) > eventDate ? "a" : "b")`:                       `"x1" is not a date`,
		`number(date(attr("bad")) > eventDate ? "a" : "b") > 1`:                      `"x1" is not a date`,
		`lower(date(attr("bad")) > eventDate ? "a" : "b") in ["x"]`:                  `"x1" is not a date`,
	} {
		e, err := Compile(TransactionEnv, text, ResultBool)
		if err != nil {
			t.Errorf("%s: %s", text, err)
			continue
		}
		_, err = e.Bool(row)
		var failure *ExpressionError
		if !errors.As(err, &failure) || !strings.Contains(failure.Message, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	condition, _ := Compile(TransactionEnv, "true", ResultBool)
	value, _ := Compile(CreditEnv, "1", ResultNumber)
	for name, call := range map[string]func() error{
		"the wrong row":          func() error { _, err := condition.Bool(credit); return err },
		"the other wrong row":    func() error { _, err := value.Decimal(row); return err },
		"no transaction":         func() error { _, err := condition.Bool(&TransactionRow{}); return err },
		"no credit":              func() error { _, err := value.Decimal(&CreditRow{TransactionRow: *row}); return err },
		"a condition as a value": func() error { _, err := condition.Decimal(row); return err },
		"a value as a condition": func() error { _, err := value.Bool(credit); return err },
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A row may lack everything but its transaction.
func TestBareRows(t *testing.T) {
	t.Parallel()
	credit := &CreditRow{TransactionRow: TransactionRow{Transaction: &model.Transaction{Product: "p", Account: "a"}}, Credit: &model.Credit{}}
	e, err := Compile(CreditEnv, `product == "" and account == "a" and position == "" and title == "" and payee == "" and payeeAttr("x") == "" and positionAttr("x") == "" and productAttr("x") == "" and accountAttr("x") == "" and creditType == ""`, ResultBool)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Bool(credit); err != nil || !got {
		t.Error(got, err)
	}
}

func TestExpressionsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t)
	e, err := Compile(TransactionEnv, `productIn("All") and amount * 0.1 > 100 and kind in ["A", "BOOKING"] and productIn(attr("segment"))`, ResultBool)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if _, err := e.Bool(row); err == nil {
					t.Error("an unknown product was found")
				}
			}
		})
	}
	wg.Wait()
}

// What the schema shows must be what compiles, and nothing twice.
func TestNamesAndFunctionsAreWhatCompiles(t *testing.T) {
	t.Parallel()
	for environment, count := range map[Environment]int{TransactionEnv: 16, CreditEnv: 25, ActivityEnv: 10, EligibilityEnv: 4} {
		names := map[string]bool{}
		for _, v := range environment.Names() {
			if names[v.Name] || v.Meaning == "" || (v.Type == TypeNumber) != (v.Unit != "") {
				t.Errorf("%+v", v)
			}
			names[v.Name] = true
			text := map[ValueType]string{TypeNumber: "%s == 1", TypeText: `%s == ""`, TypeDate: `%s == date("2026-01-01")`}[v.Type]
			if _, err := Compile(environment, strings.ReplaceAll(text, "%s", v.Name), ResultBool); err != nil {
				t.Error(err)
			}
			_, err := Compile(environment, v.Name+" == nil", ResultBool)
			if (err == nil) != v.MayBeNil {
				t.Errorf("%s == nil: %v", v.Name, err)
			}
		}
		if len(names) != count {
			t.Errorf("%s has %d names", environment, len(names))
		}
		for _, f := range environment.Functions() {
			if names[f.Name] || f.Meaning == "" || len(f.Parameters) == 0 {
				t.Errorf("%+v", f)
			}
			names[f.Name] = true
		}
	}
}
