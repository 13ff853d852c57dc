package calc

import (
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// tiersOf writes a table as published: "from to rate" by row, "" for no end.
func tiersOf(dimension model.DimensionOf, rows ...[3]string) []sceneTable {
	return []sceneTable{{Key: "t", Dimension: dimension, Gaps: true, Rows: rows}}
}

// TestWorkedExamples are the published examples of ../shared/cases that need
// nothing but these rate kinds, under the names that they have there.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	marginal, retroactive := &sceneComponent{Table: "t"}, &sceneComponent{Table: "t", Mode: model.TierRetroactive}
	money, attainment := model.ByMeasure, model.ByAttainment
	broker := tiersOf(money, [3]string{"0", "300000", "0.01"}, [3]string{"300000", "", "0.005"})
	zoho := tiersOf(money, [3]string{"0", "10000", "0.1"}, [3]string{"10000", "25000", "0.075"}, [3]string{"25000", "50000", "0.05"}, [3]string{"50000", "100000", "0.03"}, [3]string{"100000", "200000", "0.015"}, [3]string{"200000", "", "0.01"})
	annual := tiersOf(money, [3]string{"0", "300000", "0.03"}, [3]string{"300000", "600000", "0.05"}, [3]string{"600000", "", "0.07"})
	calcand := tiersOf(money, [3]string{"0", "10000", "0.03"}, [3]string{"10000", "25000", "0.05"}, [3]string{"25000", "", "0.07"})
	for _, c := range []struct {
		name      string
		tables    []sceneTable
		component *sceneComponent
		quota     string
		sales     []string
		want      string
		slices    string // what each slice earns, where it was published
	}{
		{"excelguru-quota-accelerator-ranges", tiersOf(attainment, [3]string{"1", "1.25", "1.25"}, [3]string{"1.25", "1.5", "1.5"}, [3]string{"1.5", "2", "1.75"}, [3]string{"2", "", "2"}), marginal, "10000", []string{"14000"}, "5375", "0 3125 2250"},
		{"prowi-five-band-threshold-accelerator", tiersOf(attainment, [3]string{"0", "0.5", "0"}, [3]string{"0.5", "1", "0.08"}, [3]string{"1", "1.25", "0.12"}, [3]string{"1.25", "1.5", "0.15"}, [3]string{"1.5", "", "0.18"}), marginal, "250000", []string{"325000"}, "19375", "0 10000 7500 1875"},
		{"mrexcel-compensation-three-slices-of-budget", tiersOf(attainment, [3]string{"0", "0.5", "0.1"}, [3]string{"0.5", "1", "0.2"}, [3]string{"1", "", "0.3"}), marginal, "90", []string{"100"}, "16.5", "4.5 9 3"},
		{"broker-minimum-and-declining-rate 50,000", broker, marginal, "", []string{"50000"}, "500", ""}, // the minimum is a floor, which comes later
		{"broker-minimum-and-declining-rate 400,000", broker, marginal, "", []string{"400000"}, "3500", "3000 500"},
		{"broker-minimum-and-declining-rate 800,000", broker, marginal, "", []string{"800000"}, "5500", "3000 2500"},
		{"zoho-graded-premium-scale 300,000", zoho, marginal, "", []string{"300000"}, "7375", "1000 1125 1250 1500 1500 1000"},
		{"zoho-graded-premium-scale 60,000", zoho, marginal, "", []string{"60000"}, "3675", "1000 1125 1250 300"},
		{"flat-thirty-percent-two-months", nil, &sceneComponent{Rate: "0.3"}, "", []string{"300", "250"}, "165", ""},
		{"residual-five-percent-monthly", nil, &sceneComponent{Rate: "0.05"}, "", []string{"2000"}, "100", ""},
		{"biggestcalculatorhub-three-tier-annual 750,000", annual, marginal, "", []string{"750000"}, "34500", "9000 15000 10500"},
		{"biggestcalculatorhub-three-tier-annual 600,000", annual, marginal, "", []string{"600000"}, "24000", "9000 15000"},
		{"biggestcalculatorhub-three-tier-annual 650,000", annual, marginal, "", []string{"650000"}, "27500", "9000 15000 3500"},
		{"biggestcalculatorhub-retroactive-at-boundary", annual, retroactive, "", []string{"600000"}, "42000", ""},
		{"lessonup-graduated-9840", tiersOf(money, [3]string{"0", "1000", "0.04"}, [3]string{"1000", "3000", "0.06"}, [3]string{"3000", "", "0.08"}), marginal, "", []string{"9840"}, "707.2", "40 120 547.2"},
		{"macmost-one-pound-gap-bands", tiersOf(money, [3]string{"0", "5000", "0.1"}, [3]string{"5001", "15000", "0.15"}, [3]string{"15001", "", "0.2"}), marginal, "", []string{"18000"}, "2599.65", "500 0 1499.85 0 599.8"},
		{"mathtutor-graduated-9000", tiersOf(money, [3]string{"0", "3000", "0.06"}, [3]string{"3000", "8000", "0.08"}, [3]string{"8000", "", "0.1"}), marginal, "", []string{"9000"}, "680", "180 400 100"},
		{"mrexcel-eight-increments-of-100k", tiersOf(money, [3]string{"0", "100000", "0.1"}, [3]string{"100000", "200000", "0.11"}, [3]string{"200000", "300000", "0.12"}, [3]string{"300000", "400000", "0.13"}, [3]string{"400000", "500000", "0.14"}, [3]string{"500000", "600000", "0.15"}, [3]string{"600000", "700000", "0.16"}, [3]string{"700000", "", "0.17"}), marginal, "", []string{"800000"}, "108000", "10000 11000 12000 13000 14000 15000 16000 17000"},
		{"referello-two-tier-marginal", tiersOf(money, [3]string{"0", "10000", "0.1"}, [3]string{"10000", "", "0.2"}), marginal, "", []string{"15000"}, "2000", "1000 1000"},
		{"sparrowgenie-non-retroactive-600k", tiersOf(money, [3]string{"0", "300000", "0.03"}, [3]string{"300000", "500000", "0.05"}, [3]string{"500000", "", "0.07"}), marginal, "", []string{"600000"}, "26000", "9000 10000 7000"},
		{"variable-commission-scale-150k", tiersOf(money, [3]string{"0", "35000", "0.04"}, [3]string{"35000", "50000", "0.06"}, [3]string{"50000", "", "0.08"}), marginal, "", []string{"160000", "-10000"}, "10300", ""},
		{"calcand-tiered-vs-sliding-35k marginal", calcand, marginal, "", []string{"35000"}, "1750", "300 750 700"},
		{"calcand-tiered-vs-sliding-35k retroactive", calcand, retroactive, "", []string{"35000"}, "2450", ""},
		{"oracle-flat-versus-step-lookup 15,000", tiersOf(money, [3]string{"0", "10000", "0.01"}, [3]string{"10000", "50000", "0.02"}, [3]string{"50000", "100000", "0.03"}, [3]string{"100000", "9999999", "0.04"}), marginal, "", []string{"15000"}, "200", "100 100"},
		{"oracle-flat-versus-step-lookup 60,000, not split", tiersOf(money, [3]string{"0", "10000", "0.01"}, [3]string{"10000", "50000", "0.02"}, [3]string{"50000", "100000", "0.03"}, [3]string{"100000", "9999999", "0.04"}), retroactive, "", []string{"60000"}, "1800", ""},
		{"mytime-redo-original-cycle", tiersOf(money, [3]string{"1000", "2000", "0.1"}, [3]string{"2000", "", "0.2"}), marginal, "", []string{"1248"}, "24.8", "0 24.8"},
		{"prowi-spiff-on-top-of-commission, the SPIF", nil, &sceneComponent{Rate: "1000", Measure: "units"}, "", []string{"20000", "20000", "20000", "20000", "20000"}, "5000", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := scene{Tables: c.tables, Component: c.component, Quota: c.quota, Credits: sold(c.sales...), Measures: []sceneMeasure{{Key: "units", Value: model.ValueCount}}}
			e := s.only(t)
			if got := e.Amount.Amount.String(); got != c.want {
				t.Errorf("earned %s, want %s", got, c.want)
			}
			var slices []decimal.Decimal
			for i, kind := range e.Trace.Kinds {
				if kind == NodeSlice {
					slices = append(slices, e.Trace.Amounts.At(i))
				}
			}
			if got := joined(slices); c.slices != "" && got != c.slices {
				t.Errorf("the slices earn %s, want %s", got, c.slices)
			}
		})
	}
}

// TestAttainmentExamples are the published quotients.
func TestAttainmentExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, quota, sold, want string }{
		{"mathcentral-shortfall-of-quota", "14796", "12834", "0.8673965936739659"},
		{"oracle-interval-goal-attainment I1", "3000", "3000", "1"},
		{"oracle-interval-goal-attainment I2", "3000", "2000", "0.6666666666666667"},
	} {
		s := scene{Quota: c.quota, Component: &sceneComponent{Rate: "0"}, Credits: sold(c.sold)}
		if got := s.only(t).Attainment.String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
