"""What the stage programs have in common."""
