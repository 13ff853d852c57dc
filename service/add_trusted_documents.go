package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"time"

	"spm/model"
	"spm/store"
)

// TrustedDocumentInput is one document of a manifest.
type TrustedDocumentInput struct {
	Key  *string
	Text string
}

// AddTrustedDocumentsInput is a manifest, or a part of one.
type AddTrustedDocumentsInput struct {
	ApplicationID    model.ID
	Documents        []*TrustedDocumentInput // 1 to 250
	ClientMutationID *string
}

// AddTrustedDocumentsPayload is what adding documents did.
type AddTrustedDocumentsPayload struct {
	Outcome
	ApplicationID *model.ID
	DocumentIDs   []model.ID // as given
	Added         int        // those that were not taken before
}

// DocumentReader gives the name and type of the one operation of a document
// that the graph would take, or says why it would not. The error is for the
// caller.
type DocumentReader func(text string) (name string, kind model.OperationType, err error)

// hashPrefix begins ids that are the SHA-256 of the text, as the GraphQL over
// HTTP specification writes them.
const hashPrefix = "sha256:"

var documentKey = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

// AddTrustedDocuments makes documents known by which an application asks: all of
// them or, where one does not fit, none. One that is known already stays as it
// is; one that was retired is taken again.
func (s *Service) AddTrustedDocuments(ctx context.Context, input AddTrustedDocumentsInput, read DocumentReader) (*AddTrustedDocumentsPayload, error) {
	return mutate(ctx, s, "addTrustedDocuments", input, func(tx *store.Tx, p *AddTrustedDocumentsPayload) error {
		var errs model.UserErrors
		if checkCount(&errs, "input.documents", len(input.Documents)); len(errs) > 0 {
			return errs
		}
		if err := tx.LockDocuments(ctx); err != nil {
			return err
		}
		found, err := tx.ClientApplicationsByID(ctx, tx.Scope(), ids(&input.ApplicationID))
		if err != nil {
			return err
		}
		needed(&errs, "input.applicationId", &input.ApplicationID, found)
		given, err := readDocuments(&errs, input, s.Now().UTC().Truncate(time.Microsecond), read)
		if err == nil {
			err = errs.OrNil()
		}
		if err != nil {
			return err
		}
		p.ApplicationID = &input.ApplicationID
		return addDocuments(ctx, tx, given, p)
	})
}

// readDocuments gives the documents of a manifest, with ids of their own.
func readDocuments(errs *model.UserErrors, input AddTrustedDocumentsInput, now time.Time, read DocumentReader) ([]*model.TrustedDocument, error) {
	seen := map[string]bool{}
	var out []*model.TrustedDocument
	for i, given := range input.Documents {
		id, err := newID(model.KindTrustedDocument)
		if err != nil {
			return nil, err
		}
		document := &model.TrustedDocument{ID: id, ApplicationID: input.ApplicationID, Hash: sha256.Sum256([]byte(given.Text)), Text: given.Text, RegisteredAt: now}
		path := indexed("input.documents", i)
		if document.OperationName, document.OperationType, err = read(given.Text); err != nil {
			errs.Add(model.UserInvalid, path+".text", "%s", reason(err))
		} else if document.OperationName == "" {
			errs.Add(model.UserInvalid, path+".text", "the operation needs a name, by which metrics and logs tell of it")
		}
		checkDocumentKey(errs, path+".key", given.Key, document)
		if seen[document.Key] {
			errs.Add(model.UserDuplicateInput, path+".key", "another document of the list has the same key")
		}
		seen[document.Key] = true
		out = append(out, document)
	}
	return out, nil
}

// reason is an error's text where it is meant for the caller.
func reason(err error) string {
	if told, ok := errors.AsType[*model.Error](err); ok {
		return told.Message
	}
	return "the document cannot be read"
}

func checkDocumentKey(errs *model.UserErrors, path string, given *string, document *model.TrustedDocument) {
	hash := hex.EncodeToString(document.Hash[:])
	if given == nil {
		document.Key = hashPrefix + hash
		return
	}
	document.Key = *given
	of, hashed := strings.CutPrefix(*given, hashPrefix)
	switch {
	case !documentKey.MatchString(*given):
		errs.Add(model.UserInvalid, path, "a key is 1 to 128 letters, digits and characters of _.:/-")
	case hashed && of != hash:
		errs.Add(model.UserInvalid, path, "the SHA-256 of the text is another: it must be of exactly this text, in small hexadecimal digits")
	}
}

// addDocuments saves what is not known yet, or was retired.
func addDocuments(ctx context.Context, tx *store.Tx, given []*model.TrustedDocument, p *AddTrustedDocumentsPayload) error {
	names := make([]string, len(given))
	for i, document := range given {
		names[i] = document.Key
	}
	known, err := tx.TrustedDocumentsNamed(ctx, tx.Scope(), names)
	if err != nil {
		return err
	}
	var errs model.UserErrors
	for i, document := range given {
		for _, other := range known {
			switch {
			case other.Key != document.Key:
			case other.Hash != document.Hash:
				errs.Add(model.UserTaken, indexed("input.documents", i)+".key", "this key names another text already, of this application or another: a document never changes")
			case other.ApplicationID == document.ApplicationID:
				given[i] = other
			}
		}
	}
	if err := errs.OrNil(); err != nil {
		return err
	}
	for _, document := range given {
		p.DocumentIDs = append(p.DocumentIDs, document.ID)
		if document.Version > 0 && document.RetiredAt == nil {
			continue
		}
		document.RetiredAt = nil
		if _, err := tx.SaveTrustedDocument(ctx, document); err != nil {
			return err
		}
		p.Added++
	}
	return nil
}
