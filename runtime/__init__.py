"""What every service stands on: settings, stores, database, HTTP, TLS, journal, telemetry; no SAML, no mandates."""
