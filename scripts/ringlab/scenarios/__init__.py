"""All scenarios. Importing this package registers them."""

from . import benign, caps, caps_tcp, masked, resets, silence  # noqa: F401
