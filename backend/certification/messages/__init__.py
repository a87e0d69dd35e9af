"""What people read about the codes and paths of the rules: Thai and English texts as data, and their lookup."""
