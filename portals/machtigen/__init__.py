"""Machtigen: the register of voluntary mandates as a service, for the BVDs that ask it."""
