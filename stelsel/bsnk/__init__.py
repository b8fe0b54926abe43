"""Polymorphic identities and pseudonyms of BSNk: read, verify, decrypt (docs/bsnk.md).

An encrypted identity or pseudonym is meant for one recipient and one version of that recipient's keys; only with those
keys does it become a BSN or a pseudonym. Pure; who holds the keys stands behind the port `keys.SecretKeys`.
"""
