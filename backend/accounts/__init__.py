"""Who people are: users and roles, passwords, and signing in and out."""
