package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"spm/auth"
	"spm/model"
)

// How many texts of trusted documents are remembered, and for how long: a
// document that was retired is taken nowhere once that has passed.
const (
	rememberedDocuments = 1000
	documentsRemembered = time.Second
)

// documents remembers the texts that callers name.
type documents struct {
	known *lru.Cache[documentName, rememberedText]
}

// documentName is by what a caller names a document: its id, or its hash.
type documentName struct {
	tenant      uuid.UUID
	application model.ID // zero: any
	name        string
}

type rememberedText struct {
	text  string
	until time.Time
}

func newDocuments() *documents {
	known, err := lru.New[documentName, rememberedText](rememberedDocuments)
	if err != nil {
		panic(err) // a size below one
	}
	return &documents{known: known}
}

// DocumentMode says which documents the caller may send: an API key as the key
// says, everybody else as the server does.
func (s *Service) DocumentMode(ctx context.Context) model.DocumentMode {
	who := auth.SessionOf(ctx).Principal
	switch {
	case who != nil && who.Key != nil:
		return who.Key.Documents
	case s.UserDocuments == "":
		return model.AnyDocument
	}
	return s.UserDocuments
}

// TrustedText gives the text of the trusted document that the caller names by
// its id, or by `sha256:` and the hash of the text; "" where the caller's tenant
// has none in force, or another application than the caller's has it.
func (s *Service) TrustedText(ctx context.Context, id string) (string, error) {
	who := auth.SessionOf(ctx).Principal
	if who == nil || id == "" {
		return "", nil
	}
	name := documentName{tenant: who.Tenant, name: id}
	var application *model.ID
	if who.Key != nil && who.Key.Application != nil {
		application, name.application = who.Key.Application, *who.Key.Application
	}
	now := time.Now()
	if known, is := s.documents.known.Get(name); is && now.Before(known.until) {
		return known.text, nil
	}
	var hash []byte
	if digits, hashed := strings.CutPrefix(id, hashPrefix); hashed {
		var err error
		if hash, err = hex.DecodeString(digits); err != nil || len(hash) != sha256.Size {
			return "", nil //nolint:nilerr // the hash of nothing
		}
	}
	text, err := s.Store.TrustedText(ctx, who.Tenant, application, id, hash)
	if err == nil && text != "" {
		s.documents.known.Add(name, rememberedText{text, now.Add(documentsRemembered)})
	}
	return text, err
}
