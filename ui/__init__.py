"""What the pages share: the way between them, and soon words, state and charts. Knows nothing of networks."""
