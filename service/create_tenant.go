package service

import (
	"context"
	"regexp"
	"time"

	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// CreateTenantInput is a customer organisation to add, with who signs in first.
type CreateTenantInput struct {
	Key      string // 1 to 63 small letters, digits and dashes
	Name     string
	TimeZone string // IANA name, "UTC" where empty
	Currency model.CurrencyCode
	Issuer   string // of the first user's tokens
	Subject  string
	UserName string
	Roles    []model.Role // TENANT_ADMIN where empty
}

var tenantKey = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CreateTenant adds a tenant with its first user, the credit type REVENUE and
// the usual transaction kinds. It is no mutation of the graph: the command
// `tenant create` calls it. The key of another tenant is TAKEN.
func (s *Service) CreateTenant(ctx context.Context, input CreateTenantInput) (model.ID, error) {
	id, err := newID(model.KindTenant)
	if err != nil {
		return id, err
	}
	if input.TimeZone == "" {
		input.TimeZone = "UTC"
	}
	if len(input.Roles) == 0 {
		input.Roles = []model.Role{model.RoleTenantAdmin}
	}
	var errs model.UserErrors
	if !tenantKey.MatchString(input.Key) {
		errs.Add(model.UserInvalid, "input.key", "a tenant's key is 1 to 63 small letters, digits and dashes")
	}
	checkText(&errs, "input.name", input.Name, maxName)
	checkText(&errs, "input.userName", input.UserName, maxName)
	checkText(&errs, "input.subject", input.Subject, 255)
	checkText(&errs, "input.issuer", input.Issuer, 255)
	if _, err := time.LoadLocation(input.TimeZone); err != nil {
		errs.Add(model.UserInvalid, "input.timeZone", "%q is no IANA time zone", input.TimeZone)
	}
	if err := errs.OrNil(); err != nil {
		return id, err
	}
	opts := store.TxOptions{Tenant: id.UUID(), Role: store.RoleWorker, ActorName: "spm tenant create", Operation: "createTenant"}
	var xid int64
	err = s.Store.InTx(ctx, opts, func(tx *store.Tx) error {
		xid = tx.XID
		tenant := &model.Tenant{ID: id, Key: input.Key, Name: input.Name, TimeZone: input.TimeZone, Currency: input.Currency}
		if err := tx.CreateTenant(ctx, tenant); err != nil {
			return err
		}
		return furnish(ctx, tx, input)
	})
	if err == nil {
		s.Sealer.Await(ctx, id.UUID(), xid)
	}
	return id, err
}

// furnish gives a new tenant what nearly every one needs.
func furnish(ctx context.Context, tx *store.Tx, input CreateTenantInput) error {
	user := &model.User{
		ID: model.UUIDs(model.KindUser, uuid.Must(uuid.NewV7())), Issuer: input.Issuer, Subject: input.Subject,
		Name: input.UserName, Roles: input.Roles, Active: true,
	}
	if _, err := tx.SaveUser(ctx, user); err != nil {
		return err
	}
	revenue := &model.CreditType{ID: model.UUIDs(model.KindCreditType, uuid.Must(uuid.NewV7())), Key: "REVENUE", Name: "Revenue", Unit: "MONEY"}
	if _, err := tx.SaveCreditType(ctx, revenue); err != nil {
		return err
	}
	for _, kind := range []model.TransactionKind{
		{Key: "BOOKING", Name: "Booking", Role: model.RoleCreditable},
		{Key: "INVOICE", Name: "Invoice", Role: model.RoleCreditable},
		{Key: "RETURN", Name: "Return", Role: model.RoleReversal},
		{Key: "CANCELLATION", Name: "Cancellation", Role: model.RoleReversal},
		{Key: "PAYMENT", Name: "Payment", Role: model.RoleCash},
	} {
		kind.ID = model.UUIDs(model.KindTransactionKind, uuid.Must(uuid.NewV7()))
		if _, err := tx.SaveTransactionKind(ctx, &kind); err != nil {
			return err
		}
	}
	return nil
}
