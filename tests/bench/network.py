"""A network of the benchmarks' own: loopback and nothing else, and no connection is paced.

Where a machine is set to bbr, every piece that leaves waits for a timer. On loopback that doubles
what sending costs, by other work than that of the programs, and most where it is least.
"""

import ctypes
import fcntl
import socket
import struct

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
SET_FLAGS, UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP
SET_ADDRESS = 0x8916  # SIOCSIFADDR
ADDRESS = "192.0.2.1"  # RFC 5737: without any but 127.0.0.1 some programs find no names at all
CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"
UNPACED = ("cubic", "reno")


def congestion_control():
    with open(CONGESTION_CONTROL, encoding="ascii") as file:
        return file.read().strip()


def begin():
    """For this process and those that it starts. Says which network it is; root has its own."""
    if ctypes.CDLL(None).unshare(NEW_NETWORK) != 0:
        return f"the machine's network with {congestion_control()}"
    with socket.socket() as anything:
        fcntl.ioctl(anything, SET_FLAGS, struct.pack("16sH14x", b"lo", UP))
        address = struct.pack("=H2x4s8x", socket.AF_INET, socket.inet_aton(ADDRESS))
        fcntl.ioctl(anything, SET_ADDRESS, struct.pack("16s16s", b"lo:1", address))
    if congestion_control() not in UNPACED:
        with open(CONGESTION_CONTROL, "w", encoding="ascii") as file:
            file.write("reno")
    return f"a network of its own with {congestion_control()}"
