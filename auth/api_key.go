package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/google/uuid"

	"spm/model"
)

// KeyPrefix begins every API key, by which programs that look for secrets in
// texts find one.
const KeyPrefix = "spm_live_"

// keySecretBytes are random: 160 bits.
const keySecretBytes = 20

// keyEncoding writes small letters and digits: 26 for a UUID, 32 for the
// secret, 7 for the checksum.
var keyEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// keyLength is that of every key: the prefix, the key's id, its tenant's, an
// underscore, the secret and the checksum.
const keyLength = len(KeyPrefix) + 26 + 26 + 1 + 32 + 7

// APIKey is what the text of an API key says, all but the secret, of which it
// has only the hash.
type APIKey struct {
	ID     model.ID
	Tenant uuid.UUID
	Hash   [sha256.Size]byte // of the whole text
}

// IsKey tells whether a bearer token is meant as an API key.
func IsKey(text string) bool { return strings.HasPrefix(text, KeyPrefix) }

// ShownPrefix is the part of a key's text by which people recognise it; it
// opens nothing.
func ShownPrefix(key model.ID) string {
	id := key.UUID()
	return KeyPrefix + keyEncoding.EncodeToString(id[:])
}

// NewKey makes the text of a key with a new secret.
func NewKey(key model.ID, tenant uuid.UUID) (text string, made APIKey) {
	var secret [keySecretBytes]byte
	_, _ = rand.Read(secret[:]) // never fails, says its documentation
	text = keyText(key.UUID(), tenant, secret)
	return text, APIKey{ID: key, Tenant: tenant, Hash: sha256.Sum256([]byte(text))}
}

// ParseKey takes a key's text apart. A text that NewKey cannot have made, be it
// by one character, is an error, which says nothing of the text.
func ParseKey(text string) (APIKey, error) {
	if len(text) != keyLength || !IsKey(text) {
		return APIKey{}, fmt.Errorf("auth: not an API key")
	}
	var id, tenant uuid.UUID
	var secret [keySecretBytes]byte
	rest := text[len(KeyPrefix):]
	for _, part := range []struct {
		into []byte
		text string
	}{{id[:], rest[:26]}, {tenant[:], rest[26:52]}, {secret[:], rest[53:85]}} {
		// The alphabet has no line ends, which the decoder would skip.
		if n, err := keyEncoding.Decode(part.into, []byte(part.text)); err != nil || n != len(part.into) {
			return APIKey{}, fmt.Errorf("auth: not an API key")
		}
	}
	if subtle.ConstantTimeCompare([]byte(keyText(id, tenant, secret)), []byte(text)) != 1 {
		return APIKey{}, fmt.Errorf("auth: not an API key")
	}
	return APIKey{ID: model.UUIDs(model.KindAPIKey, id), Tenant: tenant, Hash: sha256.Sum256([]byte(text))}, nil
}

// keyText writes a key: what is before the checksum, and its CRC32, so that a
// key that was mistyped is known as such without asking anybody.
func keyText(id, tenant uuid.UUID, secret [keySecretBytes]byte) string {
	text := KeyPrefix + keyEncoding.EncodeToString(id[:]) + keyEncoding.EncodeToString(tenant[:]) + "_" + keyEncoding.EncodeToString(secret[:])
	return text + keyEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}
