"""身份保管库: who a complainant is. It takes in; nothing but a notification handle comes out of it yet."""
