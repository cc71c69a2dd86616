"""The program's own themes: dark, light, and one of high contrast."""

from textual.theme import Theme

DARK = Theme(
    name="paragon",
    primary="#4C78C9",
    secondary="#6AA9A0",
    accent="#E0AF68",
    warning="#E0AF68",
    error="#F7768E",
    success="#73D08A",
    foreground="#D5DAE5",
    background="#14171F",
    surface="#1B1F2A",
    panel="#232837",
)
LIGHT = Theme(
    name="paragon-light",
    dark=False,
    primary="#2F5FB3",
    secondary="#2B7A70",
    accent="#9A5B00",
    warning="#9A5B00",
    error="#B3123B",
    success="#1B7A36",
    foreground="#1B1F2A",
    background="#FAFAF7",
    surface="#F0F0EB",
    panel="#E4E4DD",
)
CONTRAST = Theme(
    name="paragon-contrast",
    primary="#5AA0FF",
    secondary="#7FE0D0",
    accent="#FFD866",
    warning="#FFD866",
    error="#FF6B7F",
    success="#7CFF9B",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#1A1A1A",
)
THEMES = (DARK, LIGHT, CONTRAST)
