package model

// IssuerAlgorithm is a signature algorithm that an issuer's tokens may have.
type IssuerAlgorithm string

// The algorithms; all are asymmetric.
const (
	AlgorithmRS256 IssuerAlgorithm = "RS256"
	AlgorithmPS256 IssuerAlgorithm = "PS256"
	AlgorithmES256 IssuerAlgorithm = "ES256"
	AlgorithmEdDSA IssuerAlgorithm = "EDDSA"
)

// SubjectClaim is the claim that says who a token is of.
type SubjectClaim string

// The claims that identity providers give stable identifiers in.
const (
	SubjectSub SubjectClaim = "SUB"
	SubjectOid SubjectClaim = "OID"
	SubjectUID SubjectClaim = "UID"
)

// Issuer is an identity provider whose tokens for one audience a tenant takes.
type Issuer struct {
	ID            ID
	Name          string
	URL           string // the claim iss, to the letter
	Audience      string
	Algorithms    []IssuerAlgorithm
	JWKSURL       *string // nil: as the issuer's discovery document says
	SubjectClaim  SubjectClaim
	UntypedTokens bool // tokens without typ are taken too
	Active        bool
	Version       int
}

// IssuerWhere filters issuers; all conditions given must hold.
type IssuerWhere struct {
	And, Or  []*IssuerWhere
	Not      *IssuerWhere
	ID       *IDFilter
	Name     *StringFilter
	URL      *StringFilter
	Audience *StringFilter
	Active   *bool
}
