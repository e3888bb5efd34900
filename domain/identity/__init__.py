"""身份查阅: who a complainant is, seen for minutes by one person once another has approved, and told to them.

It stands below the kinds whose steps open such requests: they share its form.
"""
