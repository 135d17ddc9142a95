"""All scenarios. Importing this package registers them."""

from . import benign, caps, caps_tcp, masked, quic, resets, silence  # noqa: F401
