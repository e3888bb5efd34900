"""What the system can do on this machine, beside what its database alone can do; `python -m bench`."""
