package auth

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"spm/model"
)

func TestAPIKeyText(t *testing.T) {
	id, tenant := model.UUIDs(model.KindAPIKey, uuid.Must(uuid.NewV7())), uuid.New()
	text, made := NewKey(id, tenant)
	if len(text) != keyLength || !strings.HasPrefix(text, ShownPrefix(id)) || !IsKey(text) {
		t.Errorf("the key is %q", text)
	}
	parsed, err := ParseKey(text)
	if err != nil || parsed != made || parsed.ID != id || parsed.Tenant != tenant {
		t.Errorf("parsed %v, %v; made %v", parsed, err, made)
	}
	if other, _ := NewKey(id, tenant); other == text || other[:len(KeyPrefix)+52] != text[:len(KeyPrefix)+52] {
		t.Errorf("another secret of the same key: %q and %q", text, other)
	}
}

// TestMistypedKeysAreKnown changes, drops, doubles and swaps each character.
func TestMistypedKeysAreKnown(t *testing.T) {
	text, _ := NewKey(model.UUIDs(model.KindAPIKey, uuid.New()), uuid.New())
	refused := func(wrong string) {
		t.Helper()
		if _, err := ParseKey(wrong); err == nil && wrong != text {
			t.Errorf("%q was taken for %q", wrong, text)
		} else if err != nil && strings.Contains(err.Error(), text[len(KeyPrefix):]) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
	for i := range len(text) {
		for _, c := range "0123456789abcdefghijklmnopqrstuvwxyzABZ_-. \n\x00é" {
			refused(text[:i] + string(c) + text[i+1:])
		}
		refused(text[:i] + text[i+1:])
		refused(text[:i] + text[i:i+1] + text[i:])
		refused(text[:i])
		if i > 0 {
			refused(text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:])
		}
	}
	for _, wrong := range []string{"", KeyPrefix, text + text, " " + text, text + " ", strings.ToUpper(text)} {
		refused(wrong)
	}
}

func FuzzParseKey(f *testing.F) {
	text, _ := NewKey(model.UUIDs(model.KindAPIKey, uuid.UUID{1}), uuid.UUID{2})
	f.Add(text)
	f.Add(KeyPrefix)
	f.Add(text[:len(text)-1] + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := ParseKey(text)
		if err != nil {
			return
		}
		if len(text) != keyLength || !strings.HasPrefix(text, ShownPrefix(parsed.ID)) || parsed.ID.Kind != model.KindAPIKey {
			t.Errorf("%q was taken as %v", text, parsed)
		}
	})
}

// TestScopesNeverWiden holds the table of scopes to what keys are for, and each
// key to what its creator may do.
func TestScopesNeverWiden(t *testing.T) {
	never := []Permission{
		UserRead, UserWrite, APIKeyRead, APIKeyWrite, PlanWrite, PlanApprove, PlanAssign, CalculationRun, AdjustmentWrite, AdjustmentApprove,
		HoldRelease, PeriodClose, PeriodApprove, PeriodPay, StatementAnswer, ExceptionWrite, CreditingWrite, CalendarWrite,
	}
	position := model.UUIDs(model.KindPosition, uuid.New())
	for _, creator := range roles {
		key := &Principal{Key: &Key{Scopes: KeyScopes(), Creator: []model.Role{creator}}}
		limited := &Principal{Key: &Key{Scopes: KeyScopes(), Creator: []model.Role{creator}, Position: &position}}
		none := &Principal{Key: &Key{Creator: []model.Role{creator}}}
		for _, do := range PermissionsOf(roles) {
			has := RowsOf([]model.Role{creator}, do)
			if got := key.rows(do); got > has || got != NoRows && got != All {
				t.Errorf("a %s has %v of %s, a key of theirs %v", creator, has, do, got)
			}
			if got := limited.rows(do); got == All && everyone[do] != All || got > key.rows(do) {
				t.Errorf("a limited key of a %s has %v of %s", creator, got, do)
			}
			if got := none.Can(do); got != (do == Public || do == TenantRead) {
				t.Errorf("a key without scopes: %s is %v", do, got)
			}
		}
		for _, do := range never {
			if key.Can(do) {
				t.Errorf("a key may %s", do)
			}
		}
	}
	for _, scope := range KeyScopes() {
		writes := strings.HasSuffix(string(scope), "_WRITE")
		if writes && Bounds(scope) {
			t.Errorf("%s writes, and a position is to bound it", scope)
		}
		for _, do := range keyScopes[scope] {
			if Grants([]model.Role{model.RoleRep, model.RoleManager}, scope) && everyone[do] != All {
				t.Errorf("a manager may give %s for all rows", scope)
			}
		}
	}
}
