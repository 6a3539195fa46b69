#include "tests/reactor/support/connection.h"

#include <algorithm>
#include <utility>

#include "tests/reactor/support/harness.h"

namespace twx::test {
namespace {

class Recording final : public Protocol {
 public:
  explicit Recording(std::shared_ptr<Connection> connection) : c_(std::move(connection)) {}
  ~Recording() override { c_->destroyed = true; }

  void connection_made() override {
    c_->made = true;
    c_->transport = &transport();
    tell("made", [&] {
      if (c_->on_made) c_->on_made(transport());
    });
  }
  void data_received(Bytes data) override {
    {
      TestsOwn const own;
      c_->received += text(data);
    }
    c_->largest_chunk = std::max(c_->largest_chunk, data.size());
    tell("data", [&] {
      if (c_->on_data) c_->on_data(transport(), data);
    });
  }
  void eof_received() override {
    tell("eof", [&] { c_->on_eof ? c_->on_eof(transport()) : Protocol::eof_received(); });
  }
  void handshake_completed() override {
    tell("secured", [&] {
      if (c_->on_secured) c_->on_secured(transport());
    });
  }
  void write_connection_lost() override {
    tell("write-lost", [&] {
      if (c_->on_write_lost) c_->on_write_lost(transport());
    });
  }
  void pause_writing() override {
    tell("pause", [&] { c_->on_pause ? c_->on_pause(transport()) : Protocol::pause_writing(); });
  }
  void resume_writing() override {
    tell("resume",
         [&] { c_->on_resume ? c_->on_resume(transport()) : Protocol::resume_writing(); });
  }
  void reading_resumed() override {
    if (c_->on_reading_resumed) tell("resumed", [&] { c_->on_reading_resumed(transport()); });
  }
  void descriptor_received(Descriptor descriptor) override {
    tell("descriptor", [&] { c_->descriptors.push_back(std::move(descriptor)); });
  }
  void file_forwarded(std::uint64_t count, Result<void> const& written) override {
    tell("file", [&] {
      if (c_->on_file) c_->on_file(transport(), count, written);
    });
  }
  void connection_lost(Failure const& reason) override {
    c_->lost = reason;
    tell("lost", [&] {
      if (c_->on_lost) c_->on_lost(transport(), reason);
    });
    c_->transport = nullptr;
  }

 private:
  template <class Call>
  void tell(std::string_view event, Call call) {
    if (!c_->story.ends_with(event) || event != "data") {
      TestsOwn const own;
      if (!c_->story.empty()) c_->story += " ";
      c_->story += event;
    }
    if (c_->depth > 0) c_->nested = true;
    ++c_->depth;
    struct Leave {
      Connection& connection;
      ~Leave() { --connection.depth; }
    } const leave{*c_};
    call();
  }

  std::shared_ptr<Connection> c_;
};

}  // namespace

void Connection::calling(std::function<void(Transport&)> const& call) {
  if (!transport) return;
  ++depth;
  call(*transport);
  --depth;
}

std::shared_ptr<Connection> make_connection() { return std::make_shared<Connection>(); }

std::unique_ptr<Protocol> protocol_for(std::shared_ptr<Connection> connection) {
  return std::make_unique<Recording>(std::move(connection));
}

std::shared_ptr<Factory> factory_for(std::shared_ptr<Connection> connection) {
  return make_factory([connection] { return protocol_for(connection); });
}

std::shared_ptr<ClientFactory> client_factory_for(std::shared_ptr<Connection> connection) {
  return make_client_factory([connection] { return protocol_for(connection); });
}

}  // namespace twx::test
