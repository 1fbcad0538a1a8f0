"""The roadmap: actions, money, decisions, follow-up."""
