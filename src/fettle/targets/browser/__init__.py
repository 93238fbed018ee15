"""A browser that visits pages to measure them: Chromium, by its DevTools protocol."""
