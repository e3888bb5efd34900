"""The test vectors of wechat.md, 16: from WeChat's documents, or made with another program."""

from datetime import UTC, datetime

from kit.wechat.account import Account, Kind

MOMENT = datetime.fromtimestamp(1700000001, UTC)
TOKEN, AES_KEY, APP_ID = "tok123456", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx1234567890abcdef"
KEY = "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051"
NONCE, TIMESTAMP, PREFIX = "n0nce", "1700000001", b"0123456789abcdef"
MESSAGE = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>oU</FromUserName><CreateTime>1700000000</CreateTime>"
    "<MsgType>text</MsgType><Content>举报</Content><MsgId>1</MsgId></xml>"
)
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDF1fnb8G+wbtTppDMfmnmqvkIRFao4hp0I2X28EUbOdbtyWMtW79bED+ZN9llmWXenqf+zayWF18NrAJqbGogP2SgD9A"
    "8uyefQ+JQEzkG18KMWdj3ByGGceCl/Zp6NhEIVoS7Wrzpzv/j0eM8caCUwtZl9g+PImn2FD7X9LW2bQvN1cB3v4LlqiF0bVmyopRijxLhbfc7aBl"
    "+W0G5jxXol5C48sCndmz/ihCp0WprnC+qMl+IOcoPXsDDcydBpM0ujMmtC5VF2RDYAHJil7kwe4="
)
MSG_SIGNATURE = "34fcfb495aa61ce8f6549032d03d61c79d1e5f28"
SIGNATURE = "e41154b099bf56538f0f64738cfa5b92350b7cf0"
QUERY = {"timestamp": TIMESTAMP, "nonce": NONCE, "encrypt_type": "aes", "msg_signature": MSG_SIGNATURE}
BODY = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{ENCRYPTED}]]></Encrypt></xml>".encode()
ACCOUNT = Account(Kind.OFFICIAL, APP_ID, "gh_1", "official-secret", TOKEN, AES_KEY)
