"""质询: a question out of a report, answered by the official in a set time, read again, shown with the report."""
