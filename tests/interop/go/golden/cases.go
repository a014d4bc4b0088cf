package main

import (
	"encoding/hex"
	"encoding/json"
	"os"

	"github.com/hyperledger/fabric-gateway/pkg/client"
)

// octets are bytes that stand in the file as hexadecimal digits.
type octets []byte

func (octets *octets) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(digits)
	*octets = decoded
	return err
}

// cases are an identity and what it asks for. They implement the client's identity.
type cases struct {
	ID                 string `json:"mspId"`
	Certificate        string `json:"credentials"`
	Channel            string
	Chaincode          string
	Nonce              octets
	TLSCertificateHash octets
	Signature          octets
	Result             octets
	Proposals          []call
	Events             []position
}

func (cases *cases) MspID() string       { return cases.ID }
func (cases *cases) Credentials() []byte { return []byte(cases.Certificate) }

type call struct {
	Function      string
	Arguments     []octets
	Transient     map[string]octets
	Organisations []string
}

func (call *call) options() []client.ProposalOption {
	arguments := make([][]byte, len(call.Arguments))
	for i, each := range call.Arguments {
		arguments[i] = each
	}
	options := []client.ProposalOption{client.WithBytesArguments(arguments...)}
	if len(call.Transient) > 0 {
		transient := map[string][]byte{}
		for name, value := range call.Transient {
			transient[name] = value
		}
		options = append(options, client.WithTransient(transient))
	}
	if len(call.Organisations) > 0 {
		options = append(options, client.WithEndorsingOrganizations(call.Organisations...))
	}
	return options
}

// position is where a stream of events begins. It implements the client's checkpoint.
type position struct {
	StartBlock         *uint64
	AfterTransactionID string
}

func (position position) BlockNumber() uint64   { return *position.StartBlock }
func (position position) TransactionID() string { return position.AfterTransactionID }

func (position position) options() []client.BlockEventsOption {
	switch {
	case position.StartBlock == nil:
		return nil
	case position.AfterTransactionID == "":
		return []client.BlockEventsOption{client.WithStartBlock(*position.StartBlock)}
	default:
		return []client.BlockEventsOption{client.WithCheckpoint(position)}
	}
}

func (position position) chaincodeOptions() []client.ChaincodeEventsOption {
	var options []client.ChaincodeEventsOption
	for _, each := range position.options() {
		options = append(options, client.ChaincodeEventsOption(each))
	}
	return options
}

func readCases(name string) (*cases, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	read := &cases{}
	return read, json.Unmarshal(content, read)
}
