package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenHeader = "X-JWT-Assertion" // as in grafana.ini
	tokenLife   = time.Minute
)

// A key signs tokens; Grafana has its public half.
type key struct {
	private *ecdsa.PrivateKey
	public  jwk
}

// A jwk is a public key of P-256 as the key set has it. The fields of its thumbprint, by RFC 7638, are the first four, in this
// order.
type jwk struct {
	Curve     string `json:"crv"`
	Type      string `json:"kty"`
	X         string `json:"x"`
	Y         string `json:"y"`
	ID        string `json:"kid,omitempty"`
	Use       string `json:"use,omitempty"`
	Algorithm string `json:"alg,omitempty"`
}

func newKey() (*key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	point, err := private.PublicKey.Bytes() // 4, x and y, each of 32 bytes
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	public := jwk{Curve: "P-256", Type: "EC", X: encode(point[1:33]), Y: encode(point[33:])}
	text, err := json.Marshal(public)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	thumb := sha256.Sum256(text)
	public.ID, public.Use, public.Algorithm = encode(thumb[:]), "sig", "ES256"
	return &key{private: private, public: public}, nil
}

// set is the key set that Grafana reads.
func (k *key) set() []byte {
	text, err := json.MarshalIndent(map[string][]jwk{"keys": {k.public}}, "", "  ")
	if err != nil {
		panic(err) // strings only
	}
	return append(text, '\n')
}

// claims are what Grafana is told of a user.
type claims struct {
	jwt.RegisteredClaims
	Name string `json:"name"`
	Role string `json:"role"`
}

// sign says who the user is, for a minute.
func (k *key) sign(u user, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "tasks", Audience: jwt.ClaimStrings{"grafana"}, Subject: u.Login,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		},
		Name: u.Name, Role: u.Role,
	})
	token.Header["kid"] = k.public.ID
	return token.SignedString(k.private)
}
