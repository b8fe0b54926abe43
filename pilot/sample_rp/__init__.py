"""The OpenID Connect side of a sample dienstverlener: a client that shares no code with the gateway."""
