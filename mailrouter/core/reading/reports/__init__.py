"""What mail servers report of mails of ours."""
