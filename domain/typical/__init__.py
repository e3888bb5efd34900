"""典型案例: what closed cases teach, told so that nobody can be known from it."""
