"""What must hold for an act on a title; each guard raises one refusal, its first line says what it demands.

The table lists an act's guards in the order of looking: who is acting, then control, then what is asked for. Parties
are compared with their home organisation: a majority that moved a party's record elsewhere would not get its titles.
"""
