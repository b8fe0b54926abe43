"""The doors every SAML party has, written once; gateway, BVD, portals and the pilot's stubs all stand on it."""
