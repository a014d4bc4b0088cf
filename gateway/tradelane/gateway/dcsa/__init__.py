"""DCSA's messages about a title: checksums, signatures, endorsement chain, issuance, surrender. Nothing here does I/O.

Spelling and shapes are those of DCSA EBL_END, EBL_ISS and EBL_SUR 3.0.4 and EBL_PINT 3.0.0.
"""
