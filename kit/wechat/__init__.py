"""WeChat: what it pushes to us, read and answered (`callback`, `answers`), and what we ask of it (`client`)."""
