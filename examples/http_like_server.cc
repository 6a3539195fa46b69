// Lines and raw data in one protocol: a server that sends back the body of each request.
//   http_like_server 8080      curl -d 'some text' http://localhost:8080/
#include <cstdio>
#include <string>

#include "protocols/line_receiver.h"
#include "reactor/reactor.h"

using namespace twx;

class BodyEcho : public LineReceiver {
 public:
  void line_received(std::string_view line) override {
    constexpr std::string_view length = "Content-Length: ";
    if (line.starts_with(length)) {
      try {
        left_ = std::stoul(std::string(line.substr(length.size())));
      } catch (std::logic_error const&) {
        return transport().lose_connection();
      }
    }
    if (!line.empty()) return;
    send_line("HTTP/1.1 200 OK");
    send_line("Content-Type: application/octet-stream");
    send_line("Content-Length: " + std::to_string(left_));
    send_line("");
    if (left_ > 0) set_raw_mode();
  }
  void raw_data_received(Bytes data) override {
    auto const body = data.first(std::min(left_, data.size()));
    transport().write(body);
    left_ -= body.size();
    if (left_ == 0) set_line_mode(text(data.subspan(body.size())));
  }

 private:
  std::size_t left_ = 0;  // of the body
};

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s PORT\n", argv[0]), 2;
  auto const reactor = make_reactor();
  auto const port =
      reactor->listen_tcp(static_cast<std::uint16_t>(std::stoi(argv[1])), factory_for<BodyEcho>());
  if (!port) return std::fprintf(stderr, "%s\n", port.failure().message().c_str()), 1;
  std::printf("listening on %s\n", (*port)->host().uri().c_str());
  std::fflush(stdout);
  reactor->run();
}
