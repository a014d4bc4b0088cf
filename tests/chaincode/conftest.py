"""Hypothesis without its deadline: on a shared machine an example may take long for no fault of its own."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
