"""Who is who: parties and their keys, signed SAML metadata in and out, and whom to trust until when."""
