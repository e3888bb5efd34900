"""举报件: filing, the table of its process, what each verb does, and what each reader sees."""
