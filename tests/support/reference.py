"""What a title is and who may act on it, in the plainest words there are: a reference that knows nothing of our rules.

A bill to order goes through hands. `may` says who may do what, `after` what becomes of it; a test that does something
to a title says the same here and compares. Parties are ids; "" is nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action

A = Action
ENDORSEMENTS = (A.ENDORSE, A.ENDORSE_TO_ORDER, A.ENDORSE_AND_TRANSFER)
MOVES = (A.TRANSFER, A.ENDORSE_AND_TRANSFER, A.PLEDGE, A.SUBSTITUTE_PLEDGEE)
SURRENDERS = {A.SURRENDER_FOR_DELIVERY: "delivery asked", A.SURRENDER_FOR_AMENDMENT: "amendment asked"}
ANSWERED = {"delivery asked": "delivery", "amendment asked": "amendment"}


@dataclass(frozen=True)
class World:
    """Who is who.

    Attributes:
        home: Each party's organisation.
        carrier: Who issues and answers.
        operator: Who takes titles to other platforms and back.
        banks: Who may be pledgee.
    """

    home: Mapping[str, str]
    carrier: str
    operator: str
    banks: tuple[str, ...]


@dataclass(frozen=True)
class Came:
    """Something that came in, and how it was before."""

    receiver: str
    act: Action
    possessor: str = ""
    endorsement: tuple[str, bool, str] | None = None


@dataclass(frozen=True)
class Known:
    """Who has what of a title.

    Attributes:
        possessor: Who is in control.
        endorsee: To whose order; "" in blank.
        on: Whether the endorsee may endorse on.
        nominee: Whom it has nominated.
        pledgor: Who gets it back; the possessor is pledgee.
        place: "held", one of the places of a surrender, "abroad", "ended".
        back: Who surrendered.
        paper: Whether it is to go on paper.
        orders: Authorities that stop it.
        came: What may still be refused.
    """

    possessor: str
    endorsee: str
    on: bool = True
    nominee: str = ""
    pledgor: str = ""
    place: str = "held"
    back: str = ""
    paper: bool = False
    orders: tuple[str, ...] = ()
    came: tuple[Came, ...] = ()


def may(t: Known, act: Action, by: str, to: str, world: World, subject: str = "") -> bool:
    """Tell whether a party may do something to a title."""
    if act in {A.RECOVER, A.FREEZE, A.UNFREEZE}:
        return _court_may(t, act, by, to, world, subject)
    if t.orders or t.place != "held":
        return not t.orders and _answer_may(t, act, by, world)
    return _holder_may(t, act, by, to)


def _answer_may(t: Known, act: Action, by: str, world: World) -> bool:
    answer = act in {A.SACC, A.SREJ} if t.place in ANSWERED else (act, t.place) in _LAST
    return (answer and by == world.carrier) or (act is A.IMPORT and t.place == "abroad" and by == world.operator)


def _holder_may(t: Known, act: Action, by: str, to: str) -> bool:
    has, entitled = by == t.possessor, t.endorsee in {"", by}
    if act is A.REFUSE:
        return any(each.receiver == by for each in t.came)
    if act is A.SIGN:
        return has
    if t.pledgor:
        return has and (act in {A.RELEASE, A.ENFORCE} or (act is A.SUBSTITUTE_PLEDGEE and to not in {by, t.pledgor}))
    if act is A.NOMINATE:
        return t.on and by == t.endorsee and to not in {by, t.nominee}
    if act is A.BLANK_ENDORSE:
        return has and entitled and (t.on or not t.endorsee)
    if act in ENDORSEMENTS:
        fits = to != t.endorsee and (act is not A.ENDORSE_AND_TRANSFER or to != by)
        return has and (entitled or to == t.nominee) and (t.on or not t.endorsee) and fits
    if act in {A.TRANSFER, A.EXPORT}:
        return has and to != by
    return has and entitled and (act in SURRENDERS or (act is A.PLEDGE and to != by))


def _court_may(t: Known, act: Action, by: str, to: str, world: World, subject: str) -> bool:
    if act is A.RECOVER:
        here = t.orders or t.place in {"held", *SURRENDERS.values()}
        return bool(here) and subject in _parts(t) and subject != world.carrier and to != subject
    if act is A.UNFREEZE:
        return by in t.orders
    concerned = {world.home[party] for party in (world.carrier, *_parts(t))}
    return t.place not in {"abroad", "ended"} and by not in t.orders and world.home[by] in concerned


_LAST = ((A.ACCOMPLISH, "delivery"), (A.VOID, "amendment"))


def after(t: Known, act: Action, by: str, to: str, world: World, subject: str = "") -> Known:
    """Return what becomes of a title by something that may be done to it."""
    if act is A.RECOVER:
        return _renamed(t, subject, to)
    came = tuple(each for each in t.came if each.receiver != by)
    if act is A.REFUSE:
        return _undone(replace(t, came=came), [each for each in t.came if each.receiver == by])
    t = replace(t, came=came)
    if act in MOVES or act in ENDORSEMENTS:
        before = (t.endorsee, t.on, t.nominee) if act in ENDORSEMENTS else None
        came = (*came, Came(to, act, t.possessor if act in MOVES else "", before)) if to != by else came
        t = replace(t, came=came, pledgor=by if act is A.PLEDGE else t.pledgor)
        t = replace(t, endorsee=to, on=act is not A.ENDORSE, nominee="") if before else t
        return replace(t, possessor=to) if act in MOVES else t
    if act in SURRENDERS:
        return replace(t, possessor=world.carrier, place=SURRENDERS[act], back=by, nominee="", came=())
    changes: dict[Action, dict[str, Any]] = {
        A.NOMINATE: {"nominee": to},
        A.BLANK_ENDORSE: {
            "endorsee": "",
            "on": False,
            "nominee": "",
            "came": tuple(each for each in came if each.endorsement is None),
        },
        A.RELEASE: {"possessor": t.pledgor, "pledgor": ""},
        A.ENFORCE: {"pledgor": "", "endorsee": by if t.endorsee else "", "nominee": "" if t.endorsee else t.nominee},
        A.SREJ: {"possessor": t.back, "place": "held", "back": ""},
        A.SACC: {"possessor": "", "place": "ended" if t.paper else ANSWERED.get(t.place, "")},
        A.VOID: {"place": "ended"},
        A.ACCOMPLISH: {"place": "ended"},
        A.FREEZE: {"orders": (*t.orders, by)},
        A.UNFREEZE: {"orders": tuple(each for each in t.orders if each != by)},
        A.EXPORT: {"possessor": "", "place": "abroad", "nominee": "", "came": ()},
        A.IMPORT: {"possessor": to, "place": "held"},
        A.SIGN: {},
    }
    return replace(t, **changes[act])


def seen(title: TitleRecord) -> dict[str, Any]:
    """Return what a record says of what the reference knows."""
    pledge = title.pledge
    return {
        "possessor": "" if title.possessor is None else title.possessor.party_id,
        "endorsee": "" if title.endorsee is None else title.endorsee.party_id,
        "on": title.endorsee_may_endorse,
        "nominee": "" if title.nominee is None else title.nominee.party_id,
        "pledgor": "" if pledge is None else pledge.pledgor.party_id,
        "orders": tuple(each.authority.party_id for each in title.freezes),
    }


def known(t: Known) -> dict[str, Any]:
    """Return the same of the reference."""
    return {name: getattr(t, name) for name in ("possessor", "endorsee", "on", "nominee", "pledgor", "orders")}


def _parts(t: Known) -> tuple[str, ...]:
    return tuple(each for each in (t.possessor, t.endorsee, t.nominee, t.pledgor, t.back) if each)


def _undone(t: Known, given: list[Came]) -> Known:
    for each in given:
        if each.endorsement is not None:
            endorsee, on, nominee = each.endorsement
            t = replace(t, endorsee=endorsee, on=on, nominee=nominee)
        if each.possessor:
            t = replace(t, possessor=each.possessor, pledgor="" if each.act is A.PLEDGE else t.pledgor)
    return t


def _renamed(t: Known, old: str, new: str) -> Known:
    def name(party: str) -> str:
        return new if party == old else party

    came = tuple(
        replace(
            each,
            receiver=name(each.receiver),
            possessor=name(each.possessor),
            endorsement=each.endorsement
            and (name(each.endorsement[0]), each.endorsement[1], name(each.endorsement[2])),
        )
        for each in t.came
    )
    fields = ("possessor", "endorsee", "nominee", "pledgor", "back")
    return replace(t, came=came, **{field: name(getattr(t, field)) for field in fields})  # type: ignore[arg-type]
