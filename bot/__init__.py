"""The WeChat door: what our accounts are told comes in at `callback`, and is answered by `events` and `chat`."""
