"""All scenarios. Importing this package registers them."""

from . import benign, caps, caps_tcp, resets, silence  # noqa: F401
