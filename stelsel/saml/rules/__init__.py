"""What each message must say, whoever reads it: the rules that need the message, the clock and a few names.

A door runs them on what it has verified; `explain` runs the same ones on what a developer has at hand. Rules that need
the catalogue, a store or a key stand at the door.
"""
