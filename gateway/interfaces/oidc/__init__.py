"""OpenID Connect towards DVs."""
