"""Flask with wechatpy, as its documentation has it; `gunicorn by_hand:application`."""

import os

from flask import Flask, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

application = Flask(__name__)
crypto = WeChatCrypto(os.environ["TOKEN"], os.environ["AES_KEY"], os.environ["APP_ID"])


@application.post("/")
def pushed() -> str:
    """Decrypt, parse, answer, encrypt; nothing is remembered."""
    query = request.args
    text = crypto.decrypt_message(request.data, query["msg_signature"], query["timestamp"], query["nonce"])
    reply = create_reply(os.environ["ANSWER"], parse_message(text)).render()
    return str(crypto.encrypt_message(reply, query["nonce"], query["timestamp"]))
