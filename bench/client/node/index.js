// The load of bench/client, by the official Node client: a line of JSON in is a turn, a line of JSON out its times.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const { connect, hash, signers } = require('@hyperledger/fabric-gateway');

const seconds = (number) => () => ({ deadline: Date.now() + 1000 * number });

function connected(config) {
    const credentials = grpc.credentials.createSsl(
        fs.readFileSync(config.tlsRoots),
        fs.readFileSync(config.tlsKey),
        fs.readFileSync(config.tlsCertificate),
    );
    const client = new grpc.Client(config.endpoint, credentials, {
        'grpc.ssl_target_name_override': config.serverName,
        'grpc.default_authority': config.serverName,
    });
    const gateway = connect({
        client,
        identity: { mspId: config.mspId, credentials: fs.readFileSync(config.certificate) },
        signer: signers.newPrivateKeySigner(crypto.createPrivateKey(fs.readFileSync(config.key))),
        hash: hash.sha256,
        evaluateOptions: seconds(5),
        endorseOptions: seconds(15),
        submitOptions: seconds(5),
        commitStatusOptions: seconds(60),
    });
    return gateway.getNetwork(config.channel).getContract(config.chaincode);
}

async function turn(contract, config, { prefix, count }) {
    const latencies = [];
    let next = 0;
    async function work() {
        while (next < count) {
            const key = `${prefix}-${next++}`;
            const begun = process.hrtime.bigint();
            await contract.submit('batched', {
                arguments: [key, config.document],
                endorsingOrganizations: config.organisations,
            });
            latencies.push(Number(process.hrtime.bigint() - begun) / 1e6);
        }
    }
    const begun = process.hrtime.bigint();
    await Promise.all(Array.from({ length: config.inFlight }, work));
    return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, latencies };
}

async function main() {
    const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const config = JSON.parse((await lines.next()).value);
    const contract = connected(config);
    for await (const line of lines) {
        process.stdout.write(JSON.stringify(await turn(contract, config, JSON.parse(line))) + '\n');
    }
    process.exit(0);
}

main();
