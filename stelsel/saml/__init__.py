"""SAML 2.0 as the stelsel speaks it: messages as bytes and as values; whether one may pass is decided elsewhere."""
