"""What the callback is measured against, in an environment of its own (`requirements.lock`)."""
