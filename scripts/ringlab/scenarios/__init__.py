"""All scenarios. Importing this package registers them."""

from . import caps, caps_tcp  # noqa: F401
