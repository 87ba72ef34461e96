"""What pages draw by themselves."""

import segno
from markupsafe import Markup


def qr(text: str) -> Markup:
    """A QR code as a drawing in the page, to be read off a screen or off paper."""
    return Markup(segno.make(text, error="m", micro=False).svg_inline(scale=4, light="#fff"))  # noqa: S704  drawn by us
