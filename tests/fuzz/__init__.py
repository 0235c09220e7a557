"""What strangers may send us, bent in every way: nothing crashes, hangs or eats memory. `make fuzz MINUTES=n` goes on for longer."""
