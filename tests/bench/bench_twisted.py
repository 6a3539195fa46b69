"""The echo and qotd servers as Twisted's users write them. usage: bench_twisted.py echo|qotd"""

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Quote(protocol.Protocol):
    def connectionMade(self):
        self.transport.write(b"An apple a day keeps the doctor away\r\n")
        self.transport.loseConnection()


def main():
    factory = protocol.Factory.forProtocol({"echo": Echo, "qotd": Quote}[sys.argv[1]])
    # The default backlog of 50 would make thousands of clients wait for lost SYNs.
    port = reactor.listenTCP(0, factory, backlog=1024, interface="127.0.0.1")
    print("listening on", port.getHost().port, file=sys.stderr, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
