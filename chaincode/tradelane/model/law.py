"""The law that gives an electronic bill of lading its effect."""

from enum import StrEnum


class GoverningLaw(StrEnum):
    """Under which instrument a title exists; the rules that follow from it are in `rules.ebl.law`."""

    UK_ETDA = "UK_ETDA"
    """Electronic Trade Documents Act 2023, England and Wales, Scotland, Northern Ireland."""
    SG_ETA = "SG_ETA"
    """Electronic Transactions Act 2010, Part 2A (sections 16A to 16S), Singapore, after UNCITRAL's MLETR."""
    CN_MARITIME_CODE = "CN_MARITIME_CODE"
    """Maritime Code as revised in 2025, chapter 4 section 5, Mainland China."""
    CONTRACT = "CONTRACT"
    """No statute: a rulebook that binds those who signed it, as in a jurisdiction without such a law."""
