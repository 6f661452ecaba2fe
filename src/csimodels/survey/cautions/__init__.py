"""What makes the numbers of a survey doubtful though every answer can be used: said with counts and what to do."""
