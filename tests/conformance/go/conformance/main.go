// Conformance is the Go half of the conformance suite: it does the steps it is told, as chaincode.py does.
//
// Function "run" takes a JSON list of steps, each a list of a name and its arguments, and answers with the JSON list of
// what each returned: {"ok": result}, or {"refused": "local"} where the shim refused by itself, or
// {"refused": "peer", "text": what the peer said}. Bytes are base64.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"tradelane.example/conformance/serve"
)

func main() {
	os.Exit(serve.Until(chaincode{}))
}

type chaincode struct{}

type outcome struct {
	OK      any    `json:"ok,omitempty"`
	Refused string `json:"refused,omitempty"`
	Text    string `json:"text,omitempty"`
}

// answer ends the invocation with a response of its own.
type answer struct{ response *peer.Response }

// Init does the steps too: our shim has one coroutine for both.
func (c chaincode) Init(stub shim.ChaincodeStubInterface) *peer.Response {
	return c.Invoke(stub)
}

func (chaincode) Invoke(stub shim.ChaincodeStubInterface) (response *peer.Response) {
	defer func() {
		switch raised := recover().(type) {
		case nil:
		case answer:
			response = raised.response
		default: // the Go shim lets a panic end the whole service; a chaincode that means to live recovers
			fmt.Fprintln(os.Stderr, "panic:", raised)
			response = shim.Error("internal error")
		}
	}()
	args := stub.GetArgs()
	if len(args) < 2 || string(args[0]) != "run" {
		return &peer.Response{Status: 404, Message: "no such function"}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(args[1], &list); err != nil {
		return &peer.Response{Status: 400, Message: "the steps are not JSON"}
	}
	outcomes := make([]outcome, len(list))
	for i, each := range list {
		outcomes[i] = do(stub, each)
	}
	return shim.Success(encode(outcomes))
}

func do(stub shim.ChaincodeStubInterface, text json.RawMessage) outcome {
	var words []json.RawMessage
	must(json.Unmarshal(text, &words))
	step := step{stub, words[1:]}
	name := step.decodeName(words[0])
	act, found := steps[name]
	if !found {
		panic("no step " + name)
	}
	result, err := act(step)
	switch {
	case err == nil:
		return outcome{OK: []any{result}}
	case local(err):
		return outcome{Refused: "local"}
	default:
		return outcome{Refused: "peer", Text: err.Error()}
	}
}

// local tells the shim's own refusals from the peer's: Go has one type for both.
func local(err error) bool {
	for _, words := range []string{
		"key must not be an empty string",
		"collection must not be an empty string",
		"not a valid utf8 string",
		"input contains unicode",
		"first character of the key",
		"event name can not be empty string",
		"attribute '",
	} {
		if strings.HasPrefix(err.Error(), words) {
			return true
		}
	}
	return false
}

func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(value))
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
