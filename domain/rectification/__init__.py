"""整改: the ledger of problems, each put right by its unit, checked by another and struck off."""
