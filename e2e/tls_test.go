package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// TestTLSAndBasicAuth serves with the web configuration file of exporter-toolkit.
func TestTLSAndBasicAuth(t *testing.T) {
	cert, key := certificate(t)
	hash, err := bcrypt.GenerateFromPassword([]byte("open sesame"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	config := file(t, "web.yml", fmt.Sprintf(`tls_server_config:
  cert_file: %s
  key_file: %s
basic_auth_users:
  prometheus: %s
`, cert, key, hash))
	e := serve(t, nil, nil, "--source=demo:", "--demo.students=5", "--web.config.file="+config).ready()

	e.url = strings.Replace(e.url, "http://", "https://", 1)
	if status, _ := e.get("/metrics"); status != http.StatusUnauthorized {
		t.Errorf("without a password /metrics answers %d, want 401", status)
	}
	e.url = strings.Replace(e.url, "https://", "https://prometheus:open%20sesame@", 1)
	if status, _ := e.get("/metrics"); status != http.StatusOK {
		t.Errorf("with the password /metrics answers %d, want 200", status)
	}
}

// certificate makes a certificate for 127.0.0.1 and returns the files of it and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		file(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
}
