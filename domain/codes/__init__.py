"""二维码: codes for a province, unit, place or campaign, what their scans came to, and how they are printed."""
