package main

import (
	"context"
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/client"
)

func (side *side) do(asked *asked) (fields, error) {
	network := side.gateway.GetNetwork(side.profile.Channel)
	contract := network.GetContract(side.profile.Chaincode)
	switch asked.Do {
	case "transact":
		result, err := contract.Submit(asked.Function, asked.options()...)
		return fields{"result": result}, err
	case "query":
		result, err := contract.Evaluate(asked.Function, asked.options()...)
		return fields{"result": result}, err
	case "proposal":
		made, err := contract.NewProposal(asked.Function, asked.options()...)
		if err != nil {
			return nil, err
		}
		return shown(made, fields{"transactionId": made.TransactionID()})
	case "sign":
		signature, err := side.sign(asked.Digest)
		return fields{"signature": signature}, err
	case "evaluate":
		made, err := side.gateway.NewProposal(asked.Bytes)
		if err != nil {
			return nil, err
		}
		result, err := made.Evaluate()
		return fields{"result": result}, err
	case "endorse":
		return side.endorse(asked.Bytes)
	case "submit":
		return side.submit(asked.Bytes)
	case "status":
		return side.status(asked.Bytes)
	case "eventsRequest":
		return eventsRequest(network, side.profile.Chaincode, asked)
	case "events":
		return side.events(asked)
	}
	return nil, fmt.Errorf("there is nothing called %q to do", asked.Do)
}

type object interface {
	Bytes() ([]byte, error)
	Digest() []byte
}

func shown(made object, more fields) (fields, error) {
	content, err := made.Bytes()
	answer := fields{"bytes": content, "digest": made.Digest()}
	for name, value := range more {
		answer[name] = value
	}
	return answer, err
}

func (side *side) endorse(content []byte) (fields, error) {
	proposal, err := side.gateway.NewProposal(content)
	if err != nil {
		return nil, err
	}
	made, err := proposal.Endorse()
	if err != nil {
		return nil, err
	}
	return shown(made, fields{"result": made.Result()})
}

func (side *side) submit(content []byte) (fields, error) {
	transaction, err := side.gateway.NewTransaction(content)
	if err != nil {
		return nil, err
	}
	made, err := transaction.Submit()
	if err != nil {
		return nil, err
	}
	return shown(made, nil)
}

func (side *side) status(content []byte) (fields, error) {
	commit, err := side.gateway.NewCommit(content)
	if err != nil {
		return nil, err
	}
	found, err := commit.Status()
	if err != nil {
		return nil, err
	}
	return fields{"code": found.Code, "successful": found.Successful, "blockNumber": found.BlockNumber}, nil
}

func eventsRequest(network *client.Network, chaincode string, asked *asked) (fields, error) {
	var made object
	var err error
	start := client.WithStartBlock(asked.StartBlock)
	switch asked.Kind {
	case "chaincode":
		made, err = network.NewChaincodeEventsRequest(chaincode, start)
	case "blocks":
		made, err = network.NewBlockEventsRequest(start)
	case "filteredBlocks":
		made, err = network.NewFilteredBlockEventsRequest(start)
	default:
		made, err = network.NewBlockAndPrivateDataEventsRequest(start)
	}
	if err != nil {
		return nil, err
	}
	return shown(made, nil)
}

func (side *side) events(asked *asked) (fields, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	switch asked.Kind {
	case "chaincode":
		request, err := side.gateway.NewChaincodeEventsRequest(asked.Bytes)
		if err != nil {
			return nil, err
		}
		events, err := request.Events(ctx)
		return first(events, err, asked.Count, func(event *client.ChaincodeEvent) fields {
			return fields{"blockNumber": event.BlockNumber, "transactionId": event.TransactionID,
				"name": event.EventName, "payload": event.Payload}
		})
	case "blocks":
		request, err := side.gateway.NewBlockEventsRequest(asked.Bytes)
		if err != nil {
			return nil, err
		}
		events, err := request.Events(ctx)
		return first(events, err, asked.Count, blockNumber)
	case "filteredBlocks":
		request, err := side.gateway.NewFilteredBlockEventsRequest(asked.Bytes)
		if err != nil {
			return nil, err
		}
		events, err := request.Events(ctx)
		return first(events, err, asked.Count, filteredBlockNumber)
	default:
		request, err := side.gateway.NewBlockAndPrivateDataEventsRequest(asked.Bytes)
		if err != nil {
			return nil, err
		}
		events, err := request.Events(ctx)
		return first(events, err, asked.Count, privateBlockNumber)
	}
}
