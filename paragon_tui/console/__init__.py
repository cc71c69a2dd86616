"""What is seen without a screen: the commands, their listings and reports."""
