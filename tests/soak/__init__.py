"""The soak: an hour of mail, with something going wrong every half minute."""
