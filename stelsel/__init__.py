"""What every party agreed before the first message: pure values and messages; it decides nothing and serves nothing."""
