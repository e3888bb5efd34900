"""述法: tables, rosters, versions, the column."""
