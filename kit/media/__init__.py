"""What people film, photograph, record or attach, made harmless; every decoder works in a sandbox of its own."""
