package model

// StatementFormat is how a statement is written down for people.
type StatementFormat string

// The formats of a statement.
const (
	FormatPage StatementFormat = "PAGE" // one HTML file; the default
	FormatPDF  StatementFormat = "PDF"
)

// DocumentEncoding is how a document's bytes stand in a text.
type DocumentEncoding string

// The encodings of documents.
const (
	EncodingText   DocumentEncoding = "TEXT"   // UTF-8, as it is
	EncodingBase64 DocumentEncoding = "BASE64" // RFC 4648, with padding
)

// StatementDocument is a statement as a file.
type StatementDocument struct {
	MediaType string
	FileName  string // of ASCII letters, digits, ".", "_" and "-" alone
	Encoding  DocumentEncoding
	Content   string
}
