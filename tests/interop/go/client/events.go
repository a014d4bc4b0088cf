package main

import (
	"errors"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

var errEnded = errors.New("the stream ended before all the events that were asked for came")

func first[T any](events <-chan T, err error, count int, show func(T) fields) (fields, error) {
	if err != nil {
		return nil, err
	}
	found := make([]fields, 0, count)
	for event := range events {
		found = append(found, show(event))
		if len(found) == count {
			return fields{"events": found}, nil
		}
	}
	return nil, errEnded
}

func blockNumber(block *common.Block) fields {
	return fields{"blockNumber": block.GetHeader().GetNumber()}
}

func filteredBlockNumber(block *peer.FilteredBlock) fields {
	return fields{"blockNumber": block.GetNumber()}
}

func privateBlockNumber(both *peer.BlockAndPrivateData) fields {
	return blockNumber(both.GetBlock())
}
