package model

import (
	"crypto/sha256"
	"time"
)

// DocumentMode says which documents a caller may send.
type DocumentMode string

// The modes.
const (
	AnyDocument   DocumentMode = "ANY"
	PreferTrusted DocumentMode = "PREFER" // any, and what is not trusted is told
	TrustedOnly   DocumentMode = "ONLY"
)

// ClientApplication is a program that asks with documents known beforehand.
type ClientApplication struct {
	ID      ID
	Name    string
	Version int
}

// OperationType is what a document does.
type OperationType string

// The types of operation.
const (
	QueryOperation        OperationType = "QUERY"
	MutationOperation     OperationType = "MUTATION"
	SubscriptionOperation OperationType = "SUBSCRIPTION"
)

// TrustedDocument is a document that an application asks with. Its text never
// changes.
type TrustedDocument struct {
	ID            ID
	ApplicationID ID
	Key           string // by which requests name it, one text in the tenant
	Hash          [sha256.Size]byte
	Text          string
	OperationName string
	OperationType OperationType
	RegisteredAt  time.Time
	RetiredAt     *time.Time
	Version       int
}

// ClientApplicationWhere filters client applications; all conditions given
// must hold.
type ClientApplicationWhere struct {
	And, Or []*ClientApplicationWhere
	Not     *ClientApplicationWhere
	ID      *IDFilter
	Name    *StringFilter
}

// TrustedDocumentWhere filters trusted documents; all conditions given must
// hold.
type TrustedDocumentWhere struct {
	And, Or       []*TrustedDocumentWhere
	Not           *TrustedDocumentWhere
	ID            *IDFilter
	ApplicationID *IDFilter
	Key           *StringFilter
	OperationName *StringFilter
	Retired       *bool
	RegisteredAt  *DateTimeFilter
}
