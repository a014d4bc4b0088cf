package main

import (
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

func (peer *recordingPeer) answer(request, answer any) error {
	asked, isEndorse := request.(*gateway.EndorseRequest)
	if !isEndorse {
		return nil // what the other steps answer is no part of what is signed
	}
	envelope, err := prepared(asked.GetProposedTransaction().GetProposalBytes(), peer.result)
	answer.(*gateway.EndorseResponse).PreparedTransaction = envelope
	return err
}

// prepared is the transaction a gateway peer would put together, as far as a client reads it.
func prepared(proposalBytes, result []byte) (*common.Envelope, error) {
	proposal, header := &peer.Proposal{}, &common.Header{}
	if err := proto.Unmarshal(proposalBytes, proposal); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(proposal.GetHeader(), header); err != nil {
		return nil, err
	}
	packed := packer{}
	agreed := packed.bytes(&peer.ProposalResponsePayload{
		Extension: packed.bytes(&peer.ChaincodeAction{Response: &peer.Response{Status: 200, Payload: result}}),
	})
	content := packed.bytes(&peer.ChaincodeActionPayload{
		Action: &peer.ChaincodeEndorsedAction{ProposalResponsePayload: agreed},
	})
	transaction := packed.bytes(&peer.Transaction{Actions: []*peer.TransactionAction{{Payload: content}}})
	payload := packed.bytes(&common.Payload{Header: header, Data: transaction})
	return &common.Envelope{Payload: payload}, packed.failed
}

// packer serialises messages within messages and keeps the first error.
type packer struct{ failed error }

func (packer *packer) bytes(message proto.Message) []byte {
	content, err := proto.Marshal(message)
	if err != nil && packer.failed == nil {
		packer.failed = err
	}
	return content
}
