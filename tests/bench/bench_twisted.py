"""The echo, qotd and spread servers as Twisted's users write them. usage: bench_twisted.py echo|qotd|spread"""

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Quote(protocol.Protocol):
    def connectionMade(self):
        self.transport.write(b"An apple a day keeps the doctor away\r\n")
        self.transport.loseConnection()


class Spread(protocol.Protocol):
    clients = set()

    def connectionMade(self):
        self.clients.add(self)

    def connectionLost(self, reason):
        self.clients.discard(self)

    def dataReceived(self, data):
        for client in self.clients:
            if client is not self:
                client.transport.write(data)


def main():
    factory = protocol.Factory.forProtocol({"echo": Echo, "qotd": Quote, "spread": Spread}[sys.argv[1]])
    # The default backlog of 50 would make thousands of clients wait for lost SYNs.
    port = reactor.listenTCP(0, factory, backlog=1024, interface="127.0.0.1")
    print("listening on", port.getHost().port, file=sys.stderr, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
