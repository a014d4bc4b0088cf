package main

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

const all = -1

func rows(iterator shim.StateQueryIteratorInterface, err error) (any, error) {
	return first(all)(iterator, err)
}

// first reads so many rows and closes the query, be it exhausted or not.
func first(count int) func(shim.StateQueryIteratorInterface, error) (any, error) {
	return func(iterator shim.StateQueryIteratorInterface, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		defer func() { must(iterator.Close()) }()
		found := [][]any{}
		for len(found) != count && iterator.HasNext() {
			row, err := iterator.Next()
			if err != nil {
				return nil, err
			}
			found = append(found, []any{row.GetKey(), row.GetValue()})
		}
		return found, nil
	}
}

func page(iterator shim.StateQueryIteratorInterface, metadata *peer.QueryResponseMetadata, err error) (any, error) {
	found, err := rows(iterator, err)
	if err != nil {
		return nil, err
	}
	return []any{found, metadata.GetBookmark(), metadata.GetFetchedRecordsCount()}, nil
}

// everyRow goes from bookmark to bookmark, which has no end of its own on CouchDB but a page without rows.
func everyRow(stub shim.ChaincodeStubInterface, query string, size int) (any, error) {
	found := [][]any{}
	bookmark := ""
	for {
		iterator, metadata, err := stub.GetQueryResultWithPagination(query, int32(size), bookmark)
		rows, err := rows(iterator, err)
		if err != nil {
			return nil, err
		}
		page := rows.([][]any)
		found = append(found, page...)
		bookmark = metadata.GetBookmark()
		if bookmark == "" || len(page) == 0 {
			return found, nil
		}
	}
}

func versions(iterator shim.HistoryQueryIteratorInterface, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	defer func() { must(iterator.Close()) }()
	found := [][]any{}
	for iterator.HasNext() {
		version, err := iterator.Next()
		if err != nil {
			return nil, err
		}
		at := version.GetTimestamp().AsTime().UnixMicro()
		found = append(found, []any{version.GetTxId(), string(version.GetValue()), at, version.GetIsDelete()})
	}
	return found, nil
}
