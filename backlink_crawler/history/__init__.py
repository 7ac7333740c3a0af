"""History: what the facts say over time. Visits and links are folded into backlinks, each with its life, and events.

Whatever order facts arrive in, and however often they are folded, the same facts give the same rows.
"""
