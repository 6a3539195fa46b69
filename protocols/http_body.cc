#include "protocols/http_body.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace twx {
namespace {

using Piece = std::optional<Bytes>;

Piece end_of_body() { return Bytes(); }

Failure cannot_read(std::string const& name, std::string const& why) {
  return Failure::with_message(Error::cannot_read, name + ": " + why);
}

Failure cannot_read(std::string const& name) {
  return cannot_read(name, Failure::from_errno().message());
}

class MemoryBody final : public HttpBody {
 public:
  explicit MemoryBody(SharedBytes content) : content_(std::move(content)) {}

  std::optional<std::uint64_t> size() const override { return content_->size(); }
  Result<Piece> read() override {
    auto const piece = std::string_view(*content_).substr(next_, piece_size);
    next_ += piece.size();
    return Piece(bytes(piece));
  }
  bool rewind() override {
    next_ = 0;
    return true;
  }

 private:
  SharedBytes const content_;
  std::size_t next_ = 0;
};

class FileBody final : public HttpBody {
 public:
  FileBody(Descriptor file, std::string name, std::uint64_t begin, std::uint64_t end)
      : file_(std::move(file)), name_(std::move(name)), begin_(begin), end_(end), next_(begin) {}

  std::optional<std::uint64_t> size() const override { return end_ - begin_; }
  // A byte more than it should have is asked for: the last piece leaves only if there is none.
  Result<Piece> read() override {
    if (next_ == end_) return end_of_body();
    if (buffer_.empty()) buffer_.resize(std::min<std::uint64_t>(piece_size, end_ - begin_) + 1);
    auto const left = end_ - next_;
    auto const asked = std::min<std::uint64_t>(buffer_.size(), left + 1);
    auto const count = read_at(asked);
    if (count < 0) return cannot_read(name_);
    auto const size = static_cast<std::uint64_t>(count);
    if (size == 0) return cannot_read(name_, "it has become shorter");
    if (size > left) return cannot_read(name_, "it has become longer");
    next_ += size;
    return Piece(bytes({buffer_.data(), static_cast<std::size_t>(size)}));
  }
  bool rewind() override {
    next_ = begin_;
    return true;
  }

 private:
  ssize_t read_at(std::uint64_t most) {
    for (;;) {
      auto const count = pread(file_.get(), buffer_.data(), most, static_cast<off_t>(next_));
      if (count >= 0 || errno != EINTR) return count;
    }
  }

  Descriptor const file_;
  std::string const name_;
  std::uint64_t const begin_;
  std::uint64_t const end_;
  std::uint64_t next_;
  std::string buffer_;
};

class SequenceBody final : public HttpBody {
 public:
  explicit SequenceBody(std::vector<std::shared_ptr<HttpBody>> parts) : parts_(std::move(parts)) {}
  ~SequenceBody() override { stop_waiting(); }

  std::optional<std::uint64_t> size() const override {
    std::uint64_t total = 0;
    for (auto const& part : parts_) {
      auto const size = part->size();
      if (!size) return std::nullopt;
      total += *size;
    }
    return total;
  }
  Result<Piece> read() override {
    stop_waiting();
    for (; present_ < parts_.size(); ++present_) {
      auto& part = *parts_[present_];
      auto piece = part.read();
      if (!piece) return piece;
      auto const& got = piece.value();
      if (got && got->empty()) continue;
      if (got) return piece;
      part.when_ready = [this] {
        if (when_ready) when_ready();
      };
      return piece;
    }
    return end_of_body();
  }
  bool rewind() override {
    stop_waiting();
    present_ = 0;
    return std::ranges::all_of(parts_, [](auto const& part) { return part->rewind(); });
  }

 private:
  void stop_waiting() {
    if (present_ < parts_.size()) parts_[present_]->when_ready = {};
  }

  std::vector<std::shared_ptr<HttpBody>> const parts_;
  std::size_t present_ = 0;
};

}  // namespace

std::shared_ptr<HttpBody> memory_body(std::string content) {
  return memory_body(std::make_shared<std::string const>(std::move(content)));
}

std::shared_ptr<HttpBody> memory_body(SharedBytes content) {
  return std::make_shared<MemoryBody>(std::move(content));
}

// Without O_NONBLOCK the opening of a pipe that nobody writes to would wait.
Result<std::shared_ptr<HttpBody>> file_body(std::string const& path, std::uint64_t offset) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return cannot_read(path);
  return file_body(std::move(file), path, offset);
}

Result<std::shared_ptr<HttpBody>> file_body(Descriptor file, std::string name,
                                            std::uint64_t offset) {
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return cannot_read(name);
  if (S_ISDIR(status.st_mode)) return cannot_read(name, "it is a directory");
  if (!S_ISREG(status.st_mode)) return cannot_read(name, "it is no regular file");
  auto const end = static_cast<std::uint64_t>(status.st_size);
  auto const begin = std::min(offset, end);
  return std::shared_ptr<HttpBody>(
      std::make_shared<FileBody>(std::move(file), std::move(name), begin, end));
}

std::shared_ptr<HttpBody> sequence_body(std::vector<std::shared_ptr<HttpBody>> parts) {
  return std::make_shared<SequenceBody>(std::move(parts));
}

// --- FedBody ---

void FedBody::add(Bytes data) {
  waiting_ += text(data);
  if (!waiting_.empty()) hold(true);
  tell_ready();
}

void FedBody::finish(Result<void> result) {
  if (!end_) end_ = std::move(result);
  tell_ready();
}

Result<std::optional<Bytes>> FedBody::read() {
  if (next_ == given_.size()) {
    given_.clear();
    std::swap(given_, waiting_);
    next_ = 0;
    if (!given_.empty() && !end_) hold(false);
  }
  auto const piece = std::string_view(given_).substr(next_, piece_size);
  next_ += piece.size();
  if (!piece.empty()) started_ = true;
  if (!piece.empty()) return Piece(bytes(piece));
  if (!end_) {
    asked_ = true;
    return Piece();
  }
  if (!*end_) return end_->failure();
  return end_of_body();
}

void FedBody::hold(bool wanted) {
  if (std::exchange(held_, wanted) == wanted || !hold_) return;
  hold_(wanted);
}

// The last thing in its caller: what is called may destroy this.
void FedBody::tell_ready() {
  if (std::exchange(asked_, false) && when_ready) when_ready();
}

}  // namespace twx
