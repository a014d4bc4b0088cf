"""Private values are followed: what carries them on, what cleans them, and from one function and file to another."""

import pytest

from tradelane.chaincode.lint import Finding, check

READ = "await stub.get_private_data('deals', 'price')"


def found(body: str, before: str = "") -> list[str]:
    """Codes for a transaction function with this body; `secret` holds a private value."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    head = f"import hashlib, hmac, json, logging\n{before}\nasync def invoke(stub, a=None):\n    secret = {READ}\n"
    source = f"{head}{lines}\n"
    return [finding.code for finding in check({"chaincode.py": source})]


CARRIED = [
    "return secret",
    "return secret.decode()",
    "return json.loads(secret)",
    "return json.loads(secret)['price'].strip()",
    "return f'price {secret!r}'",
    "return 'price %s' % secret",
    "return b'price ' + secret",
    "return {'price': secret}",
    "return [a, secret]",
    "return (a, *secret)",
    "return secret[:4]",
    "return int(secret) * 2",
    "return secret if a else b''",
    "return secret or b''",
    "return [c for c in secret]",
    "return {k: v for k, v in json.loads(secret).items()}",
    "return Unknown(price=secret)",
    "return [value := secret][0]",
    "copy = secret\nreturn copy",
    "copy, other = secret, a\nreturn copy",
    "copy, other = unknown(secret)\nreturn other",
    "copy: bytes = secret\nreturn copy",
    "copy = b''\ncopy += secret\nreturn copy",
    "items = []\nitems.append(secret)\nreturn items",
    "items = {}\nitems['price'] = secret\nreturn items",
    "items = {}\nitems['price']['net'] = secret\nreturn items",
    "a.price = secret\nreturn a.price",
    "a.price = secret\nreturn a",
    "if a:\n    b = secret\nelse:\n    b = b''\nreturn b",
    "b = c = d = b''\nfor _ in a:\n    b = c\n    c = d\n    d = secret\nreturn b",
    "b = b''\nwhile a:\n    b = secret\nreturn b",
    "try:\n    b = secret\n    a()\nexcept ValueError:\n    return b",
    "try:\n    return secret\nfinally:\n    a()",
    "with a(secret) as b:\n    return b",
    "match json.loads(secret):\n    case {'price': price}:\n        return price",
    "for letter in secret:\n    return letter",
    "yield secret",
    "return Response(200, payload=secret)",
]


@pytest.mark.parametrize("body", CARRIED)
def test_a_private_value_is_carried_on(body: str) -> None:
    assert set(found(body)) == {"DET701"}


CLEANED = [
    "return hashlib.sha256(secret).hexdigest()",
    "digest = hashlib.sha256(b'salt')\ndigest.update(secret)\nreturn digest.digest()",
    "return hmac.new(secret, a, 'sha256').hexdigest()",
    "return hmac.compare_digest(secret, a)",
    "return secret == a",
    "return secret is not None",
    "return not secret",
    "return len(secret)",
    "return a in secret",
    "return bool(secret)",
    "return secret.startswith(b'x')",
    "secret = b''\nreturn secret",
    "return a",
    "if secret:\n    return b'yes'\nreturn b'no'",
    "other = {'price': secret}\nother = {}\nreturn other",
    "return await stub.get_private_data_hash('deals', 'price')",
    "await stub.put_private_data('deals', 'copy', secret)",
    "await stub.put_private_data('deals', secret.decode(), b'1')",
    "await stub.put_state('price', hashlib.sha256(secret).digest())",
    "raise ValueError('no price')",
    "try:\n    int(secret)\nexcept ValueError:\n    raise Refused('no number') from None",
    "try:\n    int(secret)\nexcept ValueError:\n    pass\ntry:\n    int(a)\nexcept ValueError as e:\n    raise R(e)",
    "logging.info('price of %d bytes', len(secret))",
]


@pytest.mark.parametrize("body", CLEANED)
def test_a_value_that_says_nothing_passes(body: str) -> None:
    assert found(body) == []


SINKS = {
    "stub.set_event('priced', secret)": "DET702",
    "stub.set_event(name='priced', payload=secret)": "DET702",
    "stub.set_event(secret.decode(), b'')": "DET702",
    "print(secret)": "DET703",
    "logging.getLogger(__name__).debug(secret)": "DET703",
    "logger.warning('price %s', secret)": "DET703",
    "audit = logging.getLogger('audit')\naudit.info(secret)": "DET703",
    "a.log.info(f'{secret}')": "DET703",
    "raise ValueError(secret)": "DET704",
    "raise Refused(400, 'BAD', f'{secret} is no price')": "DET704",
    "error = ValueError(secret)\nraise error": "DET704",
    "raise ValueError('no price') from Bad(secret)": "DET704",
    "assert a, f'bad {secret}'": "DET704",
    "try:\n    int(secret)\nexcept ValueError as error:\n    raise Refused(str(error))": "DET704",
    "try:\n    date.fromisoformat(secret)\nexcept ValueError as error:\n    logging.info(error)": "DET703",
    "await stub.put_state('price', secret)": "DET705",
    "await stub.put_state(secret.decode(), b'1')": "DET705",
    "await stub.del_state(secret.decode())": "DET705",
    "await stub.get_state(secret.decode())": "DET705",
    "await stub.get_multiple_states([secret.decode()])": "DET705",
    "rows = [row async for row in stub.get_state_by_range(secret.decode(), '')]": "DET705",
    "await stub.put_private_data(f'deals-{secret}', 'price', b'1')": "DET705",
    "await stub.get_private_data(collection=secret.decode(), key='price')": "DET705",
    "await stub.invoke_chaincode('bank', [secret])": "DET706",
}


@pytest.mark.parametrize("body", SINKS)
def test_a_private_value_may_not_get_out(body: str) -> None:
    assert found(body) == [SINKS[body]]


SOURCES = [
    "stub.transient['price']",
    "stub.transient.get('price')",
    "ctx.stub.transient['price']",
    "self._stub.get_transient()['price']",
    "await stub.get_private_data('deals', 'price')",
    "await stub.get_multiple_private_data('deals', ['price'])",
    "[row.value async for row in stub.get_private_data_by_range('deals', '', '')]",
    "[row async for row in ctx.stub.get_private_data_query_result('deals', '{}')]",
    "[value for name, value in stub.transient.items()]",
]


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_private(source: str) -> None:
    text = f"async def invoke(self, stub, ctx):\n    return {source}\n"
    assert [finding.code for finding in check({"chaincode.py": text})] == ["DET701"]


def test_a_helper_may_return_what_its_caller_keeps() -> None:
    helper = f"async def _price(stub):\n    return {READ}\n"
    assert found("price = await _price(stub)\nawait stub.put_private_data('deals', 'copy', price)", helper) == []
    assert found("return await _price(stub)", helper) == ["DET701"]


def test_a_helper_gives_back_what_it_is_given_only_where_it_does() -> None:
    helper = "def _same(x, y): return x\ndef _check(x, y): return y\n"
    assert found("return _same(secret, a)", helper) == ["DET701"]
    assert found("return _check(secret, a)", helper) == []
    assert found("return _check(y=secret, x=a)", helper) == ["DET701"]
    assert found("return _check(*[a, secret])", helper) == ["DET701"]
    assert found("return _check(**{'y': secret})", helper) == ["DET701"]


def test_a_leak_in_a_helper_is_told_where_the_value_is_handed_over() -> None:
    helper = "def _refuse(name, value):\n    _fail(value)\ndef _fail(value):\n    raise ValueError(f'{value}')\n"
    source = f"{helper}async def invoke(stub):\n    _refuse('price', {READ})\n    _refuse('a', b'public')\n"
    (finding,) = check({"chaincode.py": source})
    assert (finding.code, finding.line) == ("DET704", 6)
    assert "through _refuse (its parameter value)" in finding.what


def test_rest_parameters_are_followed() -> None:
    helper = "def _all(*values, **named): return [values, named]\n"
    assert found("return _all(a, secret)", helper) == ["DET701"]
    assert found("return _all(price=secret)", helper) == ["DET701"]
    assert found("return _all(a)", helper) == []


def test_a_test_of_a_private_value_is_no_leak() -> None:
    helper = "def _fits(value) -> bool:\n    return value.fits\n"
    assert found("return _fits(secret)", helper) == []


def test_methods_of_the_same_object_are_followed() -> None:
    source = (
        "class Deals:\n"
        "    async def show(self, ctx):\n        return self._decode(await self._read(ctx))\n"
        "    async def _read(self, ctx):\n        return await ctx.stub.get_private_data('deals', 'price')\n"
        "    def _decode(self, value):\n        return value.decode()\n"
    )
    (finding,) = check({"deals.py": source})
    assert (finding.code, finding.line) == ("DET701", 3)


CLOSED_OVER = {
    "def show():\n    return secret\nreturn show()": "DET701",
    "def show():\n    return secret\nreturn a(show)": "DET701",
    "def outer():\n    def inner():\n        return secret\n    return inner()\nreturn outer()": "DET701",
    "def show():\n    return secret\ndef again():\n    return show()\nreturn again()": "DET701",
    "show = lambda: secret\nreturn show()": "DET701",
    "return a(lambda: secret)": "DET701",
    "def keep():\n    nonlocal a\n    a = secret\nkeep()\nreturn a": "DET701",
    "kept = []\ndef keep(value):\n    kept.append(value)\nkeep(secret)\nreturn kept": "DET701",
    "def tell():\n    logging.info(secret)\ntell()": "DET703",
    "def tell():\n    logging.info(secret)\na.on_end(tell)": "DET703",
    "a.on_end(lambda: logging.info(secret))": "DET703",
    "def check():\n    raise ValueError(secret)\ncheck()": "DET704",
    "async def write():\n    await stub.put_state('price', secret)\nawait write()": "DET705",
}


@pytest.mark.parametrize("body", CLOSED_OVER)
def test_a_nested_function_takes_private_values_along(body: str) -> None:
    assert found(body) == [CLOSED_OVER[body]]


NOT_CLOSED_OVER = [
    "def show():\n    return hashlib.sha256(secret).digest()\nreturn show()",
    "def show():\n    return len(secret)\nreturn a(show)",
    "def show(secret):\n    return secret\nreturn show(a)",
    "def show():\n    secret = b''\n    return secret\nreturn show()",
    "return a(lambda secret: secret)",
    "return sorted(a, key=lambda row: secret)",
    "secret = b''\ndef show():\n    return secret\nreturn show()",
    "def never():\n    logging.info(secret)",
    "async def write():\n    await stub.put_private_data('deals', 'copy', secret)\nawait write()",
    "kept = []\ndef keep(value):\n    kept.append(value)\nkeep(a)\nreturn kept",
]


@pytest.mark.parametrize("body", NOT_CLOSED_OVER)
def test_a_nested_function_that_says_nothing_passes(body: str) -> None:
    assert found(body) == []


def test_a_nested_function_of_another_name_is_not_mistaken() -> None:
    body = "def show():\n    return secret\ndef other(secret):\n    return a\nshow()\nreturn other(secret)"
    assert found(body) == []


def test_recursion_ends() -> None:
    helper = "def _deep(x, n): return _deep(x, n - 1) if n else _other(x)\ndef _other(x): return _deep(x, 0)\n"
    assert found("return _deep(a, 1)", helper) == []


def several(**sources: str) -> list[Finding]:
    return check({f"app/{name}.py": source for name, source in sources.items()})


STATE = f"async def load(stub):\n    return {READ}\n"


@pytest.mark.parametrize(
    "contract",
    [
        "from app.state import load\nasync def invoke(stub):\n    return await load(stub)\n",
        "from app.state import load as read\nasync def invoke(stub):\n    return await read(stub)\n",
        "from app import state\nasync def invoke(stub):\n    return await state.load(stub)\n",
        "import app.state as s\nasync def invoke(stub):\n    return await s.load(stub)\n",
        "from .state import load\nasync def invoke(stub):\n    return await load(stub)\n",
        "from . import state\nasync def invoke(stub):\n    return await state.load(stub)\n",
    ],
)
def test_files_are_judged_together(contract: str) -> None:
    (finding,) = several(state=STATE, contract=contract)
    assert (finding.path, finding.line, finding.code) == ("app/contract.py", 3, "DET701")


def test_names_that_a_package_exports_are_followed() -> None:
    sources = {
        "src/app/__init__.py": "from app.state import load\n",
        "src/app/state.py": STATE,
        "src/main.py": "from app import load\nasync def invoke(stub):\n    return await load(stub)\n",
    }
    (finding,) = check(sources)
    assert finding.path == "src/main.py"


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    async def show(self, ctx):\n        return await ctx.stub.get_private_data('c', 'k')\n",
        "@contract.evaluate('show')\nasync def _show(ctx):\n    return await ctx.stub.get_private_data('c', 'k')\n",
        "async def _show(stub):\n    return await stub.get_private_data('c', 'k')\nTABLE = {'show': _show}\n",
        (
            "class A:\n    def __init__(self):\n        self.table = {'show': self._show}\n"
            "    async def _show(self, stub):\n        return await stub.get_private_data('c', 'k')\n"
        ),
    ],
)
def test_what_clients_may_call(source: str) -> None:
    assert [finding.code for finding in check({"a.py": source})] == ["DET701"]


def test_what_clients_may_not_call() -> None:
    assert check({"a.py": f"async def _show(stub):\n    return {READ}\n"}) == []
    assert check({"a.py": "async def show(reader):\n    return await reader.get_private_data('c', 'k')\n"}) == []
