"""身份保管库: who a complainant is. It takes in; a notification handle and a call-back number alone come out yet."""
