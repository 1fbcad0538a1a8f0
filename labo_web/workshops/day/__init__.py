"""The day's path: from the diagnosis to solutions, table by table, with the disagreements."""
