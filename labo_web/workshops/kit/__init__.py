"""What a workshop is printed from: the neighbourhood's own facts, on paper that needs no network."""
