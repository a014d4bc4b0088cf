package main

import (
	"encoding/json"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

// step is one step with its arguments.
type step struct {
	stub  shim.ChaincodeStubInterface
	words []json.RawMessage
}

func (s step) decodeName(word json.RawMessage) string {
	return decode[string](word)
}

func (s step) text(i int) string    { return decode[string](s.words[i]) }
func (s step) texts(i int) []string { return decode[[]string](s.words[i]) }
func (s step) number(i int) int     { return decode[int](s.words[i]) }
func (s step) bytes(i int) []byte   { return decode[[]byte](s.words[i]) } // base64
func (s step) list(i int) [][]byte  { return decode[[][]byte](s.words[i]) }
func (s step) policy(i int) []byte  { return policyBytes(s.words[i]) }
func (s step) steps(i int) []json.RawMessage {
	return decode[[]json.RawMessage](s.words[i])
}

func decode[T any](word json.RawMessage) T {
	var value T
	must(json.Unmarshal(word, &value))
	return value
}

// value is what reads return: null for an absent key.
func value(content []byte, err error) (any, error) {
	if err != nil || len(content) == 0 {
		return nil, err
	}
	return content, nil
}

func values(contents [][]byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	found := make([]any, len(contents))
	for i, content := range contents {
		found[i], _ = value(content, nil)
	}
	return found, nil
}

func nothing(err error) (any, error) {
	return nil, err
}
