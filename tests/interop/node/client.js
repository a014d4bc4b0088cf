// The official Node client as one side of a conversation: `node client.js BUNDLE USER [--keyless]`.
//
// It connects with nothing but an organisation's bundle. Each line of standard input is a JSON object whose `do` names
// what to do; each is answered by one line, {"ok": ...} or {"error": ...}. Bytes are base64.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const grpc = require('@grpc/grpc-js');
const { connect, signers, GatewayError } = require('@hyperledger/fabric-gateway');

const [bundle, user, ...flags] = process.argv.slice(2);
const read = (...names) => fs.readFileSync(path.join(bundle, ...names));
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const unbase64 = (text) => Buffer.from(text, 'base64');

const profile = JSON.parse(read('profile.json'));
const [peer] = profile.peers;
const tlsCertificate = read('users', user, 'tls-cert.pem');
const client = new grpc.Client(
    peer.endpoint,
    grpc.credentials.createSsl(read(profile.tlsRoots), read('users', user, 'tls-key.pem'), tlsCertificate),
    { 'grpc.ssl_target_name_override': peer.serverName },
);
const sign = signers.newPrivateKeySigner(crypto.createPrivateKey(read('users', user, 'key.pem')));
const deadline = () => ({ deadline: Date.now() + 60_000 });
const gateway = connect({
    client,
    identity: { mspId: profile.mspId, credentials: read('users', user, 'cert.pem') },
    signer: flags.includes('--keyless') ? undefined : sign,
    tlsClientCertificateHash: crypto.createHash('sha256').update(new crypto.X509Certificate(tlsCertificate).raw).digest(),
    evaluateOptions: deadline,
    endorseOptions: deadline,
    submitOptions: deadline,
    commitStatusOptions: deadline,
});
const network = gateway.getNetwork(profile.channel);
const contract = network.getContract(profile.chaincode);

const EVENTS = {
    chaincode: {
        build: (options) => network.newChaincodeEventsRequest(profile.chaincode, options),
        unsigned: (bytes) => gateway.newChaincodeEventsRequest(bytes),
        show: (event) => ({
            blockNumber: Number(event.blockNumber),
            transactionId: event.transactionId,
            name: event.eventName,
            payload: base64(event.payload),
        }),
    },
    blocks: {
        build: (options) => network.newBlockEventsRequest(options),
        unsigned: (bytes) => gateway.newBlockEventsRequest(bytes),
        show: (block) => ({ blockNumber: block.getHeader().getNumber() }),
    },
    filteredBlocks: {
        build: (options) => network.newFilteredBlockEventsRequest(options),
        unsigned: (bytes) => gateway.newFilteredBlockEventsRequest(bytes),
        show: (block) => ({ blockNumber: block.getNumber() }),
    },
    blocksAndPrivateData: {
        build: (options) => network.newBlockAndPrivateDataEventsRequest(options),
        unsigned: (bytes) => gateway.newBlockAndPrivateDataEventsRequest(bytes),
        show: (both) => ({ blockNumber: both.getBlock().getHeader().getNumber() }),
    },
};

const shown = (object, more = {}) => ({ bytes: base64(object.getBytes()), digest: base64(object.getDigest()), ...more });

function options(asked) {
    return {
        arguments: asked.arguments.map(unbase64),
        transientData: Object.fromEntries(Object.entries(asked.transient).map(([name, value]) => [name, unbase64(value)])),
        endorsingOrganizations: asked.organisations.length ? asked.organisations : undefined,
    };
}

const DO = {
    transact: async (asked) => ({ result: base64(await contract.submit(asked.function, options(asked))) }),
    query: async (asked) => ({ result: base64(await contract.evaluate(asked.function, options(asked))) }),
    proposal: (asked) => {
        const made = contract.newProposal(asked.function, options(asked));
        return shown(made, { transactionId: made.getTransactionId() });
    },
    sign: async (asked) => ({ signature: base64(await sign(unbase64(asked.digest))) }),
    evaluate: async (asked) => ({ result: base64(await gateway.newProposal(unbase64(asked.bytes)).evaluate()) }),
    endorse: async (asked) => {
        const made = await gateway.newProposal(unbase64(asked.bytes)).endorse();
        return shown(made, { result: base64(made.getResult()) });
    },
    submit: async (asked) => shown(await gateway.newTransaction(unbase64(asked.bytes)).submit()),
    status: async (asked) => {
        const found = await gateway.newCommit(unbase64(asked.bytes)).getStatus();
        return { code: found.code, successful: found.successful, blockNumber: Number(found.blockNumber) };
    },
    eventsRequest: (asked) => shown(EVENTS[asked.kind].build({ startBlock: BigInt(asked.startBlock) })),
    events: async (asked) => {
        const { unsigned, show } = EVENTS[asked.kind];
        const stream = await unsigned(unbase64(asked.bytes)).getEvents();
        const found = [];
        try {
            for await (const event of stream) {
                found.push(show(event));
                if (found.length === asked.count) {
                    break;
                }
            }
        } finally {
            stream.close();
        }
        return { events: found };
    },
};

function failure(error) {
    const details = error instanceof GatewayError ? error.details : [];
    return { type: error.name, message: error.message, peers: details.map((each) => each.message) };
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const asked = JSON.parse(line);
        const answer = await Promise.resolve()
            .then(() => DO[asked.do](asked))
            .then((ok) => ({ ok }), (error) => ({ error: failure(error) }));
        process.stdout.write(JSON.stringify(answer) + '\n');
    }
    gateway.close();
    client.close();
}

main();
