"""What the register tells others of a change, kept with the change itself until somebody took it (CE-NL).

`tables` is the table, `repository` the only door to it. A note is handed out at least once, again and again until it is
taken, and of one mandate on one channel in the order in which things happened.
"""
