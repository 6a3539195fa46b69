"""A TLS 1.3 client that asks for nothing and changes its keys for ever: key_updates.py PORT.

Python's ssl module cannot do that (RFC 8446, section 4.6.3), so this is OpenSSL by way of ctypes.
"""

import ctypes
import socket
import sys

TLS_1_3, SET_MIN_VERSION, NOT_REQUESTED = 0x0304, 123, 0

ssl = ctypes.CDLL("libssl.so.3")
for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
    getattr(ssl, name).restype = ctypes.c_void_p
context = ctypes.c_void_p(ssl.SSL_CTX_new(ctypes.c_void_p(ssl.TLS_client_method())))
ssl.SSL_CTX_ctrl(context, SET_MIN_VERSION, TLS_1_3, None)
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
session = ctypes.c_void_p(ssl.SSL_new(context))
ssl.SSL_set_fd(session, sock.fileno())
if ssl.SSL_connect(session) != 1:
    raise SystemExit("no handshake")
print("ready", flush=True)
while ssl.SSL_key_update(session, NOT_REQUESTED) == 1 and ssl.SSL_do_handshake(session) == 1:
    pass
