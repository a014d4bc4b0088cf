package main

import (
	"encoding/json"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// A policy is written as the MSP id of an organisation's peers, or as [n, policy, ...] for n of the policies.

type builder struct{ organisations []string }

func policyBytes(word json.RawMessage) []byte {
	var tree any
	must(json.Unmarshal(word, &tree))
	var builder builder
	rule := builder.rule(tree)
	identities := make([]*msp.MSPPrincipal, len(builder.organisations))
	for i, id := range builder.organisations {
		principal, err := proto.Marshal(&msp.MSPRole{Role: msp.MSPRole_PEER, MspIdentifier: id})
		must(err)
		identities[i] = &msp.MSPPrincipal{PrincipalClassification: msp.MSPPrincipal_ROLE, Principal: principal}
	}
	content, err := proto.Marshal(&common.SignaturePolicyEnvelope{Rule: rule, Identities: identities})
	must(err)
	return content
}

func (b *builder) rule(tree any) *common.SignaturePolicy {
	if id, leaf := tree.(string); leaf {
		return &common.SignaturePolicy{Type: &common.SignaturePolicy_SignedBy{SignedBy: b.index(id)}}
	}
	parts := tree.([]any)
	rules := []*common.SignaturePolicy{}
	for _, each := range parts[1:] {
		rules = append(rules, b.rule(each))
	}
	some := &common.SignaturePolicy_NOutOf{N: int32(parts[0].(float64)), Rules: rules}
	return &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{NOutOf: some}}
}

func (b *builder) index(id string) int32 {
	for i, known := range b.organisations {
		if known == id {
			return int32(i)
		}
	}
	b.organisations = append(b.organisations, id)
	return int32(len(b.organisations) - 1)
}

func policyTree(content []byte, err error) (any, error) {
	if err != nil || len(content) == 0 {
		return nil, err
	}
	var envelope common.SignaturePolicyEnvelope
	must(proto.Unmarshal(content, &envelope))
	organisations := make([]string, len(envelope.GetIdentities()))
	for i, identity := range envelope.GetIdentities() {
		var role msp.MSPRole
		must(proto.Unmarshal(identity.GetPrincipal(), &role))
		organisations[i] = role.GetMspIdentifier()
	}
	return tree(envelope.GetRule(), organisations), nil
}

func tree(rule *common.SignaturePolicy, organisations []string) any {
	some := rule.GetNOutOf()
	if some == nil {
		return organisations[rule.GetSignedBy()]
	}
	parts := []any{some.GetN()}
	for _, each := range some.GetRules() {
		parts = append(parts, tree(each, organisations))
	}
	return parts
}
