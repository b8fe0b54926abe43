"""Machtigen: the register of voluntary mandates, for the BVDs that ask it, and its portal, for people."""
