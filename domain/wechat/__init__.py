"""微信: people as our accounts know them, what they say and what is said to them; WeChat itself is handed in."""
