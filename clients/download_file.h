// The file of a download.
#pragma once

#include <cstdint>
#include <string>

#include "clients/body_receiver.h"
#include "reactor/descriptor.h"

namespace twx {

// Where the body goes; what is not kept goes with the object.
class DownloadFile final : public BodyReceiver {
 public:
  enum class Mode {
    replace,   // put in place by keep()
    truncate,  // written as it is
    append,
  };
  // Opens it. Throws FailureException: Error::cannot_write.
  DownloadFile(std::string path, Mode mode);
  ~DownloadFile() override;

  // It is whole. Throws as the constructor does.
  void keep();

 private:
  void data_received(Bytes data) override;
  void connection_lost(Failure const&) override {}
  void open_in_place(int how);
  void open_beside();
  [[noreturn]] void failed() const;

  std::string const path_;
  std::string part_;  // its name until keep(); empty: written as it is
  Descriptor file_;
};

// Of a plain file; 0 if there is none.
std::uint64_t file_size(std::string const& path);
// Whether replacing it by another file is the same as writing to it: a plain file, or none.
bool is_replaceable(std::string const& path);

}  // namespace twx
