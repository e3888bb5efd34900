"""A WeChat of our own for tests and the demo: its server, its phones, and what it pushes, over the real protocol only.

Nothing in here uses our client or callback: it is the other side, written from WeChat's documents.
"""
