package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

const timeout = time.Minute

// profile is the bundle's profile.json, as far as it is needed here.
type profile struct {
	MspID     string
	Channel   string
	Chaincode string
	Peers     []struct{ Endpoint, ServerName string }
	TLSRoots  string
}

// side is the official client, connected.
type side struct {
	profile *profile
	sign    identity.Sign
	gateway *client.Gateway
}

func connect(bundle, user string, keyless bool) (*side, error) {
	files := &files{bundle: bundle}
	found := &profile{}
	if err := json.Unmarshal(files.read("profile.json"), found); err != nil && files.failed == nil {
		return nil, err
	}
	home := filepath.Join("users", user)
	certificate, key := files.read(home, "cert.pem"), files.read(home, "key.pem")
	roots, tlsCertificate, tlsKey := files.read(found.TLSRoots), files.read(home, "tls-cert.pem"), files.read(home, "tls-key.pem")
	if files.failed != nil {
		return nil, files.failed
	}
	id, sign, err := signing(found.MspID, certificate, key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(tlsCertificate, tlsKey)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	peer := found.Peers[0]
	transport := credentials.NewTLS(&tls.Config{
		RootCAs: pool, Certificates: []tls.Certificate{pair}, ServerName: peer.ServerName, MinVersion: tls.VersionTLS12,
	})
	connection, err := grpc.NewClient(peer.Endpoint, grpc.WithTransportCredentials(transport))
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(pair.Certificate[0])
	options := []client.ConnectOption{
		client.WithClientConnection(connection),
		client.WithTLSClientCertificateHash(hash[:]),
		client.WithEvaluateTimeout(timeout),
		client.WithEndorseTimeout(timeout),
		client.WithSubmitTimeout(timeout),
		client.WithCommitStatusTimeout(timeout),
	}
	if !keyless {
		options = append(options, client.WithSign(sign))
	}
	gateway, err := client.Connect(id, options...)
	return &side{found, sign, gateway}, err
}

func signing(mspID string, certificatePEM, keyPEM []byte) (identity.Identity, identity.Sign, error) {
	certificate, err := identity.CertificateFromPEM(certificatePEM)
	if err != nil {
		return nil, nil, err
	}
	id, err := identity.NewX509Identity(mspID, certificate)
	if err != nil {
		return nil, nil, err
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, nil, err
	}
	sign, err := identity.NewPrivateKeySign(key)
	return id, sign, err
}

// files reads a bundle and keeps the first error.
type files struct {
	bundle string
	failed error
}

func (files *files) read(names ...string) []byte {
	content, err := os.ReadFile(filepath.Join(append([]string{files.bundle}, names...)...))
	if err != nil && files.failed == nil {
		files.failed = err
	}
	return content
}
