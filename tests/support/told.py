"""The story told on a network: what scenarios look at and go on from."""

from dataclasses import dataclass

from examples.story.account import Account
from examples.story.cast import Cast
from tradelane.network import Network


@dataclass(frozen=True)
class Told:
    """A network on which the story was told."""

    network: Network
    cast: Cast
    account: Account
