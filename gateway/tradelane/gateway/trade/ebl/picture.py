"""A title's path as a picture (SVG 1.1): a lane for each party, an arrow for each act, bars where control lies."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from tradelane.gateway.trade.ebl.account import Deed

_LANE, _STEP, _TOP, _LEFT = 150, 54, 70, 190
_STYLE: Final = (
    "text{font:13px sans-serif;fill:#222}.dim{fill:#777;font-size:11px}.head{font-weight:bold}"
    ".lane{stroke:#ccc}.held{stroke:#2a6f97;stroke-width:7}.act{stroke:#222;fill:#222}"
)

_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z"/></marker></defs>'
)


def svg(title_id: str, deeds: Sequence[Deed]) -> str:
    """Draw a title's path, oldest act on top.

    Args:
        title_id: For the heading.
        deeds: From `account`; at least one.
    """
    lanes = _lanes(deeds)
    width, height = _LEFT + _LANE * len(lanes), _TOP + _STEP * len(deeds) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">',
        f"<title>The path of title {escape(title_id)}</title>",
        f"<style>{_STYLE}</style>",
        _TIP,
        _text(10, 22, f"Title {title_id}", "head"),
    ]
    for party, x in lanes.items():
        parts.append(f'<line class="lane" x1="{x}" y1="{_TOP - 12}" x2="{x}" y2="{height - 20}"/>')
        parts.append(_text(x, _TOP - 22, party, "head", middle=True))
    for row, deed in enumerate(deeds):
        parts += _deed(deed, _TOP + _STEP * row, lanes)
    return "\n".join([*parts, "</svg>", ""])


def _lanes(deeds: Sequence[Deed]) -> dict[str, int]:
    named = (party for deed in deeds for party in (deed.actor, deed.recipient, deed.possessor) if party is not None)
    return {party: _LEFT + _LANE // 2 + _LANE * place for place, party in enumerate(dict.fromkeys(named))}


def _deed(deed: Deed, y: int, lanes: dict[str, int]) -> list[str]:
    start = lanes[deed.actor]
    signed = " + ".join(deed.jurisdictions)
    parts = [
        _text(10, y + 5, f"{deed.sequence}. {deed.action}"),
        _text(10, y + 20, f"{deed.time[:16].replace('T', ' ')}, block {deed.block}", "dim"),
        _text(10, y + 34, signed, "dim"),
    ]
    if deed.possessor is not None:
        x = lanes[deed.possessor]
        parts.append(f'<line class="held" x1="{x}" y1="{y}" x2="{x}" y2="{y + _STEP}"/>')
    if deed.recipient is not None and deed.recipient != deed.actor:
        end = lanes[deed.recipient]
        parts.append(f'<line class="act" x1="{start}" y1="{y}" x2="{end}" y2="{y}" marker-end="url(#tip)"/>')
    parts.append(f'<circle class="act" cx="{start}" cy="{y}" r="4"/>')
    if deed.possessor is None:
        parts.append(_text(start + 10, y - 5, deed.standing.value, "dim"))
    return parts


def _text(x: int, y: int, words: str, kind: str = "", *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{kind}" x="{x}" y="{y}"{anchor}>{escape(words)}</text>'
