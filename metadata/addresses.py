"""Which addresses of others we call, or send a browser to."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_safe(location: str, *, loopback: bool) -> bool:
    """Whether we may call `location` or send a browser there: https, or with `loopback` http on this machine."""
    if not location.isascii() or not location.isprintable() or set(location) & set(' "<>\\^`{|}'):
        return False
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.fragment or "@" in parts.netloc or location.endswith("#"):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is always this machine (RFC 6761 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
