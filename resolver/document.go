package resolver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"spm/auth"
	"spm/model"
)

// TrustedDocuments is who knows which documents a caller may send;
// *service.Service does.
type TrustedDocuments interface {
	// DocumentMode says which documents the caller may send.
	DocumentMode(ctx context.Context) model.DocumentMode
	// TrustedText gives the text that an id, or `sha256:` and a hash, names for
	// the caller; "" where it names nothing.
	TrustedText(ctx context.Context, id string) (string, error)
}

// documentName is the parameter documentId of a request. The transport puts it
// among the extensions under its own type, which no JSON has.
type documentName string

const (
	documentMember = "documentId"
	// maxPersisted bounds how many documents are kept for callers who send hashes.
	maxPersisted = 1000
)

// documents finds the text of requests that name a document instead of sending
// one: trusted documents by documentId, and documents sent before by the hash
// of extensions.persistedQuery, as Apollo's clients do. It refuses what the
// caller may not send, before anything is parsed.
type documents struct {
	trusted   TrustedDocuments
	persisted *lru.Cache[persistedKey, string]
	longest   int // bytes of a document that is kept
	log       *slog.Logger
}

// persistedKey separates tenants, so that none learns what another asks.
type persistedKey struct {
	tenant [16]byte
	hash   [sha256.Size]byte
}

var (
	_ graphql.HandlerExtension          = (*documents)(nil)
	_ graphql.OperationParameterMutator = (*documents)(nil)
	_ graphql.ResponseInterceptor       = (*documents)(nil)
)

func newDocuments(trusted TrustedDocuments, longest int, log *slog.Logger) *documents {
	persisted, err := lru.New[persistedKey, string](maxPersisted)
	if err != nil {
		panic(err) // of a size below 1 only
	}
	return &documents{trusted: trusted, persisted: persisted, longest: longest, log: log}
}

// ExtensionName names the extension.
func (*documents) ExtensionName() string { return "Documents" }

// Validate accepts every schema.
func (*documents) Validate(graphql.ExecutableSchema) error { return nil }

// The errors of documents. Apollo's clients know the messages of two.
var (
	errNotTrusted    = model.Errorf(model.DocumentNotTrusted, "This document is not among the trusted ones that you may send.")
	errUnknownID     = model.Errorf(model.DocumentNotTrusted, "No trusted document that you may send has this documentId.")
	errNotPersisted  = model.Errorf(model.PersistedQueryNotFound, "PersistedQueryNotFound")
	errNoPersistence = model.Errorf(model.PersistedQueryNotSupported, "PersistedQueryNotSupported")
)

// MutateOperationParameters puts the text that a request names into its place.
func (d *documents) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	mode := d.trusted.DocumentMode(ctx)
	text, trusted, err := d.find(ctx, params, mode)
	if err != nil {
		return gqlerror.Wrap(err)
	}
	params.Query = text
	if mode == model.AnyDocument || trusted {
		d.tell(ctx, mode, true)
		return nil
	}
	known, err := d.trusted.TrustedText(ctx, hashName(text))
	switch {
	case err != nil:
		return gqlerror.Wrap(err)
	case known == "" && mode == model.TrustedOnly:
		return gqlerror.Wrap(errNotTrusted)
	}
	d.tell(ctx, mode, known != "")
	return nil
}

// find gives the text of a request, and whether it is known to be trusted.
func (d *documents) find(ctx context.Context, params *graphql.RawParams, mode model.DocumentMode) (text string, trusted bool, err error) {
	name, named := params.Extensions[documentMember].(documentName)
	persisted, hashed := params.Extensions["persistedQuery"]
	switch {
	case named && (params.Query != "" || hashed):
		return "", false, model.Errorf(model.BadUserInput, "A request has a documentId or a query, not both.")
	case named:
		text, err = d.trusted.TrustedText(ctx, string(name))
		if err == nil && text == "" {
			err = errUnknownID
		}
		return text, true, err
	case hashed:
		return d.byHash(ctx, params.Query, persisted, mode)
	}
	return params.Query, false, nil
}

// byHash keeps the document of a request that has both text and hash, and finds
// that of one that has only the hash.
func (d *documents) byHash(ctx context.Context, query string, persisted any, mode model.DocumentMode) (text string, trusted bool, err error) {
	hash, fine := persistedHash(persisted)
	who := auth.SessionOf(ctx).Principal
	switch {
	case !fine:
		return "", false, model.Errorf(model.BadUserInput, "extensions.persistedQuery must have the version 1 and a sha256Hash of 64 hexadecimal digits.")
	case who == nil:
		return "", false, errNoPersistence
	case query != "" && sha256.Sum256([]byte(query)) != hash:
		return "", false, model.Errorf(model.BadUserInput, "extensions.persistedQuery.sha256Hash is not the SHA-256 of the query.")
	}
	key := persistedKey{tenant: who.Tenant, hash: hash}
	if query != "" {
		if mode != model.TrustedOnly && len(query) <= d.longest {
			d.persisted.Add(key, query)
		}
		return query, false, nil
	}
	text, err = d.trusted.TrustedText(ctx, hashPrefix+hex.EncodeToString(hash[:]))
	if err != nil || text != "" {
		return text, true, err
	}
	if mode == model.TrustedOnly {
		return "", false, errNotTrusted
	}
	text, kept := d.persisted.Get(key)
	if !kept {
		return "", false, errNotPersisted
	}
	return text, false, nil
}

const hashPrefix = "sha256:"

func hashName(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hashPrefix + hex.EncodeToString(hash[:])
}

// persistedHash reads extensions.persistedQuery.
func persistedHash(given any) (hash [sha256.Size]byte, fine bool) {
	members, _ := given.(map[string]any)
	version, _ := members["version"].(json.Number)
	digits, _ := members["sha256Hash"].(string)
	raw, err := hex.DecodeString(digits)
	if version != "1" || err != nil || len(raw) != sha256.Size {
		return hash, false
	}
	return [sha256.Size]byte(raw), true
}

const documentStats = "Document"

// tell notes what a caller who prefers trusted documents is told.
func (d *documents) tell(ctx context.Context, mode model.DocumentMode, trusted bool) {
	if mode != model.PreferTrusted {
		return
	}
	graphql.GetOperationContext(ctx).Stats.SetExtension(documentStats, trusted)
	if !trusted && mayLog(ctx) {
		who := ""
		if p := auth.SessionOf(ctx).Principal; p != nil {
			who = p.Actor().String()
		}
		d.log.InfoContext(ctx, "a document that is not trusted", "requestId", RequestID(ctx), "caller", who)
	}
}

// InterceptResponse says whether the document was a trusted one.
func (d *documents) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || !graphql.HasOperationContext(ctx) {
		return response
	}
	if trusted, known := graphql.GetOperationContext(ctx).Stats.GetExtension(documentStats).(bool); known {
		if response.Extensions == nil {
			response.Extensions = map[string]any{}
		}
		response.Extensions["document"] = map[string]any{"trusted": trusted}
	}
	return response
}

// readDocument reads a document as the graph would: it gives the name and the
// type of its operation, or a *model.Error that says why it is refused.
func (r *Resolver) readDocument(text string) (string, model.OperationType, error) {
	guard := &Guard{Limits: DefaultLimits()}
	document, _, refusal := guard.document(context.Background(), text)
	if refusal == nil {
		schema := r.Schema().Schema()
		if errs := validator.ValidateWithRules(schema, document, quietRules()); len(errs) > 0 {
			refusal = errs[0]
		}
	}
	if refusal == nil {
		refusal = checkLiterals(document)
	}
	if refusal != nil {
		return "", "", model.Errorf(model.BadUserInput, "%s", shorten(refusal.Message))
	}
	operation := document.Operations[0]
	return operation.Name, operationTypes[operation.Operation], nil
}

var operationTypes = map[ast.Operation]model.OperationType{
	ast.Query: model.QueryOperation, ast.Mutation: model.MutationOperation, ast.Subscription: model.SubscriptionOperation,
}
