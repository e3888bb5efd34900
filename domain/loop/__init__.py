"""The engine: table of steps, working-day clock, duties, timeline, recusal, notices owed."""
