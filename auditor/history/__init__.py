"""What earlier audits leave behind on the user's own machine: hashes and counts by month."""
