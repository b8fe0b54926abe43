"""JSON Web Tokens as OpenID Connect parties exchange them: the one place where they are read and made."""
