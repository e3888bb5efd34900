"""微信: what is decided about people, talks, notices and contents at WeChat; nothing here speaks to it."""
