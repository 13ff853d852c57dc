package store

import (
	"context"
	"crypto/sha256"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

type issuerRow struct {
	head
	Name          string   `bun:"name"`
	URL           string   `bun:"url"`
	Audience      string   `bun:"audience"`
	Algorithms    []string `bun:"algorithms,array"`
	JWKSURL       *string  `bun:"jwks_url"`
	SubjectClaim  string   `bun:"subject_claim"`
	UntypedTokens bool     `bun:"untyped_tokens"`
	Active        bool     `bun:"active"`
}

func (r *issuerRow) issuer() *model.Issuer {
	algorithms := make([]model.IssuerAlgorithm, len(r.Algorithms))
	for i, algorithm := range r.Algorithms {
		algorithms[i] = model.IssuerAlgorithm(algorithm)
	}
	return &model.Issuer{
		ID: model.UUIDs(model.KindIssuer, r.ID), Name: r.Name, URL: r.URL, Audience: r.Audience, Algorithms: algorithms, JWKSURL: r.JWKSURL,
		SubjectClaim: model.SubjectClaim(r.SubjectClaim), UntypedTokens: r.UntypedTokens, Active: r.Active, Version: r.Version,
	}
}

var issuers = &table[issuerRow, model.Issuer, *issuerRow]{
	name: "issuer", kind: model.KindIssuer,
	order: []orderKey{{expr: "t.name", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	model: (*issuerRow).issuer,
	row: func(m *model.Issuer) (*issuerRow, model.ID, int) {
		algorithms := make([]string, len(m.Algorithms))
		for i, algorithm := range m.Algorithms {
			algorithms[i] = string(algorithm)
		}
		return &issuerRow{
			Name: m.Name, URL: m.URL, Audience: m.Audience, Algorithms: algorithms, JWKSURL: m.JWKSURL,
			SubjectClaim: string(m.SubjectClaim), UntypedTokens: m.UntypedTokens, Active: m.Active,
		}, m.ID, m.Version
	},
	reach: func(b *builder, _ model.Scope) { b.add(" AND false") }, // issuers are seen by those who see all
}

// IssuersByID reads issuers by id.
func (r reads) IssuersByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Issuer, error) {
	return issuers.byIDs(ctx, r, scope, ids)
}

// Issuers reads all issuers.
func (r reads) Issuers(ctx context.Context, scope model.Scope) ([]*model.Issuer, error) {
	return issuers.all(ctx, r, scope)
}

// IssuerPage reads a page of issuers, by name.
func (r reads) IssuerPage(ctx context.Context, scope model.Scope, where *model.IssuerWhere, page model.PageArgs) (*model.Connection[model.Issuer], error) {
	return issuers.page(ctx, r, scope, issuerList, where, page)
}

// digestOf is what the list of issuers knows an address and an audience by.
func digestOf(url, audience string) []byte {
	sum := sha256.Sum256([]byte(url + "\n" + audience))
	return sum[:]
}

// SaveIssuer writes the issuer's next version and gives its number. The first
// takes its address and audience, which no other issuer of any tenant has then.
func (tx *Tx) SaveIssuer(ctx context.Context, m *model.Issuer) (int, error) {
	if m.Version == 0 {
		if _, err := tx.exec(ctx, "INSERT INTO issuer_list (digest, tenant_id, issuer_id) VALUES ($1, $2, $3)",
			digestOf(m.URL, m.Audience), tx.Tenant, m.ID.UUID()); err != nil {
			return 0, err
		}
	}
	return issuers.save(ctx, tx, m)
}

// IssuerOf finds the one issuer, of whichever tenant, that has the address and
// one of the audiences; the nil UUID where there is none, or are several.
func (s *Store) IssuerOf(ctx context.Context, url string, audiences []string) (tenant uuid.UUID, issuer model.ID, err error) {
	digests := make([][]byte, len(audiences))
	for i, audience := range audiences {
		digests[i] = digestOf(url, audience)
	}
	found := 0
	const sql = "SELECT tenant_id, issuer_id FROM issuer_list WHERE digest = ANY($1)"
	err = s.query(ctx, model.Scope{}, sql, []any{digests}, func(rows pgx.Rows) error {
		found++
		var id uuid.UUID
		err := rows.Scan(&tenant, &id)
		issuer = model.UUIDs(model.KindIssuer, id)
		return err
	})
	if err != nil || found != 1 {
		return uuid.Nil, model.ID{}, err
	}
	return tenant, issuer, nil
}

// IssuerInForce reads an issuer as it is now, sealed or not, so that its end is
// heard of at once; nil where there is none.
func (r reads) IssuerInForce(ctx context.Context, tenant uuid.UUID, issuer model.ID) (*model.Issuer, error) {
	found, err := issuers.byIDs(ctx, r, model.Unbounded(tenant, model.Latest), []model.ID{issuer})
	return found[issuer], err
}
