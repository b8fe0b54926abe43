"""A login means whose identity provider speaks OpenID Connect: authorization code, PKCE, PAR and private_key_jwt."""
