"""What leaves the studio for others to read: reports."""
