"""The WeChat door: callback, dialogue, notices out (comes with its own issue)."""
