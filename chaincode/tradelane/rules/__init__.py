"""Pure decisions: records, an act, the actor and the transaction's time in; what to write, or a refusal, out.

Nothing here reads a clock, a random source, the environment, a float or the order of a set, so that every endorsing
peer writes the same bytes.
"""
