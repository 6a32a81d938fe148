"""What all commands share: how they run as programs, and what they show meanwhile."""
