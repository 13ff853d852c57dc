package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/google/uuid"

	"spm/model"
)

// How long keys of a tenant's issuer are kept, and how often they are asked for.
const (
	// keysFresh is how long keys are taken without asking the issuer again.
	keysFresh = 15 * time.Minute
	// keysKept is how long the keys of an issuer that does not answer are taken.
	keysKept = 4 * time.Hour
	// keysPause is the time between two fetches of a set, whatever tokens name.
	keysPause = 10 * time.Second

	maxKeys             = 100
	maxDiscoveryBytes   = 128 << 10
	maxIssuerKeySetSize = 512 << 10
)

// KeySets are the keys of tenants' issuers, fetched when a token needs them. A
// process keeps one. The fields are set before it is used.
type KeySets struct {
	// Now is the clock.
	Now func() time.Time
	// AllowLoopback permits issuers on this machine, by http too: for development
	// and tests.
	AllowLoopback bool
	// Log is told of fetches that fail.
	Log *slog.Logger

	once   sync.Once
	client *http.Client

	mu   sync.Mutex
	sets map[keySetOf]*keySet
}

// keySetOf is whose keys a set holds. Tenants share none, so that none can slow
// down another's.
type keySetOf struct {
	tenant          uuid.UUID
	issuer, address string
}

// keySet is what is known of the keys of one issuer.
type keySet struct {
	of keySetOf

	mu       sync.Mutex
	keys     map[string]jwkset.JWK // by kid; nil before the first fetch that succeeded
	fetched  time.Time             // when the one began that brought keys
	tried    time.Time             // when the last one began
	failing  bool                  // the last one that ended brought none
	fetching chan struct{}         // closed at the end of the one under way; nil where there is none
}

// of gives the set of an issuer of the tenant. There are as many as issuers
// that tenants have registered: a forged token makes none.
func (k *KeySets) of(tenant uuid.UUID, issuer *model.Issuer) *keySet {
	of := keySetOf{tenant: tenant, issuer: issuer.URL, address: addressOf(issuer)}
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.sets[of]
	if set == nil {
		if k.sets == nil {
			k.sets = map[keySetOf]*keySet{}
		}
		set = &keySet{of: of}
		k.sets[of] = set
	}
	return set
}

// key finds a key. What is not known, or was not asked for lately, is asked
// for, at most once in a pause; nobody waits longer than unknownKeyWait.
func (k *KeySets) key(ctx context.Context, set *keySet, kid string) (jwkset.JWK, bool) {
	key, found, fetching := k.look(set, kid) //nolint:contextcheck // a fetch belongs to no request
	if fetching == nil {
		return key, found
	}
	patience := time.NewTimer(unknownKeyWait)
	defer patience.Stop()
	select {
	case <-fetching:
	case <-patience.C:
	case <-ctx.Done():
	}
	key, found, _ = k.look(set, kid) //nolint:contextcheck // as above
	return key, found
}

// look gives a key as it is known, and the fetch that is worth waiting for where
// there is one. For a key that is known nobody waits for an issuer that does not
// answer.
func (k *KeySets) look(set *keySet, kid string) (key jwkset.JWK, found bool, fetching <-chan struct{}) {
	set.mu.Lock()
	defer set.mu.Unlock()
	now := k.Now()
	age := now.Sub(set.fetched)
	if set.keys != nil && age < keysKept {
		key, found = set.keys[kid]
	}
	if found && age < keysFresh {
		return key, true, nil
	}
	if pause := now.Sub(set.tried); set.fetching == nil && (pause >= keysPause || pause < 0) {
		set.tried, set.fetching = now, make(chan struct{})
		go k.refresh(set, now, set.fetching)
	}
	if found && set.failing {
		return key, true, nil
	}
	return key, found, set.fetching
}

// refresh fetches a set once. It belongs to no request: whoever hangs up does
// not end it for the others.
func (k *KeySets) refresh(set *keySet, began time.Time, done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), keySetTimeout)
	defer cancel()
	keys, err := k.fetch(ctx, set.of)
	if err != nil {
		k.Log.WarnContext(ctx, "the keys of an issuer could not be fetched", "tenant", set.of.tenant, "issuer", set.of.issuer, "error", err)
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if err == nil {
		set.keys, set.fetched = keys, began
	}
	set.failing, set.fetching = err != nil, nil
	close(done)
}

// fetch asks an issuer for its keys, and where they are if nobody has said it.
func (k *KeySets) fetch(ctx context.Context, of keySetOf) (map[string]jwkset.JWK, error) {
	address := of.address
	if address == "" {
		var found struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		if err := k.get(ctx, strings.TrimSuffix(of.issuer, "/")+"/.well-known/openid-configuration", maxDiscoveryBytes, &found); err != nil {
			return nil, fmt.Errorf("discovery: %w", err)
		}
		if found.Issuer != of.issuer {
			return nil, fmt.Errorf("discovery: the document is that of another issuer")
		}
		address = found.Keys
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, address, maxIssuerKeySetSize, &set); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if set.Keys == nil || len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("keys: not a set of at most %d", maxKeys)
	}
	return fit(set.Keys), nil
}

// fit keeps the keys that may verify tokens. Others are passed over: sets hold
// keys for encryption and of other algorithms too. An id that two of them have
// names neither.
func fit(all []json.RawMessage) map[string]jwkset.JWK {
	keys, twice := map[string]jwkset.JWK{}, map[string]bool{}
	for _, raw := range all {
		var marshal jwkset.JWKMarshal
		if err := json.Unmarshal(raw, &marshal); err != nil {
			continue
		}
		marshal.X5U, marshal.X5C, marshal.X5T, marshal.X5TS256 = "", nil, "", "" // the key counts, not who certifies it
		jwk, err := jwkset.NewJWKFromMarshal(marshal, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			continue
		}
		key, err := fromJWK(jwk)
		if err != nil || key.check() != nil {
			continue
		}
		_, twice[key.ID] = keys[key.ID]
		keys[key.ID] = jwk
	}
	for id, is := range twice {
		if is {
			delete(keys, id)
		}
	}
	return keys
}

// get reads a JSON document of at most so many bytes.
func (k *KeySets) get(ctx context.Context, address string, most int64, into any) error {
	if err := k.CheckAddress(address); err != nil {
		return err
	}
	k.once.Do(func() { k.client = k.guarded() })
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	response, err := k.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered with the status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return err
	}
	if int64(len(text)) > most {
		return fmt.Errorf("answered with more than %d bytes", most)
	}
	return json.Unmarshal(text, into)
}
