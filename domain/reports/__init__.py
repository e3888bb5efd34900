"""述法: who must report in a year, their reports from the draft to the column, and what came of them."""
