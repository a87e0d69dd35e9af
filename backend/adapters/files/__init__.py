"""Where uploaded and made files are kept."""
