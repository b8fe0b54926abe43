"""The dienstencatalogus: which service asks what, and which dienstverlener offers it."""
