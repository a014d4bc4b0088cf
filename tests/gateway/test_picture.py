"""A title's path as a picture: well-formed whatever the names are, and complete."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.trade.ebl import Deed, svg
from tradelane.rules.ebl import Standing

names = st.sampled_from(["carrier", "exporter", "a<b", "\"&'", "]]>"])


@st.composite
def deed(draw: st.DrawFn) -> Deed:
    return Deed(
        sequence=draw(st.integers(1, 200)),
        action=draw(st.sampled_from(["ISSUE", "TRANSFER", "SACC"])),
        actor=draw(names),
        capacity="",
        recipient=draw(st.none() | names),
        time="2026-03-01T12:00:00.000Z",
        standing=draw(st.sampled_from(Standing)),
        possessor=draw(st.none() | names),
        owner=None,
        transaction_id="t" * 64,
        block=draw(st.integers(0, 10**6)),
        jurisdictions=("HongKongMSP", "ShanghaiMSP"),
        remark=None,
    )


@given(st.lists(deed(), min_size=1, max_size=30))
def test_it_is_well_formed_and_shows_every_deed(deeds: list[Deed]) -> None:
    drawn = ET.fromstring(svg("a" * 32, deeds))  # noqa: S314 -- drawn a line ago
    words = [element.text for element in drawn.iter() if element.text]
    for each in deeds:
        assert f"{each.sequence}. {each.action}" in words
    assert len([circle for circle in drawn.iter() if circle.tag.endswith("circle")]) == len(deeds)
