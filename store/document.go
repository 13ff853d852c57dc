package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

type clientApplicationRow struct {
	head
	Name string `bun:"name"`
}

var clientApplications = &table[clientApplicationRow, model.ClientApplication, *clientApplicationRow]{
	name: "client_application", kind: model.KindClientApplication,
	order: []orderKey{{expr: "t.name", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *clientApplicationRow) *model.ClientApplication {
		return &model.ClientApplication{ID: model.UUIDs(model.KindClientApplication, r.ID), Name: r.Name, Version: r.Version}
	},
	row: func(m *model.ClientApplication) (*clientApplicationRow, model.ID, int) {
		return &clientApplicationRow{Name: m.Name}, m.ID, m.Version
	},
	reach: func(b *builder, _ model.Scope) { b.add(" AND false") }, // seen by those who see all
}

// ClientApplicationsByID reads client applications by id.
func (r reads) ClientApplicationsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.ClientApplication, error) {
	return clientApplications.byIDs(ctx, r, scope, ids)
}

// ClientApplicationPage reads a page of client applications, by name.
func (r reads) ClientApplicationPage(ctx context.Context, scope model.Scope, where *model.ClientApplicationWhere, page model.PageArgs) (*model.Connection[model.ClientApplication], error) {
	return clientApplications.page(ctx, r, scope, clientApplicationList, where, page)
}

// SaveClientApplication writes the application's next version and gives its
// number.
func (tx *Tx) SaveClientApplication(ctx context.Context, m *model.ClientApplication) (int, error) {
	return clientApplications.save(ctx, tx, m)
}

type trustedDocumentRow struct {
	head
	ApplicationID uuid.UUID  `bun:"application_id"`
	Key           string     `bun:"key"`
	Hash          []byte     `bun:"hash"`
	Text          string     `bun:"text"`
	OperationName string     `bun:"operation_name"`
	OperationType string     `bun:"operation_type"`
	RegisteredAt  time.Time  `bun:"registered_at"`
	RetiredAt     *time.Time `bun:"retired_at"`
}

var trustedDocuments = &table[trustedDocumentRow, model.TrustedDocument, *trustedDocumentRow]{
	name: "trusted_document", kind: model.KindTrustedDocument, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *trustedDocumentRow) *model.TrustedDocument {
		return &model.TrustedDocument{
			ID: model.UUIDs(model.KindTrustedDocument, r.ID), ApplicationID: model.UUIDs(model.KindClientApplication, r.ApplicationID),
			Key: r.Key, Hash: [sha256.Size]byte(r.Hash), Text: r.Text, OperationName: r.OperationName,
			OperationType: model.OperationType(r.OperationType), RegisteredAt: r.RegisteredAt, RetiredAt: r.RetiredAt, Version: r.Version,
		}
	},
	row: func(m *model.TrustedDocument) (*trustedDocumentRow, model.ID, int) {
		return &trustedDocumentRow{
			ApplicationID: m.ApplicationID.UUID(), Key: m.Key, Hash: m.Hash[:], Text: m.Text, OperationName: m.OperationName,
			OperationType: string(m.OperationType), RegisteredAt: m.RegisteredAt, RetiredAt: m.RetiredAt,
		}, m.ID, m.Version
	},
	reach: func(b *builder, _ model.Scope) { b.add(" AND false") }, // seen by those who see all
}

// TrustedDocumentsByID reads trusted documents by id.
func (r reads) TrustedDocumentsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.TrustedDocument, error) {
	return trustedDocuments.byIDs(ctx, r, scope, ids)
}

// TrustedDocumentPage reads a page of trusted documents, by the ids that their
// applications gave them.
func (r reads) TrustedDocumentPage(ctx context.Context, scope model.Scope, where *model.TrustedDocumentWhere, page model.PageArgs) (*model.Connection[model.TrustedDocument], error) {
	return trustedDocuments.page(ctx, r, scope, trustedDocumentList, where, page)
}

// TrustedDocumentsNamed reads the documents, retired ones too, that bear one of
// the keys in any application.
func (r reads) TrustedDocumentsNamed(ctx context.Context, scope model.Scope, keys []string) ([]*model.TrustedDocument, error) {
	return trustedDocuments.byKeys(ctx, r, scope, keys)
}

// TrustedText gives the text that a caller names by a document's key or by the
// SHA-256 of its text, of one application or of any where application is nil;
// "" where no document in force has it. What is committed counts, sealed or
// not, so that a retired document is heard of at once.
func (r reads) TrustedText(ctx context.Context, tenant uuid.UUID, application *model.ID, key string, hash []byte) (string, error) {
	b := (&builder{}).add("SELECT t.text FROM trusted_document t WHERE t.tenant_id = ? AND t.tx_to = "+inForceNow+" AND t.retired_at IS NULL", tenant)
	if hash != nil {
		b.add(" AND t.hash = ?", hash)
	} else {
		b.add(" AND t.key = ?", key)
	}
	if application != nil {
		b.add(" AND t.application_id = ?", application.UUID())
	}
	var text string
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, b.add(" LIMIT 1").sql(), b.args, func(rows pgx.Rows) error { return rows.Scan(&text) })
	return text, err
}

// SaveTrustedDocument writes the document's next version and gives its number.
func (tx *Tx) SaveTrustedDocument(ctx context.Context, m *model.TrustedDocument) (int, error) {
	return trustedDocuments.save(ctx, tx, m)
}
