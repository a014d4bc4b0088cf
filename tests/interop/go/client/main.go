// Command client is the official Go client as one side of a conversation: `client BUNDLE USER [--keyless]`.
//
// It connects with nothing but an organisation's bundle. Each line of standard input is a JSON object whose `do` names
// what to do; each is answered by one line, {"ok": ...} or {"error": ...}. Bytes are base64.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/status"
)

const longestLine = 16 << 20

func main() {
	side, err := connect(os.Args[1], os.Args[2], slices.Contains(os.Args[3:], "--keyless"))
	if err == nil {
		err = converse(side)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// asked is a line of the conversation; each `do` uses some of the fields.
type asked struct {
	Do            string
	Function      string
	Arguments     [][]byte
	Transient     map[string][]byte
	Organisations []string
	Bytes         []byte
	Digest        []byte
	Kind          string
	StartBlock    uint64
	Count         int
}

func (asked *asked) options() []client.ProposalOption {
	options := []client.ProposalOption{client.WithBytesArguments(asked.Arguments...)}
	if len(asked.Transient) > 0 {
		options = append(options, client.WithTransient(asked.Transient))
	}
	if len(asked.Organisations) > 0 {
		options = append(options, client.WithEndorsingOrganizations(asked.Organisations...))
	}
	return options
}

type fields map[string]any

func converse(side *side) error {
	answers := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		line := &asked{}
		if err := json.Unmarshal(lines.Bytes(), line); err != nil {
			return err
		}
		answer := fields{}
		if ok, err := side.do(line); err == nil {
			answer["ok"] = ok
		} else {
			answer["error"] = failure(err)
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func failure(err error) fields {
	peers := []string{}
	for _, detail := range status.Convert(err).Details() {
		if each, ok := detail.(*gateway.ErrorDetail); ok {
			peers = append(peers, each.GetMessage())
		}
	}
	kind := "Error"
	var endorse *client.EndorseError
	var submit *client.SubmitError
	var commitStatus *client.CommitStatusError
	var commit *client.CommitError
	switch {
	case errors.As(err, &endorse):
		kind = "EndorseError"
	case errors.As(err, &submit):
		kind = "SubmitError"
	case errors.As(err, &commitStatus):
		kind = "CommitStatusError"
	case errors.As(err, &commit):
		kind = "CommitError"
	}
	return fields{"type": kind, "message": err.Error(), "peers": peers}
}
