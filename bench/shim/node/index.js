// The bare invocation of bench/shim on Node's shim: two reads, two writes and an event, with nothing around them.
'use strict';

const fs = require('fs');
const shim = require('fabric-shim');

// Node's shim 2.5.8 has neither multi-get nor write batch, so each read and each write is a message.
async function single(stub, key, document) {
    await stub.getState(key);
    await stub.getState(`${key}.index`);
    await stub.putState(key, Buffer.from(document));
    await stub.putState(`${key}.index`, Buffer.from(key));
    stub.setEvent('written', Buffer.from(key));
}

async function read(stub, key) {
    return stub.getState(key);
}

async function puts(stub, prefix, count, value) {
    const content = Buffer.from(value);
    for (let i = 0; i < Number(count); i++) {
        await stub.putState(`${prefix}${i}`, content);
    }
}

const functions = { batched: single, single, read, puts };

class Bare {
    async Init() {
        return shim.success();
    }

    async Invoke(stub) {
        const { fcn, params } = stub.getFunctionAndParameters();
        return shim.success(await functions[fcn](stub, ...params));
    }
}

const tlsProps = {
    key: fs.readFileSync(process.env.CHAINCODE_TLS_KEY),
    cert: fs.readFileSync(process.env.CHAINCODE_TLS_CERT),
    clientCACerts: fs.readFileSync(process.env.CHAINCODE_CLIENT_CA_CERT),
};
const { CHAINCODE_ID: ccid, CHAINCODE_SERVER_ADDRESS: address } = process.env;
shim.server(new Bare(), { ccid, address, tlsProps }).start();
