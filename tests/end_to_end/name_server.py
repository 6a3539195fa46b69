"""A name server in a network of its own, so that port 53 is free and no query leaves the machine.

Run as: unshare -rnm python3 name_server.py BEHAVIOUR RESOLV_CONF NSSWITCH_CONF
The files stand in for those in /etc. Says "ready" on stdout, then serves until it is killed; other
programs join its network with nsenter(1). What it answers:
  drop      nothing
  servfail  that it failed
  nxdomain  that there is no such name
  wrong-id  the address, but as if to another question
  answer    127.0.0.1 for IPv4, no address for IPv6
"""

import fcntl
import socket
import struct
import subprocess
import sys

TYPE_A = 1


def raise_loopback():
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, get_flags, request))[1]
        fcntl.ioctl(sock, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def answer(query, behaviour):
    """The reply to one question, which is repeated in it; RFC 1035, section 4."""
    (number,) = struct.unpack_from("!H", query)
    end = query.index(b"\0", 12) + 5
    (kind,) = struct.unpack_from("!H", query, end - 4)
    code = {"servfail": 2, "nxdomain": 3}.get(behaviour, 0)
    has_address = code == 0 and kind == TYPE_A
    if behaviour == "wrong-id":
        number ^= 0xFFFF
    header = struct.pack("!6H", number, 0x8180 | code, 1, int(has_address), 0, 0)
    record = struct.pack("!HHHIH4B", 0xC00C, TYPE_A, 1, 60, 4, 127, 0, 0, 1)
    return header + query[12:end] + (record if has_address else b"")


def main(behaviour, resolv, nsswitch):
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
    subprocess.run(["mount", "--bind", nsswitch, "/etc/nsswitch.conf"], check=True)
    raise_loopback()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        print("ready", flush=True)
        while True:
            query, client = server.recvfrom(512)
            if behaviour != "drop":
                server.sendto(answer(query, behaviour), client)


if __name__ == "__main__":
    main(*sys.argv[1:])
