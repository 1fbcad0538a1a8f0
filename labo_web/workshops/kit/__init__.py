"""What a workshop prints: the neighbourhood's own facts, on paper that needs no network."""
