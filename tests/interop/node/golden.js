// Writes what the official Node client signs and sends for the cases of golden/cases.json, as JSON, to standard output.
//
// Nonce and clock are fixed before the client is loaded; its peer is an object that keeps what it is sent.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');

const cases = JSON.parse(fs.readFileSync(process.argv[2]));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const unhex = (text) => Buffer.from(text, 'hex');

const TIME_MS = 1767225600123;
crypto.randomBytes = () => unhex(cases.nonce);
const RealDate = Date;
globalThis.Date = class extends RealDate {
    constructor() {
        super(TIME_MS);
    }
};

const { connect } = require('@hyperledger/fabric-gateway');
const { common, gateway: messages, peer } = require('@hyperledger/fabric-protos');

// The transaction a gateway peer would put together, as far as a client reads it.
function prepared(proposal) {
    const response = new peer.Response();
    response.setStatus(200);
    response.setPayload(unhex(cases.result));
    const action = new peer.ChaincodeAction();
    action.setResponse(response);
    const agreed = new peer.ProposalResponsePayload();
    agreed.setExtension$(action.serializeBinary());
    const endorsed = new peer.ChaincodeEndorsedAction();
    endorsed.setProposalResponsePayload(agreed.serializeBinary());
    const content = new peer.ChaincodeActionPayload();
    content.setAction(endorsed);
    const transactionAction = new peer.TransactionAction();
    transactionAction.setPayload(content.serializeBinary());
    const transaction = new peer.Transaction();
    transaction.setActionsList([transactionAction]);
    const payload = new common.Payload();
    payload.setHeader(common.Header.deserializeBinary(proposal.getHeader_asU8()));
    payload.setData(transaction.serializeBinary());
    const envelope = new common.Envelope();
    envelope.setPayload(payload.serializeBinary());
    return envelope;
}

const sent = {};
const answers = {
    Evaluate: () => new messages.EvaluateResponse(),
    Endorse: (request) => {
        const proposal = peer.Proposal.deserializeBinary(request.getProposedTransaction().getProposalBytes_asU8());
        const answer = new messages.EndorseResponse();
        answer.setPreparedTransaction(prepared(proposal));
        return answer;
    },
    Submit: () => new messages.SubmitResponse(),
    CommitStatus: () => new messages.CommitStatusResponse(),
};
const client = {
    makeUnaryRequest(method, serialize, deserialize, request, options, callback) {
        const name = method.split('/').pop();
        sent[name] = hex(serialize(request));
        callback(null, deserialize(Buffer.from(answers[name](request).serializeBinary())));
    },
};

const gateway = connect({
    client,
    identity: { mspId: cases.mspId, credentials: Buffer.from(cases.credentials) },
    tlsClientCertificateHash: unhex(cases.tlsCertificateHash),
});
const network = gateway.getNetwork(cases.channel);
const contract = network.getContract(cases.chaincode);
const signature = unhex(cases.signature);

function signable(object, sign) {
    const unsigned = object.getBytes();
    const signed = sign.call(gateway, unsigned, signature);
    return [signed, { unsigned: hex(unsigned), digest: hex(object.getDigest()), signed: hex(signed.getBytes()) }];
}

async function transaction(call) {
    const proposed = contract.newProposal(call.function, {
        arguments: call.arguments.map(unhex),
        transientData: Object.fromEntries(Object.entries(call.transient).map(([name, value]) => [name, unhex(value)])),
        endorsingOrganizations: call.organisations.length ? call.organisations : undefined,
    });
    const [proposal, proposalBytes] = signable(proposed, gateway.newSignedProposal);
    await proposal.evaluate();
    const [endorsed, transactionBytes] = signable(await proposal.endorse(), gateway.newSignedTransaction);
    const [commit, commitBytes] = signable(await endorsed.submit(), gateway.newSignedCommit);
    await commit.getStatus();
    return {
        transactionId: proposal.getTransactionId(),
        proposal: proposalBytes,
        transaction: transactionBytes,
        commit: commitBytes,
        sent: { ...sent },
    };
}

function events({ startBlock, afterTransactionId }) {
    const checkpoint = { getBlockNumber: () => BigInt(startBlock), getTransactionId: () => afterTransactionId };
    const options = startBlock === null ? {} : afterTransactionId ? { checkpoint } : { startBlock: BigInt(startBlock) };
    const built = {
        chaincode: [
            network.newChaincodeEventsRequest(cases.chaincode, options),
            gateway.newSignedChaincodeEventsRequest,
        ],
        blocks: [network.newBlockEventsRequest(options), gateway.newSignedBlockEventsRequest],
        filteredBlocks: [network.newFilteredBlockEventsRequest(options), gateway.newSignedFilteredBlockEventsRequest],
        blocksAndPrivateData: [
            network.newBlockAndPrivateDataEventsRequest(options),
            gateway.newSignedBlockAndPrivateDataEventsRequest,
        ],
    };
    return Object.fromEntries(Object.entries(built).map(([kind, [object, sign]]) => [kind, signable(object, sign)[1]]));
}

async function main() {
    const written = { transactions: [], events: cases.events.map(events) };
    for (const call of cases.proposals) {
        written.transactions.push(await transaction(call));
    }
    process.stdout.write(JSON.stringify(written, null, 1) + '\n');
}

main();
