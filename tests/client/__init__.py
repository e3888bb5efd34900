"""The phone's pages in a real Chromium, on the real server."""
