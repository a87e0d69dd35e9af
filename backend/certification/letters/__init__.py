"""Letters: which kinds there are, what each says, and how it becomes an e-mail with a text and an HTML part."""
