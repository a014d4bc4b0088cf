// Command golden writes what the official Go client signs and sends for the cases of golden/cases.json, as JSON, to
// standard output.
//
// The nonce is fixed; the client's clock cannot be, so each time stands in the bytes as it was.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

type golden struct {
	Transactions []transaction         `json:"transactions"`
	Events       []map[string]signable `json:"events"`
}

type transaction struct {
	TransactionID string            `json:"transactionId"`
	Proposal      signable          `json:"proposal"`
	Transaction   signable          `json:"transaction"`
	Commit        signable          `json:"commit"`
	Sent          map[string]string `json:"sent"`
}

type signable struct {
	Unsigned string `json:"unsigned"`
	Digest   string `json:"digest"`
	Signed   string `json:"signed"`
}

func main() {
	cases, err := readCases(os.Args[1])
	if err == nil {
		err = write(cases)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(cases *cases) error {
	peer := &recordingPeer{sent: map[string]string{}, result: cases.Result}
	gateway, err := client.Connect(cases, client.WithClientConnection(peer),
		client.WithTLSClientCertificateHash(cases.TLSCertificateHash))
	if err != nil {
		return err
	}
	maker := &maker{cases: cases, gateway: gateway, peer: peer}
	written := golden{}
	for _, call := range cases.Proposals {
		made, err := maker.transaction(call)
		if err != nil {
			return err
		}
		written.Transactions = append(written.Transactions, *made)
	}
	for _, position := range cases.Events {
		made, err := maker.events(position)
		if err != nil {
			return err
		}
		written.Events = append(written.Events, made)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	return encoder.Encode(written)
}

// maker makes objects of the official client and notes their bytes before and after they are signed.
type maker struct {
	cases   *cases
	gateway *client.Gateway
	peer    *recordingPeer
}

type object interface {
	Bytes() ([]byte, error)
	Digest() []byte
}

func signed[T object](maker *maker, made object, sign func([]byte, []byte) (T, error)) (T, signable, error) {
	var result T
	unsigned, err := made.Bytes()
	if err != nil {
		return result, signable{}, err
	}
	result, err = sign(unsigned, maker.cases.Signature)
	if err != nil {
		return result, signable{}, err
	}
	whole, err := result.Bytes()
	noted := signable{hex.EncodeToString(unsigned), hex.EncodeToString(made.Digest()), hex.EncodeToString(whole)}
	return result, noted, err
}

func (maker *maker) transaction(call call) (*transaction, error) {
	rand.Reader = bytes.NewReader(maker.cases.Nonce)
	contract := maker.gateway.GetNetwork(maker.cases.Channel).GetContract(maker.cases.Chaincode)
	proposed, err := contract.NewProposal(call.Function, call.options()...)
	if err != nil {
		return nil, err
	}
	made := &transaction{TransactionID: proposed.TransactionID()}
	proposal, noted, err := signed(maker, proposed, maker.gateway.NewSignedProposal)
	if err != nil {
		return nil, err
	}
	made.Proposal = noted
	if _, err := proposal.Evaluate(); err != nil {
		return nil, err
	}
	endorsed, err := proposal.Endorse()
	if err != nil {
		return nil, err
	}
	prepared, noted, err := signed(maker, endorsed, maker.gateway.NewSignedTransaction)
	if err != nil {
		return nil, err
	}
	made.Transaction = noted
	submitted, err := prepared.Submit()
	if err != nil {
		return nil, err
	}
	commit, noted, err := signed(maker, submitted, maker.gateway.NewSignedCommit)
	if err != nil {
		return nil, err
	}
	made.Commit = noted
	if _, err := commit.Status(); err != nil {
		return nil, err
	}
	made.Sent = maker.peer.taken()
	return made, nil
}

func (maker *maker) events(position position) (map[string]signable, error) {
	network, gateway := maker.gateway.GetNetwork(maker.cases.Channel), maker.gateway
	made := map[string]signable{}
	chaincode, err := network.NewChaincodeEventsRequest(maker.cases.Chaincode, position.chaincodeOptions()...)
	if err == nil {
		_, made["chaincode"], err = signed(maker, chaincode, gateway.NewSignedChaincodeEventsRequest)
	}
	if err != nil {
		return nil, err
	}
	blocks, err := network.NewBlockEventsRequest(position.options()...)
	if err == nil {
		_, made["blocks"], err = signed(maker, blocks, gateway.NewSignedBlockEventsRequest)
	}
	if err != nil {
		return nil, err
	}
	filtered, err := network.NewFilteredBlockEventsRequest(position.options()...)
	if err == nil {
		_, made["filteredBlocks"], err = signed(maker, filtered, gateway.NewSignedFilteredBlockEventsRequest)
	}
	if err != nil {
		return nil, err
	}
	private, err := network.NewBlockAndPrivateDataEventsRequest(position.options()...)
	if err == nil {
		sign := gateway.NewSignedBlockAndPrivateDataEventsRequest
		_, made["blocksAndPrivateData"], err = signed(maker, private, sign)
	}
	return made, err
}

// recordingPeer answers as a gateway peer does and keeps what it is sent.
type recordingPeer struct {
	grpc.ClientConnInterface
	sent   map[string]string
	result []byte
}

func (peer *recordingPeer) Invoke(_ context.Context, method string, request, answer any, _ ...grpc.CallOption) error {
	content, err := proto.Marshal(request.(proto.Message))
	if err != nil {
		return err
	}
	peer.sent[path.Base(method)] = hex.EncodeToString(content)
	return peer.answer(request, answer)
}

func (peer *recordingPeer) taken() map[string]string {
	sent := peer.sent
	peer.sent = map[string]string{}
	return sent
}
