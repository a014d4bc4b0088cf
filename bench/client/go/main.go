// The load of bench/client, by the official Go client: a line of JSON in is a turn, a line of JSON out its times.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

type config struct {
	Endpoint       string
	ServerName     string
	TLSRoots       string
	TLSCertificate string
	TLSKey         string
	Certificate    string
	Key            string
	MspID          string
	Channel        string
	Chaincode      string
	Organisations  []string
	Document       string
	InFlight       int
}

type order struct {
	Prefix string
	Count  int
}

type times struct {
	Seconds   float64   `json:"seconds"`
	Latencies []float64 `json:"latencies"`
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return errors.New("no configuration came")
	}
	var settings config
	if err := json.Unmarshal(lines.Bytes(), &settings); err != nil {
		return err
	}
	contract, err := connected(settings)
	if err != nil {
		return err
	}
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked order
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		found, err := turn(contract, settings, asked)
		if err != nil {
			return err
		}
		if err := answers.Encode(found); err != nil {
			return err
		}
	}
	return lines.Err()
}

// turn submits so many transactions, so many of them in flight.
func turn(contract *client.Contract, settings config, asked order) (*times, error) {
	found := &times{Latencies: make([]float64, asked.Count)}
	failures := make(chan error, settings.InFlight)
	var next atomic.Int64
	var workers sync.WaitGroup
	work := func() {
		for {
			number := int(next.Add(1)) - 1
			if number >= asked.Count {
				return
			}
			begun := time.Now()
			_, err := contract.Submit(
				"batched",
				client.WithArguments(asked.Prefix+"-"+strconv.Itoa(number), settings.Document),
				client.WithEndorsingOrganizations(settings.Organisations...),
			)
			if err != nil {
				failures <- err
				return
			}
			found.Latencies[number] = time.Since(begun).Seconds() * 1000
		}
	}
	begun := time.Now()
	for range settings.InFlight {
		workers.Go(work)
	}
	workers.Wait()
	found.Seconds = time.Since(begun).Seconds()
	select {
	case err := <-failures:
		return nil, err
	default:
		return found, nil
	}
}

func connected(settings config) (*client.Contract, error) {
	connection, err := dialled(settings)
	if err != nil {
		return nil, err
	}
	id, sign, err := signing(settings)
	if err != nil {
		return nil, err
	}
	gateway, err := client.Connect(
		id,
		client.WithSign(sign),
		client.WithHash(hash.SHA256),
		client.WithClientConnection(connection),
		client.WithEvaluateTimeout(5*time.Second),
		client.WithEndorseTimeout(15*time.Second),
		client.WithSubmitTimeout(5*time.Second),
		client.WithCommitStatusTimeout(60*time.Second),
	)
	if err != nil {
		return nil, err
	}
	return gateway.GetNetwork(settings.Channel).GetContract(settings.Chaincode), nil
}

func dialled(settings config) (*grpc.ClientConn, error) {
	pair, err := tls.LoadX509KeyPair(settings.TLSCertificate, settings.TLSKey)
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(settings.TLSRoots)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	secured := credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      roots,
		ServerName:   settings.ServerName,
		MinVersion:   tls.VersionTLS12,
	})
	connection, err := grpc.NewClient("passthrough:///"+settings.Endpoint, grpc.WithTransportCredentials(secured))
	if err != nil {
		return nil, err
	}
	connection.Connect()
	for state := connection.GetState(); state.String() != "READY"; state = connection.GetState() {
		connection.WaitForStateChange(context.Background(), state)
	}
	return connection, nil
}

func signing(settings config) (*identity.X509Identity, identity.Sign, error) {
	certificatePem, err := os.ReadFile(settings.Certificate)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := identity.CertificateFromPEM(certificatePem)
	if err != nil {
		return nil, nil, err
	}
	id, err := identity.NewX509Identity(settings.MspID, certificate)
	if err != nil {
		return nil, nil, err
	}
	keyPem, err := os.ReadFile(settings.Key)
	if err != nil {
		return nil, nil, err
	}
	key, err := identity.PrivateKeyFromPEM(keyPem)
	if err != nil {
		return nil, nil, err
	}
	sign, err := identity.NewPrivateKeySign(key)
	return id, sign, err
}
