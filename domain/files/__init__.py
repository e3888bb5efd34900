"""附件: how files come in, piece by piece, until they lie in storage; what may be brought, and by whom."""
