"""gacp: certification of herb farms, and the job-queue platform under it."""
