"""The application form as pages: tasks of steps, one small group of questions each."""
