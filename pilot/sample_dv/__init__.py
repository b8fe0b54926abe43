"""A dienstverlener built on another SAML implementation (pysaml2), so that a stranger talks to our parties all day."""
