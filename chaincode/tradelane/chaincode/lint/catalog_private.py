"""The rules about private values: transient data and private data that become public."""

from tradelane.chaincode.lint.finding import Rule

_INSTEAD_HASH = "Return a hash over the value and a random salt, or an id"

PRIVATE_RULES = (
    Rule(
        "DET701",
        "private value in the response",
        "The response of a submitted transaction is stored in the block of every organisation on the channel.",
        f"{_INSTEAD_HASH}; a function that is only ever evaluated at the reader's own peer may waive this.",
        "async def invoke(stub):\n    return await stub.get_private_data('deals', 'price')",
        "async def invoke(stub):\n    return (await stub.get_private_data('deals', 'price')) is not None",
    ),
    Rule(
        "DET702",
        "private value in an event",
        "An event is public to the channel.",
        "Announce ids only; whoever may know more reads it from the private data.",
        "async def invoke(stub):\n    stub.set_event('priced', stub.transient['price'])",
        "async def invoke(stub):\n    stub.set_event('priced', stub.tx_id.encode())",
    ),
    Rule(
        "DET703",
        "private value in a log",
        "Logs are kept, copied and read by people who may not know the value.",
        "Log the transaction's id and the name of the field.",
        "async def invoke(stub):\n    price = stub.transient['price']\n    logging.info('price %s', price)",
        "async def invoke(stub):\n    logging.info('priced in %s', stub.tx_id)",
    ),
    Rule(
        "DET704",
        "private value in an exception",
        "The message of an exception ends up in logs and in the response.",
        "Name the field and what is expected of it, not what was found.",
        "async def invoke(stub):\n    raise ValueError(f\"bad price {stub.transient['price']}\")",
        "async def invoke(stub):\n    raise ValueError('the transient value price is no number')",
    ),
    Rule(
        "DET705",
        "private value in the public read-write set",
        "Keys that are read or written, public values and names of collections stand in the block in plain.",
        "Write it with put_private_data; in public keys and values use a hash over the value and a random salt.",
        "async def invoke(stub):\n    await stub.put_state('price', stub.transient['price'])",
        "async def invoke(stub):\n    await stub.put_private_data('deals', 'price', stub.transient['price'])",
    ),
    Rule(
        "DET706",
        "private value as an argument of another chaincode",
        "The called chaincode need not keep it private; it may store, announce or return it.",
        "Pass an id: the called chaincode sees the same transient data by itself.",
        "async def invoke(stub):\n    await stub.invoke_chaincode('bank', [b'pay', stub.transient['price']])",
        "async def invoke(stub):\n    await stub.invoke_chaincode('bank', [b'pay', stub.args[1]])",
    ),
)
