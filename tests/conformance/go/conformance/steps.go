package main

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/statebased"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type act = func(step) (any, error)

var steps map[string]act

func init() { // a table that names Batch, which looks into the table
	steps = map[string]act{
		"GetArgs":       func(s step) (any, error) { return s.stub.GetArgs(), nil },
		"GetStringArgs": func(s step) (any, error) { return s.stub.GetStringArgs(), nil },
		"GetFunctionAndParameters": func(s step) (any, error) {
			function, parameters := s.stub.GetFunctionAndParameters()
			return []any{function, parameters}, nil
		},
		"GetArgsSlice": func(s step) (any, error) { return value(s.stub.GetArgsSlice()) },
		"GetTxID":      func(s step) (any, error) { return s.stub.GetTxID(), nil },
		"GetChannelID": func(s step) (any, error) { return s.stub.GetChannelID(), nil },
		"GetCreator":   func(s step) (any, error) { return value(s.stub.GetCreator()) },
		"GetTransient": func(s step) (any, error) {
			found := map[string][]byte{}
			transient, err := s.stub.GetTransient()
			for name, content := range transient {
				found[name] = content
			}
			return found, err
		},
		"GetBinding": func(s step) (any, error) { return value(s.stub.GetBinding()) },
		"GetDecorations": func(s step) (any, error) {
			found := map[string][]byte{}
			for name, content := range s.stub.GetDecorations() {
				found[name] = content
			}
			return found, nil
		},
		"GetSignedProposal": func(s step) (any, error) {
			proposal, err := s.stub.GetSignedProposal()
			if err != nil {
				return nil, err
			}
			return [][]byte{proposal.GetProposalBytes(), proposal.GetSignature()}, nil
		},
		"GetTxTimestamp": func(s step) (any, error) {
			at, err := s.stub.GetTxTimestamp()
			if err != nil {
				return nil, err
			}
			return at.AsTime().UnixMicro(), nil
		},

		"ID":    func(s step) (any, error) { return cid.GetID(s.stub) },
		"MSPID": func(s step) (any, error) { return cid.GetMSPID(s.stub) },
		"Attribute": func(s step) (any, error) {
			found, ok, err := cid.GetAttributeValue(s.stub, s.text(0))
			if !ok {
				return nil, err
			}
			return found, err
		},
		"AssertAttribute": func(s step) (any, error) {
			return nothing(cid.AssertAttributeValue(s.stub, s.text(0), s.text(1)))
		},
		"OU":       func(s step) (any, error) { return cid.HasOUValue(s.stub, s.text(0)) },
		"GetMSPID": func(step) (any, error) { return shim.GetMSPID() },
		"Serial": func(s step) (any, error) {
			certificate, err := cid.GetX509Certificate(s.stub)
			if err != nil {
				return nil, err
			}
			return fmt.Sprintf("%x", certificate.SerialNumber), nil
		},

		"GetState":          func(s step) (any, error) { return value(s.stub.GetState(s.text(0))) },
		"GetMultipleStates": func(s step) (any, error) { return values(s.stub.GetMultipleStates(s.texts(0)...)) },
		"PutState":          func(s step) (any, error) { return nothing(s.stub.PutState(s.text(0), s.bytes(1))) },
		"DelState":          func(s step) (any, error) { return nothing(s.stub.DelState(s.text(0))) },
		"Fill":              fill,
		"Batch":             batch,

		"SetStateValidationParameter": func(s step) (any, error) {
			return nothing(s.stub.SetStateValidationParameter(s.text(0), s.policy(1)))
		},
		"GetStateValidationParameter": func(s step) (any, error) {
			return policyTree(s.stub.GetStateValidationParameter(s.text(0)))
		},
		"RequireOrganisations": func(s step) (any, error) {
			policy, err := statebased.NewStateEP(nil)
			must(err)
			must(policy.AddOrgs(statebased.RoleTypePeer, s.texts(1)...))
			content, err := policy.Policy()
			must(err)
			return nothing(s.stub.SetStateValidationParameter(s.text(0), content))
		},

		"ChangeOrganisations": func(s step) (any, error) {
			content, err := s.stub.GetStateValidationParameter(s.text(0))
			must(err)
			policy, err := statebased.NewStateEP(content)
			must(err)
			must(policy.AddOrgs(statebased.RoleType(s.text(1)), s.texts(2)...))
			policy.DelOrgs(s.texts(3)...)
			organisations := policy.ListOrgs()
			slices.Sort(organisations)
			content, err = policy.Policy()
			must(err)
			return organisations, s.stub.SetStateValidationParameter(s.text(0), content)
		},

		"RequireNobody": func(s step) (any, error) {
			policy, err := statebased.NewStateEP(nil)
			must(err)
			must(policy.AddOrgs(statebased.RoleTypePeer, "HongKongMSP"))
			policy.DelOrgs("HongKongMSP")
			content, err := policy.Policy()
			must(err)
			return content, s.stub.SetStateValidationParameter(s.text(0), content)
		},
		"CopyValidationParameter": func(s step) (any, error) {
			content, err := s.stub.GetStateValidationParameter(s.text(0))
			must(err)
			return content, s.stub.SetStateValidationParameter(s.text(1), content)
		},

		"CreateCompositeKey": func(s step) (any, error) { return s.stub.CreateCompositeKey(s.text(0), s.texts(1)) },
		"SplitCompositeKey": func(s step) (any, error) {
			objectType, attributes, err := s.stub.SplitCompositeKey(s.text(0))
			return []any{objectType, attributes}, err
		},

		"GetStateByRange": func(s step) (any, error) { return rows(s.stub.GetStateByRange(s.text(0), s.text(1))) },
		"GetStateByRangeFirst": func(s step) (any, error) {
			return first(s.number(2))(s.stub.GetStateByRange(s.text(0), s.text(1)))
		},
		"GetStateByPartialCompositeKey": func(s step) (any, error) {
			return rows(s.stub.GetStateByPartialCompositeKey(s.text(0), s.texts(1)))
		},
		"GetStateByRangeWithPagination": func(s step) (any, error) {
			return page(s.stub.GetStateByRangeWithPagination(s.text(0), s.text(1), int32(s.number(2)), s.text(3)))
		},
		"GetStateByPartialCompositeKeyWithPagination": func(s step) (any, error) {
			return page(s.stub.GetStateByPartialCompositeKeyWithPagination(
				s.text(0), s.texts(1), int32(s.number(2)), s.text(3)))
		},
		"GetAllStatesCompositeKeyWithPagination": func(s step) (any, error) {
			return page(s.stub.GetAllStatesCompositeKeyWithPagination(int32(s.number(0)), s.text(1)))
		},
		"GetQueryResult": func(s step) (any, error) { return rows(s.stub.GetQueryResult(s.text(0))) },
		"GetQueryResultWithPagination": func(s step) (any, error) {
			return page(s.stub.GetQueryResultWithPagination(s.text(0), int32(s.number(1)), s.text(2)))
		},
		"EveryRow": func(s step) (any, error) { return everyRow(s.stub, s.text(0), s.number(1)) },
		"GetHistoryForKey": func(s step) (any, error) { return versions(s.stub.GetHistoryForKey(s.text(0))) },

		"GetPrivateData": func(s step) (any, error) { return value(s.stub.GetPrivateData(s.text(0), s.text(1))) },
		"GetMultiplePrivateData": func(s step) (any, error) {
			return values(s.stub.GetMultiplePrivateData(s.text(0), s.texts(1)...))
		},
		"GetPrivateDataHash": func(s step) (any, error) {
			return value(s.stub.GetPrivateDataHash(s.text(0), s.text(1)))
		},
		"PutPrivateData": func(s step) (any, error) {
			return nothing(s.stub.PutPrivateData(s.text(0), s.text(1), s.bytes(2)))
		},
		"DelPrivateData": func(s step) (any, error) { return nothing(s.stub.DelPrivateData(s.text(0), s.text(1))) },
		"PurgePrivateData": func(s step) (any, error) {
			return nothing(s.stub.PurgePrivateData(s.text(0), s.text(1)))
		},
		"SetPrivateDataValidationParameter": func(s step) (any, error) {
			return nothing(s.stub.SetPrivateDataValidationParameter(s.text(0), s.text(1), s.policy(2)))
		},
		"GetPrivateDataValidationParameter": func(s step) (any, error) {
			return policyTree(s.stub.GetPrivateDataValidationParameter(s.text(0), s.text(1)))
		},
		"GetPrivateDataByRange": func(s step) (any, error) {
			return rows(s.stub.GetPrivateDataByRange(s.text(0), s.text(1), s.text(2)))
		},
		"GetPrivateDataByPartialCompositeKey": func(s step) (any, error) {
			return rows(s.stub.GetPrivateDataByPartialCompositeKey(s.text(0), s.text(1), s.texts(2)))
		},
		"GetPrivateDataQueryResult": func(s step) (any, error) {
			return rows(s.stub.GetPrivateDataQueryResult(s.text(0), s.text(1)))
		},

		"InvokeChaincode": func(s step) (any, error) {
			response := s.stub.InvokeChaincode(s.text(0), s.list(1), s.text(2))
			payload, err := value(response.GetPayload(), nil)
			return []any{response.GetStatus(), response.GetMessage(), payload}, err
		},
		"SetEvent": func(s step) (any, error) { return nothing(s.stub.SetEvent(s.text(0), s.bytes(1))) },
		"Respond": func(s step) (any, error) {
			panic(answer{&peer.Response{Status: int32(s.number(0)), Message: s.text(1), Payload: s.bytes(2)}})
		},
		"Raise": func(s step) (any, error) { panic("as told") },
	}
}

// fill puts "<prefix>0000", ... of one value.
func fill(s step) (any, error) {
	for i := range s.number(1) {
		if err := s.stub.PutState(fmt.Sprintf("%s%06d", s.text(0), i), s.bytes(2)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// batch does steps within a write batch; with a second argument it leaves the batch open, for the shim to send at the end.
func batch(s step) (any, error) {
	s.stub.StartWriteBatch()
	outcomes := []outcome{}
	for _, each := range s.steps(0) {
		outcomes = append(outcomes, do(s.stub, each))
	}
	if len(s.words) > 1 { // "left open"
		return outcomes, nil
	}
	return outcomes, s.stub.FinishWriteBatch()
}
