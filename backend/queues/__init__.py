"""The job-queue platform: jobs are declared, submitted, kept in the ledger, and run in a worker or in the caller."""
