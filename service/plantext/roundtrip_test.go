package plantext

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// keyed makes an id of a key, and keyOf finds the key again.
func keyed(r Reference) (model.ID, bool) {
	id := model.UUIDs(r.Kind, uuid.NewSHA1(uuid.NameSpaceOID, []byte(r.Key)))
	known[id] = r.Key
	return id, true
}

var known = map[model.ID]string{}

func keyOf(id model.ID) string { return known[id] }

// draws fills values: of every field, or of some.
type draws struct {
	t *rapid.T // nil: everything is filled
	n int
}

func (d *draws) number(most int) int {
	if d.t == nil {
		d.n++
		return d.n % most
	}
	return rapid.IntRange(0, most-1).Draw(d.t, "n")
}

var texts = []string{
	"A", "base commission", `kind == "BOOKING" && attr('x') != ''`, "it's", "a: b", "- x", "# no comment", " leads", "ends ", "", "true", "Null", "1.50", "0x1F", "12:30", "2026-01-01",
	"two\nlines", "first\n  second\n\nlast", "tab\there", "ends with a line\n", "\n begins with one", "größe", "\u65e5\u672c", "a,b", "[x]", "{x}", "*a", "&a", "!t", "%d", "@x", "`x`", "\\n", `"quoted"`, "\u00a0", "\u2028", "😀", "~", "=", "<<", "a\n", "|-", "x #y", "---", "...", "é\n#x", "\r", "a\r\nb", "\uFEFFx",
}

func (d *draws) text() string {
	if d.t == nil {
		d.n++
		return fmt.Sprintf("text %d", d.n)
	}
	if d.number(4) == 0 {
		return rapid.StringMatching(`[ -~\n\täöß]{0,12}`).Draw(d.t, "text")
	}
	return texts[d.number(len(texts))]
}

// fill draws a value of whatever type the model has.
func (d *draws) fill(v reflect.Value, called string) {
	switch own := v.Addr().Interface().(type) {
	case *model.ID:
		kind, is := kinds[called]
		if !is {
			panic(called + " points at no kind that decode.go knows")
		}
		*own, _ = keyed(Reference{kind, fmt.Sprintf("K%d", d.number(20))})
		return
	case *decimal.Decimal:
		*own = decimal.New(int64(d.number(2_000_000)-1000), -int32(d.number(11))).Normalize()
		return
	case *model.Date:
		*own = model.NewDate(2026, 1, 1).AddDays(d.number(3000))
		return
	case *model.CurrencyCode:
		*own = []model.CurrencyCode{"USD", "EUR", "JPY"}[d.number(3)]
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if d.t == nil || d.number(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(v.Elem(), called)
		}
	case reflect.Slice:
		n := 2
		if d.t != nil {
			n = d.number(4)
		}
		for range n {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			d.fill(v.Index(v.Len()-1), called)
		}
	case reflect.Struct:
		for f := range v.Type().Fields() {
			if key, _ := name(f); key != "" {
				d.fill(v.FieldByIndex(f.Index), key)
			}
		}
	case reflect.Bool:
		v.SetBool(d.t == nil || d.number(2) == 0)
	case reflect.Int:
		v.SetInt(int64(d.number(1000)))
	case reflect.String:
		all := choices[v.Type()]
		if all == nil {
			v.SetString(d.text())
			return
		}
		v.SetString(all[d.number(len(all))])
	default:
		panic("nothing fills " + v.Type().String())
	}
}

// normal is what a version says once it was read: what may be left out is
// filled in.
func normal(v *Version) *Version {
	v.Rules = v.Rules.WithDefaults()
	for i := range v.Components {
		settle(reflect.ValueOf(&v.Components[i]).Elem())
		for j := range v.Components[i].Adjustments {
			settle(reflect.ValueOf(&v.Components[i].Adjustments[j]).Elem())
		}
	}
	for i := range v.Parameters {
		settle(reflect.ValueOf(&v.Parameters[i]).Elem())
	}
	return v
}

// failing is a test that can fail: rapid has its own.
type failing interface {
	Fatalf(format string, args ...any)
}

func readBack(t failing, text string) *Version {
	parsed, errs := Parse(text)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	v, errs := parsed.Version(keyed)
	if len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	return v
}

// TestEveryFieldIsInTheText fills every field of a version and expects all of
// them back: a field that the text loses, or that it has no way to say, fails.
func TestEveryFieldIsInTheText(t *testing.T) {
	var v Version
	(&draws{}).fill(reflect.ValueOf(&v).Elem(), "")
	normal(&v)
	filled(t, reflect.ValueOf(v), "Version")
	text := Write(&v, keyOf)
	back := readBack(t, text)
	if !reflect.DeepEqual(*back, v) {
		t.Errorf("the text lost something:\n%s\nwas   %+v\nis now %+v", text, v, *back)
	}
	if again := Write(back, keyOf); again != text {
		t.Errorf("the text reads\n%s\nand then\n%s", text, again)
	}
}

// filled fails where a field was left empty: then nothing is known of it.
func filled(t *testing.T, v reflect.Value, path string) {
	if v.Kind() != reflect.Bool && v.IsZero() && !strings.HasSuffix(path, ".Format") {
		t.Errorf("%s is not filled", path)
	}
	switch v.Kind() {
	case reflect.Slice:
		for i, item := range v.Seq2() {
			filled(t, item, fmt.Sprintf("%s.%d", path, int(i.Int())))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[decimal.Decimal]() || v.Type() == reflect.TypeFor[model.ID]() {
			return
		}
		for f := range v.Type().Fields() {
			if f.Tag.Get("json") == "" {
				t.Errorf("%s.%s has no name in json, by which the text would call it", path, f.Name)
			}
			filled(t, v.FieldByIndex(f.Index), path+"."+f.Name)
		}
	}
}

// TestEveryFieldOfTheModelIsContentOrIdentity holds the text to the model: a new
// field of a plan version, or of a rate table's, is in the text, or stands here.
func TestEveryFieldOfTheModelIsContentOrIdentity(t *testing.T) {
	identity := []string{"ID", "PlanID", "State", "ContentHash", "AuthorID", "AuthorFor", "SubmittedAt", "ApproverID", "ApprovedAt", "PublishedAt", "Version"}
	elsewhere := []string{"Number", "Days"} // number, startDate and endDate
	for f := range reflect.TypeFor[model.PlanVersion]().Fields() {
		if !slices.Contains(slices.Concat(identity, elsewhere, content), f.Name) {
			t.Errorf("PlanVersion.%s is not in the text: add it to Version and to content", f.Name)
		}
	}
	for f := range reflect.TypeFor[model.RateTableVersion]().Fields() {
		if _, has := reflect.TypeFor[RateTable]().FieldByName(f.Name); !has && f.Name != "Days" {
			t.Errorf("RateTableVersion.%s is not in the text: add it to RateTable", f.Name)
		}
	}
}

func TestTextsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Version
		(&draws{t: t}).fill(reflect.ValueOf(&v).Elem(), "")
		normal(&v)
		text := Write(&v, keyOf)
		back := readBack(t, text)
		if again := Write(back, keyOf); again != text {
			t.Fatalf("the text reads\n%s\nand then\n%s", text, again)
		}
		for i := range v.Components {
			if got, want := back.Components[i].Condition, v.Components[i].Condition; got != want {
				t.Fatalf("a condition %q came back as %q\n%s", want, got, text)
			}
		}
	})
}
